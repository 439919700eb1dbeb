"""What is known of a voice in the comparisons by voice: which of its clips, and whether with their emotions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from sermi.voice.model import UNKNOWN
from train.comparison.voice_methods import Clips


@dataclass(frozen=True)
class Known:
    """What is known of a voice before it is recognised."""

    n: int
    """Clips or, where their emotions are known, clips a class."""
    labelled: bool = False

    @property
    def name(self) -> str:
        """In results."""
        return f"{self.n} a class" if self.labelled else str(self.n)

    def draw(self, c: np.ndarray, n_classes: int, rng: np.random.Generator) -> np.ndarray | None:
        """Which of a speaker's clips with codes c (N,) are known, at most half of them, of each class where it is known.
        None where there are too few."""
        if not self.labelled:
            return rng.choice(len(c), self.n, replace=False) if len(c) >= 2 * self.n else None
        rows = [np.flatnonzero(c == k) for k in range(n_classes)]
        if min(map(len, rows)) < 2 * self.n:
            return None
        return np.concatenate([rng.choice(own, self.n, replace=False) for own in rows])


PROTOCOLS: Mapping[str, tuple[Known, ...]] = {
    "new-voice": tuple(Known(n) for n in (0, 3, 8, 20)),
    "few-labels": tuple(Known(n, labelled=True) for n in (2, 5)),
}
CHOSEN_WITH = (Known(0), Known(8), Known(2, labelled=True))
"""What is known of a voice while settings are chosen."""


def chosen_with(known: Known, *, uses_clips: bool) -> Known:
    """Which of `CHOSEN_WITH` settings for this one are chosen with, of a way that does or doesn't use unlabelled clips."""
    nothing, some, labelled = CHOSEN_WITH
    if known.labelled:
        return labelled
    return some if known.n and uses_clips else nothing


@dataclass(frozen=True, eq=False)
class Voices:
    """Recordings of a corpus that had no part in training."""

    h: np.ndarray
    """(N, d) features."""
    c: np.ndarray
    """(N,) codes."""
    speaker: np.ndarray
    """(N,) names."""
    scored: np.ndarray
    """(N,) bool."""

    def draws(
        self, known: Known, n_classes: int, *, n_draws: int, most: int | None, seed: int
    ) -> Iterator[tuple[int, str, Clips, np.ndarray]]:
        """Draw, speaker, what is known of them, and the rows (n,) to recognise. most: speakers; None for all."""
        for draw in range(n_draws if known.n else 1):
            rng = np.random.default_rng([seed, draw, known.n, known.labelled])
            names = np.unique(self.speaker)
            for name in names if most is None else np.sort(rng.permutation(names)[:most]):
                rows = np.flatnonzero(self.speaker == name)
                chosen = known.draw(self.c[rows], n_classes, rng)
                if chosen is None:
                    continue
                emotions = self.c[rows[chosen]] if known.labelled else np.full(len(chosen), UNKNOWN)
                tested = np.setdiff1d(rows[self.scored[rows]], rows[chosen])
                yield draw, name, Clips(self.h[rows[chosen]].astype(np.float64), emotions), tested
