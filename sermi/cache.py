"""Where things that can be made again are kept: rewritten encoder graphs and features."""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path

_log = logging.getLogger(__name__)


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
    except OSError:
        folder = _temporary(root).joinpath(*parts)
        folder.mkdir(parents=True, exist_ok=True)
        return folder


@cache
def _temporary(root: Path) -> Path:
    _log.warning("The cache %s can't be written, so nothing is kept; set SERMI_CACHE to a folder that can be.", root)
    # A fixed name in the shared temporary folder would let another user put files there first.
    folder = Path(tempfile.mkdtemp(prefix="sermi-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def write_atomic(path: Path, content: bytes) -> None:
    """Write a whole file or nothing, so that an interrupted run never leaves half of one, nor a reader sees it."""
    file = tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False)  # noqa: SIM115
    try:
        with file:
            file.write(content)
        Path(file.name).replace(path)
    except BaseException:
        Path(file.name).unlink(missing_ok=True)
        raise
