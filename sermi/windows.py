"""Sliding windows over a recording that comes piece by piece; one that straddles two pieces is pooled from both."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from sermi.pooling import Pool
from sermi.speech import Span


@dataclass
class Window:
    """One window, and what is pooled in it so far. Times are seconds from the recording's start."""

    span: Span
    pool: Pool


class OpenWindows:
    """The windows that the pieces so far have reached, in order."""

    def __init__(self, spans: list[Span], new_pool: Callable[[], Pool]) -> None:
        self._next, self._open, self._new_pool = deque(spans), list[Window](), new_pool

    def before(self, end_s: float) -> list[Window]:
        """Those that start before a time and aren't closed."""
        while self._next and self._next[0][0] < end_s:
            self._open.append(Window(self._next.popleft(), self._new_pool()))
        return self._open

    def close(self, end_s: float) -> Iterator[Window]:
        """Those that end by a time; they are no longer open."""
        done = [window for window in self._open if window.span[1] <= end_s]
        self._open = [window for window in self._open if window.span[1] > end_s]
        return iter(done)


def sliding(start_s: float, end_s: float, *, window_s: float, hop_s: float) -> list[Span]:
    """Windows of one length from a start to an end; what is shorter than a window is one.

    >>> sliding(1.0, 4.2, window_s=2.0, hop_s=1.0)
    [(1.0, 3.0), (2.0, 4.0), (2.2, 4.2)]
    """
    duration_s = end_s - start_s
    count = 1 + max(0, int(np.ceil((duration_s - window_s) / hop_s - 1e-6)))
    starts = start_s + np.minimum(np.arange(count) * hop_s, max(0.0, duration_s - window_s))
    return [(float(start), float(min(start + window_s, end_s))) for start in starts]
