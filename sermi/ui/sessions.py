"""What the server keeps of each visit to the page."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from sermi.ui.uploads import MAX_AGE_S

Kept = TypeVar("Kept")


class Sessions(Generic[Kept]):
    """One thing for each visit, until the visitor leaves or stays away for an hour. Safe to share between threads."""

    def __init__(self, make: Callable[[], Kept]) -> None:
        """make: that of a new visit."""
        self._make = make
        self._kept: dict[str, Kept] = {}
        self._used: dict[str, float] = {}
        self._lock = threading.Lock()

    def of(self, session: str) -> Kept:
        """This visit's."""
        with self._lock:
            now = time.monotonic()
            for old in [one for one, used in self._used.items() if now - used > MAX_AGE_S]:
                del self._kept[old], self._used[old]
            self._used[session] = now
            return self._kept.setdefault(session, self._make())

    def put(self, session: str, kept: Kept) -> None:
        """Another one takes its place."""
        self.of(session)
        with self._lock:
            self._kept[session] = kept

    def drop(self, session: str) -> None:
        """The visitor has left."""
        with self._lock:
            self._kept.pop(session, None)
            self._used.pop(session, None)


class Turn:
    """Of a visit's handlers: what one shows has been sent before another shows anything."""

    WAIT_S = 5.0
    """At most; a page that is gone never takes its answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """No other handler shows anything until what is shown within has been sent."""
        is_mine = self._lock.acquire(timeout=self.WAIT_S)
        try:
            yield
        finally:
            if is_mine:
                self._lock.release()

    @property
    def is_taken(self) -> bool:
        """Whether a handler's answer is on its way."""
        return self._lock.locked()


class Runs:
    """Which of a visit's answers is the last one that was asked for."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def begin(self) -> int:
        """The number of a new run, which all earlier ones give way to."""
        with self._lock:
            self._last += 1
            return self._last

    def is_last(self, run: int) -> bool:
        """Whether none was begun after it."""
        return run == self._last
