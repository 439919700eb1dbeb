"""Whether there is a file or a folder, also of names that nothing can have."""

from __future__ import annotations

from pathlib import Path


def is_file(path: str | Path) -> bool:
    """As `Path.is_file`, which raises where a name is too long."""
    try:
        return Path(path).is_file()
    except OSError:
        return False


def is_folder(path: str | Path) -> bool:
    """As `Path.is_dir`, likewise. The empty name is none: it would be the working folder.

    >>> is_folder("."), is_folder(""), is_folder("long" * 100)
    (True, False, False)
    """
    try:
        return str(path) != "" and Path(path).is_dir()
    except OSError:
        return False
