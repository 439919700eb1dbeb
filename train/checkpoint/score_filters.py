"""What a generated set is worth that only the samples of a high score are kept of, beside a random set of the same size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from sermi.stats.recall import macro_recall
from train.samples import AudioSample

SHARES = (0.9, 0.75, 0.5, 0.25)
"""Of the samples that are kept."""
WAYS = ("one threshold", "in each class")
"""Whose scores compete: those of all samples, as behind a threshold, or those of a class."""
N_RANDOM = 3
"""Random sets beside each."""


@dataclass(frozen=True)
class Taught:
    """A generated set, and the real recordings that a last layer taught by parts of it is tested on."""

    h: np.ndarray
    """(n, d) generated features."""
    c: np.ndarray
    """(n,) codes that they were generated as."""
    test_h: np.ndarray
    """(N, d) real ones of speakers whom nobody met."""
    test: AudioSample

    def recalls(self, rows: np.ndarray) -> np.ndarray:
        """(speakers,) UA of each speaker in order of their names, of a last layer taught by rows (m,) of the set alone.

        A discriminant with equal priors and Ledoit and Wolf's shrinkage; a class that was filtered away is never answered.
        """
        h, c = self.h[rows], self.c[rows]
        classes = np.unique(c)
        if len(classes) < 2:
            predicted = np.full(len(self.test), classes[0])
        else:
            priors = np.full(len(classes), 1 / len(classes))
            layer = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto", priors=priors).fit(h, c)
            predicted = layer.predict(self.test_h)
        speaker = self.test.speaker
        return np.array([macro_recall(self.test.c[speaker == s], predicted[speaker == s]) for s in np.unique(speaker)])


def kept_rows(score: np.ndarray, c: np.ndarray, share: float, way: str) -> np.ndarray:
    """Rows (m,) of the highest scores (n,); c: (n,) codes; share: of `SHARES`; way: of `WAYS`."""
    if way == WAYS[0]:
        return np.argsort(-score, kind="stable")[: round(share * len(score))]
    rows = [np.flatnonzero(c == k) for k in np.unique(c)]
    return np.concatenate([own[kept_rows(score[own], c[own], share, WAYS[0])] for own in rows])


def kept(taught: Taught, score: np.ndarray) -> dict[tuple[str, float], np.ndarray]:
    """(speakers,) UA of what is kept by a score (n,), by way and share."""
    return {(way, share): taught.recalls(kept_rows(score, taught.c, share, way)) for share in SHARES for way in WAYS}


def random(taught: Taught, rng: np.random.Generator) -> dict[float, np.ndarray]:
    """(speakers,) mean UA of random sets, by share."""
    n = len(taught.c)
    return {
        share: np.mean([taught.recalls(rng.permutation(n)[: round(share * n)]) for _ in range(N_RANDOM)], axis=0)
        for share in SHARES
    }
