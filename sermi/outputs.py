"""Where results go: asked before the work that makes them, which may take hours; and written whole or not at all."""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from safetensors import SafetensorError

from sermi.errors import FULL, SermiError, reason

try:
    import fcntl
except ImportError:  # there is none on Windows, where two writers of one path must not meet
    fcntl = None  # type: ignore[assignment]


def check_file(path: Path, endings: Sequence[str] = ()) -> None:
    """Raises SermiError where no file can be written at a path; folders that aren't there yet don't matter.

    endings: that its name may have, so that nothing else is replaced by mistake; none for any.
    """
    if path.is_dir():
        raise SermiError(f"'{path}' is a folder; give the name of a file, such as '{path / 'NAME'}'.")
    if endings and path.suffix.lower() not in endings:
        raise SermiError(f"'{path}' should end in {' or '.join(endings)}.")
    _check_writable(path)


def check_folder(path: Path) -> None:
    """Raises SermiError where a path can't be a folder to write into; it needn't be there yet."""
    if path.exists() and not path.is_dir():
        raise SermiError(f"'{path}' is a file; give the name of a folder.")
    _check_writable(path)


def _check_writable(path: Path) -> None:
    """The path itself, or what of the folders above it is there."""
    nearest = next(place for place in (path, *path.absolute().parents) if place.exists())
    if nearest != path and not nearest.is_dir():
        raise SermiError(f"'{nearest}' is a file, so '{path}' can't be in it; give another path.")
    if not os.access(nearest, os.W_OK):
        raise SermiError(f"'{nearest}' can't be written; give a path that can be.")


def write_atomic(path: Path, content: bytes | Callable[[Path], object]) -> None:
    """Write a whole file or nothing, so that an interrupted run never leaves half of one, nor a reader sees it.

    A link stays one, and a file as readable as it was. content: bytes, or what writes them to a path with the same ending.
    Raises SermiError where there is no room or no way to write; what was at the path is whole then.
    """
    if path.is_symlink():
        path = path.resolve()
    with _workshop(path) as workshop:
        draft = workshop / path.name
        if callable(content):
            content(draft)
        else:
            with draft.open("xb") as file:
                file.write(content)
        _settle(draft)
        if path.exists():
            shutil.copymode(path, draft)
        draft.replace(path)


def write_folder(folder: Path, contents: Mapping[str, bytes] | Callable[[Path], object]) -> None:
    """Put files into a folder, which is made if need be: all of them, or the folder stays as it was.

    contents: of the files, by name, or what writes them into a folder that is there. Others that are there stay. Raises
    SermiError as `write_atomic` does.
    """
    folder = folder.resolve()
    with _workshop(folder) as workshop:
        draft = workshop / folder.name
        draft.mkdir()
        if callable(contents):
            contents(draft)
        else:
            for name, content in contents.items():
                (draft / name).write_bytes(content)
        if not folder.is_dir():
            _settle(*draft.rglob("*"))
            draft.rename(folder)
            return
        written = {path.name for path in draft.iterdir()}
        for other in folder.iterdir():
            if other.name not in written:
                _copy(other, draft / other.name)
        _settle(*draft.rglob("*"))
        shutil.copymode(folder, draft)
        if not _exchange(draft, folder):
            folder.rename(workshop / _FORMER)
            draft.rename(folder)


def _settle(*paths: Path) -> None:
    """What files hold is on the disk from now on: a name must not get there first, or a power cut leaves it empty."""
    for path in paths:
        if path.is_symlink() or not path.is_file():
            continue
        # to read alone, for one that can't be written; Windows can't sync it so
        descriptor = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target, follow_symlinks=False)


_FORMER = "former"
"""Of a folder that waits in a workshop for the new one to take its place."""


@contextmanager
def _workshop(path: Path) -> Iterator[Path]:
    """An empty folder beside a path, gone afterwards. Who comes first has it; others that write to the path wait.

    Its name is the same each time, so that what a killed run left in it goes when the next one writes.
    """
    workshop = path.with_name(f".{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:12]}.part")
    try:
        workshop.parent.mkdir(parents=True, exist_ok=True)
        with _alone(workshop):
            _put_back(workshop / _FORMER, path)
            for left_behind in workshop.iterdir():
                remove(left_behind)
            try:
                yield workshop
            finally:
                _put_back(workshop / _FORMER, path)
                shutil.rmtree(workshop, ignore_errors=True)
    except (OSError, SafetensorError) as error:
        if getattr(error, "errno", None) in FULL or "No space left" in str(error):
            raise SermiError(
                f"The disk is full, so '{path}' was not written; free some space and try again."
            ) from error
        why = getattr(error, "strerror", None) or reason(error)
        raise SermiError(f"'{path}' can't be written ({why}); give a path that can be.") from error


_MOST_ATTEMPTS = 1_000
"""To make a workshop. Each but the last needs an owner that removed it just then."""


@contextmanager
def _alone(workshop: Path) -> Iterator[None]:
    """Make a workshop and lock it, after whoever has it now, who removes it in the end."""
    for attempt in count():
        try:
            workshop.mkdir(exist_ok=True)
            descriptor = None if fcntl is None else os.open(workshop, os.O_RDONLY)
        except (FileExistsError, FileNotFoundError):
            if attempt >= _MOST_ATTEMPTS or (workshop.exists() and not workshop.is_dir()):
                raise
            continue  # its owner removed it just now
        if descriptor is None:
            yield
            return
        try:
            with suppress(OSError):  # some network file systems have no locks
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_open_as(workshop, descriptor):
                yield
                return
        finally:
            with suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_UN)  # closing alone would not, where a process was forked meanwhile
            os.close(descriptor)


def _is_open_as(path: Path, descriptor: int) -> bool:
    """Whether it is still this folder, and not one that its owner has removed."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _put_back(former: Path, folder: Path) -> None:
    if former.is_dir() and not folder.exists():
        former.rename(folder)


def remove(path: Path) -> None:
    """Whatever it is, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step, so that there is always one; False where the system has no such step."""
    swap = getattr(ctypes.CDLL(None), "renameat2", None) if os.name == "posix" else None
    here, swapping = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux
    return swap is not None and swap(here, os.fsencode(one), here, os.fsencode(other), swapping) == 0
