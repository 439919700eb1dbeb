"""How well a voice is recognised when some of its sentences are known: a point of a figure and a row of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class KnownSentences:
    """UA with some sentences of a voice known beside the one that is recognised."""

    n: int
    neutral: bool
    """Whether they are known to be neutral; else nothing is known of their emotion."""
    ua: float
    interval: tuple[float, float]
    """95 %."""
    n_corpora: int
    """That have speakers with as many sentences."""

    @property
    def title(self) -> str:
        """In tables: "none", "8", "3 neutral"."""
        return f"{self.n} neutral" if self.neutral else str(self.n) if self.n else "none"


def of_contexts(contexts: Mapping[str, Mapping[str, Any]]) -> list[KnownSentences]:
    """Points as `python -m train evaluate new-voice` writes them, that with nothing known first.

    Raises KeyError, TypeError, ValueError, AttributeError or IndexError for anything else.
    """
    points = [
        KnownSentences(
            n=int(name.split()[0]),
            neutral=name.endswith("neutral"),
            ua=values["UA"],
            interval=(values["interval_95"][0], values["interval_95"][1]),
            n_corpora=len(values["corpora"]),
        )
        for name, values in contexts.items()
    ]
    return sorted(points, key=lambda point: (point.neutral, point.n))


def worth(points: Sequence[KnownSentences], n: int, n_neutral: int = 0) -> tuple[KnownSentences, KnownSentences] | None:
    """The point with nothing known and the best that n sentences are, of which some are known to be neutral; None where none
    was measured on the same corpora, or none is better."""
    nothing = next((point for point in points if point.n == 0), None)
    if nothing is None:
        return None
    reached = [
        point
        for point in points
        if 0 < point.n <= (n_neutral if point.neutral else n)
        and point.n_corpora == nothing.n_corpora
        and point.ua > nothing.ua
    ]
    return (nothing, max(reached, key=lambda point: point.ua)) if reached else None
