"""Where things that can be made again are kept: rewritten encoder graphs and features."""

from __future__ import annotations

import atexit
import glob
import hashlib
import logging
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path

from sermi.errors import SermiError
from sermi.outputs import remove, write_atomic

_log = logging.getLogger(__name__)
_temporary_folders: list[Path] = []


def cache_dir(*parts: str) -> Path:
    """A folder below SERMI's cache (`$SERMI_CACHE`, else the user's cache folder), made if need be.

    Where that can't be written, as in some containers, it is a folder that goes when the process ends.
    """
    root = Path(os.environ["SERMI_CACHE"]) if os.environ.get("SERMI_CACHE") else user_cache_path("sermi")
    folder = root.joinpath(*parts)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        folder = _temporary(root, error.strerror or str(error)).joinpath(*parts)
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def require_kept(folder: Path) -> None:
    """Raises SermiError for a folder of `cache_dir` that goes when the process ends."""
    if any(folder.is_relative_to(temporary) for temporary in _temporary_folders):
        raise SermiError("The cache can't be written, so nothing was kept; set SERMI_CACHE to a folder that can be.")


@cache
def _temporary(root: Path, why: str) -> Path:
    _log.warning(
        "The cache %s can't be written, so nothing is kept (%s); set SERMI_CACHE to a folder that can be.", root, why
    )
    # A fixed name in the shared temporary folder would let another user put files there first.
    folder = Path(tempfile.mkdtemp(prefix="sermi-"))
    _temporary_folders.append(folder)
    return folder


@atexit.register
def delete_temporary() -> None:
    """What goes when the process ends; for ends that Python doesn't see."""
    for folder in _temporary_folders:
        shutil.rmtree(folder, ignore_errors=True)


def checked(folder: Path, name: str, suffix: str, make: Callable[[], bytes]) -> Path:
    """A file that is made once and as it was then, or else made anew: its own checksum is part of its name.

    Args:
        folder: where it is.
        name: of what is kept.
        suffix: of the file, such as ".npy".
        make: gives its content.

    Raises:
        SermiError: as `write_atomic`.
    """
    for path in folder.glob(f"{glob.escape(name)}.*{suffix}"):
        with suppress(OSError):
            if path.name == _name(name, path.read_bytes(), suffix):
                return path
        _log.warning("%s is damaged; it is made anew.", path)
        remove(path)
    content = make()
    path = folder / _name(name, content, suffix)
    write_atomic(path, content)
    return path


def _name(name: str, content: bytes, suffix: str) -> str:
    return f"{name}.{hashlib.sha256(content).hexdigest()[:16]}{suffix}"
