"""A folder for what visitors send, of this process alone: what an earlier one left behind is deleted first.

A process that was killed can't clean up. The next one does, before it serves anything: the lock of a folder is free when the
process that made it is gone, however it ended.
"""

from __future__ import annotations

import getpass
import shutil
import tempfile
from pathlib import Path

from filelock import FileLock, Timeout

_PREFIX = "sermi-"
_locks: list[FileLock] = []
"""Held until the process ends."""


def claim(parent: Path | None = None) -> Path:
    """A new empty folder below a parent, in which nothing is left of processes that are gone.

    parent: None for one of this user in the system's temporary folder.
    """
    parent = _of_user() if parent is None else parent
    parent.mkdir(parents=True, exist_ok=True)
    with FileLock(parent / f"{_PREFIX}folders.lock"):  # one at a time: a new folder is not yet locked for a moment
        for folder in parent.glob(f"{_PREFIX}run-*"):
            if folder.is_dir():
                _delete_if_left(folder)
        own = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}run-", dir=parent))
        lock = _lock_of(own)
        lock.acquire()
        _locks.append(lock)
    return own


def _of_user() -> Path:
    """Below the shared temporary folder, where another user may have put something of that name."""
    try:
        user = getpass.getuser()
        folder = Path(tempfile.gettempdir()) / f"{_PREFIX}{user}"
        folder.mkdir(mode=0o700, exist_ok=True)
        if not folder.is_symlink() and folder.owner() == user:
            return folder
    except (OSError, KeyError, NotImplementedError):
        pass  # a user without a name, as in some containers
    return Path(tempfile.mkdtemp(prefix=_PREFIX))


def _lock_of(folder: Path) -> FileLock:
    return FileLock(folder.with_name(f"{folder.name}.lock"))


def _delete_if_left(folder: Path) -> None:
    lock = _lock_of(folder)
    try:
        with lock.acquire(timeout=0):
            shutil.rmtree(folder, ignore_errors=True)
    except Timeout:
        return
    Path(lock.lock_file).unlink(missing_ok=True)
