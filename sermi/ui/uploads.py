"""Recordings are kept only while they are on somebody's page.

Each file that is sent has a folder of its own with a name that nobody can guess, so that two visitors who send the same
clip share nothing. It belongs to the session whose request names it first and is deleted when that session lets go of it:
by another recording, by clearing, by leaving, or when the call that it was sent for is over.
"""

from __future__ import annotations

import contextlib
import math
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

MAX_AGE_S = 3_600
"""Whatever nobody let go of (a page left open, a lost connection) is deleted after this time."""
UNUSED_AGE_S = 600
"""What was sent and never used goes sooner."""
SWEEP_S = 30


class Uploads:
    """Which session holds which file, and the deletion of files that none holds. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        """folder: the app's own, in which nobody else keeps anything."""
        self._folder = folder.resolve()
        self._owner: dict[Path, str | None] = {}
        """Of each file that was sent; None before a request names it."""
        self._since: dict[Path, float] = {}
        """When a file was there whole."""
        self._cleared: dict[str, float] = {}
        """When a session last asked that what it shows be removed."""
        self._calls: Counter[Path] = Counter()
        """How many calls of programs wait for a file, or work on it."""
        self._shown: dict[str, Path] = {}
        self._lock = threading.RLock()

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self._folder

    @property
    def nowhere(self) -> str:
        """A path at which there is never a file: what a session may not read is asked for there."""
        return str(self._folder / "nowhere")

    def new_place(self) -> Path:
        """A folder for what one request sends, or for one file that is given."""
        place = self._folder / uuid4().hex
        place.mkdir(parents=True)
        return place

    def add(self, paths: Iterable[str | Path], session: str | None = None) -> None:
        """Files that were sent or are given. session: whose they are, None for the one that names them first."""
        files = [Path(path).resolve() for path in paths]
        with self._lock:
            self._owner |= dict.fromkeys(files, session)
            self._since |= dict.fromkeys(files, time.monotonic())

    def claim(self, session: str, path: str, *, for_call: bool = False) -> bool:
        """Whether the session may use a file that was sent, which is its own from now on.

        for_call: whether a call is queued that ends with `finish`.
        """
        file = Path(path).resolve()
        with self._lock:
            if file not in self._owner or self._owner[file] not in (None, session):
                return False
            if self._since[file] <= self._cleared.get(session, -math.inf):
                self._delete(file)  # removed before the request came that names it: there is nothing to be read
                return True
            self._owner[file] = session
            self._calls[file] += for_call
            return True

    def finish(self, paths: Iterable[str]) -> None:
        """A call with these files is over; what no other call uses is deleted."""
        with self._lock:
            for file in {Path(path).resolve() for path in paths}:
                if self._calls[file] > 1:
                    self._calls[file] -= 1
                elif self._calls.pop(file, 0) and file not in self._shown.values():
                    self._delete(file)

    def show(self, session: str, path: str | None) -> bool:
        """The session now shows this file and no other; None when it shows nothing any more.

        False where it let go of the file before, by clearing while it was queued: then nothing changes.
        """
        file = Path(path).resolve() if path else None
        with self._lock:
            if file and self.is_sent(path) and path != self.nowhere and self._owner.get(file) != session:
                return False
            previous = self._shown.pop(session, None)
            if file:
                self._shown[session] = file
            if previous and previous != file and not self._calls[previous]:
                self._delete(previous)
            return True

    def keep(self, session: str, path: Path) -> None:
        """A file that the app made for a session, in place of the last one."""
        self.add([path], session)
        self.show(session, str(path))

    def hand_over(self, session: str, paths: Iterable[str], holder: str) -> list[str]:
        """Files of a session belong to this holder from now on. Those that it hasn't let go of meanwhile."""
        handed = []
        with self._lock:
            for path in paths:
                file = Path(path).resolve()
                if self._owner.get(file) != session:
                    continue
                if self._since[file] <= self._cleared.get(holder, -math.inf):
                    self._delete(file)
                else:
                    self._owner[file] = holder
                    handed.append(path)
        return handed

    def delete(self, holder: str | None, path: str) -> None:
        """One of a holder's files isn't needed any more. holder: None for a file that no request has named."""
        file = Path(path).resolve()
        with self._lock:
            if self._owner.get(file) == holder:
                self._delete(file)

    def let_go(self, session: str, at: float = math.inf) -> bool:
        """The session shows nothing and holds nothing any more, nor what it has sent and is still queued.

        at: when that was asked for, by `time.monotonic`; what came later, while this waited, stays. Whether there is such.
        """
        with self._lock:
            self._cleared[session] = min(at, time.monotonic())
            if self._since.get(self._shown.get(session, self._folder), 0) <= at:
                self._shown.pop(session, None)
            for file in [file for file, owner in self._owner.items() if owner == session]:
                if self._since.get(file, 0) <= at:
                    self._delete(file)
            return session in self._owner.values()

    def is_shown(self, session: str, path: str | None) -> bool:
        """Whether the session still shows this file; None stands for nothing at all."""
        with self._lock:
            return self._shown.get(session) == (Path(path).resolve() if path else None)

    def holds(self, session: str, path: str) -> bool:
        """Whether the session has not let go of this file, shown already or not; no other one has taken its place."""
        with self._lock:
            mine = not self.is_sent(path) or path == self.nowhere or self._owner.get(Path(path).resolve()) == session
            return mine and (session not in self._shown or self.is_shown(session, path))

    def is_sent(self, path: str | None) -> bool:
        """Whether a visitor sent this file; the others belong to an installed package."""
        return bool(path) and self._folder in Path(str(path)).resolve().parents

    def shown(self, session: str) -> str:
        """The file that the session shows, '' where there is none."""
        with self._lock:
            return str(self._shown.get(session, ""))

    def size(self) -> tuple[int, int]:
        """How many files there are, and their bytes."""
        sizes = []
        for file in self._folder.rglob("*"):
            with contextlib.suppress(OSError):
                if file.is_file():
                    sizes.append(file.stat().st_size)
        return len(sizes), sum(sizes)

    def sweep(self) -> None:
        """Delete what is too old, by the age of the file itself, whoever holds it."""
        with self._lock:
            now = time.time()
            for file in [path for path in self._folder.rglob("*") if not path.is_dir()]:
                with contextlib.suppress(OSError):
                    if now - file.stat().st_mtime > (MAX_AGE_S if self._owner.get(file) is not None else UNUSED_AGE_S):
                        self._delete(file)
            for file in [file for file in self._owner if not file.exists()]:
                self._forget(file)
            recent = time.monotonic() - MAX_AGE_S
            self._cleared = {session: at for session, at in self._cleared.items() if at > recent}

    def sweep_in_background(self) -> None:
        """`sweep` from now on, as long as the process runs."""

        def run() -> None:
            while True:
                time.sleep(SWEEP_S)
                self.sweep()

        threading.Thread(target=run, name="sweep uploads", daemon=True).start()

    def delete_all(self) -> None:
        """Nobody holds anything any more."""
        with self._lock:
            self._owner.clear()
            self._since.clear()
            self._cleared.clear()
            self._calls.clear()
            self._shown.clear()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _forget(self, file: Path) -> None:
        self._owner.pop(file, None)
        self._since.pop(file, None)
        self._calls.pop(file, None)

    def _delete(self, file: Path) -> None:
        # The examples belong to an installed package: only what visitors sent is ours to delete.
        if not self.is_sent(str(file)):
            return
        self._forget(file)
        with contextlib.suppress(OSError):
            file.unlink()
            for folder in file.parents:
                if folder == self._folder:
                    break
                folder.rmdir()
