"""How well a voice is recognised when some of its sentences are known: a point of a figure and a row of a table."""

from __future__ import annotations

from dataclasses import dataclass


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
