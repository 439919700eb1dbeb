"""Recordings are kept only while they are on somebody's page.

Gradio stores an upload under the hash of its content, so two visitors who send the same file share it. A file is
deleted when the last page that shows it lets go: by another recording, by clearing, or by leaving.
"""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

MAX_AGE_S = 3_600
"""Whatever nobody let go of (an upload never analysed, a lost connection) is deleted after this time."""
SWEEP_S = 60


class Uploads:
    """Which session shows which file, and the deletion of files that none shows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._shown: dict[str, Path] = {}
        self._lock = threading.Lock()

    def show(self, session: str, path: str | None) -> None:
        """The session now shows this file and no other; None when it shows nothing any more."""
        with self._lock:
            previous = self._shown.pop(session, None)
            if path:
                self._shown[session] = Path(path).resolve()
            if previous and previous not in self._shown.values():
                self._delete(previous)

    def is_shown(self, session: str, path: str | None) -> bool:
        """Whether the session still shows this file; None stands for nothing at all."""
        with self._lock:
            return self._shown.get(session) == (Path(path).resolve() if path else None)

    def is_sent(self, path: str | None) -> bool:
        """Whether a visitor sent this file; the others belong to an installed package."""
        return bool(path) and self._folder in Path(str(path)).resolve().parents

    def shown(self, session: str) -> str:
        """The file that the session shows, '' where there is none."""
        with self._lock:
            return str(self._shown.get(session, ""))

    def _delete(self, path: Path) -> None:
        # The examples belong to an installed package: only what visitors sent is ours to delete.
        if not self.is_sent(str(path)):
            return
        with contextlib.suppress(OSError):
            path.unlink()
            path.parent.rmdir()
