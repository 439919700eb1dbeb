"""How far a download is: a bar on a terminal, or whoever wants to know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Report = Callable[[int, int], None]
"""Is called with the bytes that were fetched and with all there are."""


def bar_class(report: Report | None, *, done: int = 0, total: int | None = None) -> type | None:
    """What the hub's client should show its progress with; None for its own bar, which shows on a terminal alone.

    Args:
        report: is called as bytes come; None for the bar.
        done: bytes that were fetched before.
        total: bytes in all, where this download is a part; None for the download's own.
    """
    return None if report is None else _reporting(report, done, total)


def _reporting(report: Report, done: int, total: int | None) -> type:
    from tqdm import tqdm

    class Reporting(tqdm):  # type: ignore[misc] # tqdm carries no types
        def __init__(self, *_: Any, **options: Any) -> None:
            super().__init__(disable=True)
            self.n_bytes, self.of = done + (options.get("initial") or 0), total or options.get("total") or 0

        def update(self, n: float | None = 1) -> None:
            self.n_bytes += int(n or 0)
            report(self.n_bytes, self.of)

    return Reporting
