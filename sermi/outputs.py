"""Where results go: asked before the work that makes them, which may take hours; and written whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sermi.errors import SermiError


def check_file(path: Path) -> None:
    """Raises SermiError where no file can be written at a path; folders that aren't there yet don't matter."""
    if path.is_dir():
        raise SermiError(f"'{path}' is a folder; give the name of a file, such as '{path / 'NAME'}'.")
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


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_atomic(path: Path, content: bytes | Callable[[Path], object]) -> None:
    """Write a whole file or nothing, so that an interrupted run never leaves half of one, nor a reader sees it.

    content: bytes, or what writes them to a path with the same ending. Raises SermiError where there is no room or no way to
    write; what was at the path is whole then.
    """
    with _beside(path) as draft:
        if callable(content):
            content(draft)
        else:
            with draft.open("xb") as file:
                file.write(content)
        draft.replace(path)


def write_folder(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Put files into a folder, which is made if need be: all of them, or the folder stays as it was.

    contents: of the files, by name. Others that are there stay. Raises SermiError as `write_atomic` does.
    """
    folder = folder.resolve()
    with _beside(folder) as draft, _beside(folder) as former:
        draft.mkdir(parents=True)
        for name, content in contents.items():
            (draft / name).write_bytes(content)
        if folder.is_dir():
            for other in folder.iterdir():
                if other.name not in contents:
                    _copy(other, draft / other.name)
            shutil.copymode(folder, draft)
            folder.rename(former)
        draft.rename(folder)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target, follow_symlinks=False)


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A path on the same disk that is gone afterwards. Its ending is the same, for writers that go by it."""
    draft = path.with_name(f".{uuid4().hex[:12]}{path.suffix}")
    try:
        yield draft
    except OSError as error:
        if error.errno in _FULL:
            raise SermiError(
                f"The disk is full, so '{path}' was not written; free some space and try again."
            ) from error
        raise SermiError(f"'{path}' can't be written ({error.strerror or error}); give a path that can be.") from error
    finally:
        if draft.is_dir():
            shutil.rmtree(draft, ignore_errors=True)
        else:
            draft.unlink(missing_ok=True)
