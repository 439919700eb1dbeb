"""Long work of the page in a thread of its own, so that its handler can show how far it is, and end it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import Any, Generic, Protocol, TypeVar

Result = TypeVar("Result")


class Report(Protocol):
    """Called while a recording is analysed."""

    def __call__(self, done_s: float, all_s: float) -> None:
        """Seconds that are done, of how many."""


class StoppedError(Exception):
    """Nobody waits for the result any more."""


class Followed(Generic[Result]):
    """Work under way; iterating over it gives its reports until it is done."""

    def __init__(self, work: Callable[[Any], Result], every_s: float | None = None) -> None:
        """Begin.

        Args:
            work: is given a function to report with, whose arguments are what iterating gives.
            every_s: gives an empty report where none came for so long; None to wait for the next.
        """
        self._every_s = every_s
        self._reports: SimpleQueue[tuple[Any, ...] | None] = SimpleQueue()
        self._is_stopped = threading.Event()
        self._pool = ThreadPoolExecutor(1)
        self._future = self._pool.submit(copy_context().run, work, self._report)
        self._future.add_done_callback(lambda _: self._reports.put(None))

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        while (report := self._next()) is not None:
            yield report

    def _next(self) -> tuple[Any, ...] | None:
        try:
            return self._reports.get(timeout=self._every_s)
        except Empty:
            return ()

    @property
    def is_done(self) -> bool:
        """Whether there is a result, or an error."""
        return self._future.done()

    def result(self) -> Result:
        """What the work gave; raises what it raised."""
        return self._future.result()

    def close(self) -> None:
        """End the work with its next report."""
        self._is_stopped.set()
        self._pool.shutdown(wait=False)

    def _report(self, *place: Any) -> None:
        if self._is_stopped.is_set():
            raise StoppedError
        self._reports.put(place)
