"""Where results go: asked before the work that makes them, which may take hours."""

from __future__ import annotations

import os
from pathlib import Path

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
