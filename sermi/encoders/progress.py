"""How far a download is: a bar on a terminal, or whoever wants to know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Report = Callable[[int, int], None]
"""Is called with the bytes that were fetched and with all there are, 0 as long as nobody knows."""


def unseen(done: int, total: int) -> None:
    """Of what takes no time."""


@contextmanager
def shown(name: str, report: Report | None) -> Iterator[Report]:
    """The report, or a bar on standard error where that is a terminal and HF_HUB_DISABLE_PROGRESS_BARS isn't set."""
    if report is not None:
        yield report
        return
    from huggingface_hub.utils import tqdm

    with tqdm(desc=f"fetching {name}", unit="B", unit_scale=True, disable=None) as bar:

        def advance(done: int, total: int) -> None:
            bar.total = total or None
            bar.update(max(0, done - bar.n))

        yield advance


def bar_class(report: Report, *, done: int = 0, total: int | None = None) -> type:
    """What the hub's client takes for its progress bar.

    Args:
        report: is called as bytes come.
        done: bytes that were fetched before.
        total: bytes in all, where this download is a part; None for the download's own.
    """
    from tqdm import tqdm

    class Reporting(tqdm):  # type: ignore[misc] # tqdm carries no types
        def __init__(self, *_: Any, **options: Any) -> None:
            super().__init__(disable=True)
            self.n_bytes, self.of = done + (options.get("initial") or 0), total or options.get("total") or 0

        def update(self, n: float | None = 1) -> None:
            self.n_bytes += int(n or 0)
            report(self.n_bytes, self.of)

    return Reporting
