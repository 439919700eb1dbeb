"""Features with the levels that real ones have: classes, corpora, speakers, speakers × classes, rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

K, D = 3, 60
N_CORPORA, N_SPEAKERS, N_CLIPS = 3, 12, 4
"""Of a corpus, and of a speaker and class."""


@dataclass(frozen=True)
class Simulated:
    """N = 432 rows."""

    h: np.ndarray
    c: np.ndarray
    speaker: np.ndarray
    corpus: np.ndarray
    gender: np.ndarray

    def where(self, rows: np.ndarray) -> Simulated:
        return Simulated(*(values[rows] for values in vars(self).values()))


def simulated(seed: int) -> Simulated:
    """New speakers of the same three corpora for each seed."""
    fixed, rng = np.random.default_rng(5), np.random.default_rng(seed)

    def turn() -> np.ndarray:
        return np.linalg.qr(fixed.normal(size=(D, D)))[0]

    def part(size: float, smallest: float) -> np.ndarray:
        """A factor whose directions have variances that fall geometrically, size² on average."""
        variances = np.geomspace(1, smallest, D)
        return size * turn() * np.sqrt(variances / variances.mean())

    of_corpus, of_speaker, of_cell, of_clip = part(0.8, 0.01), part(1, 0.02), part(0.4, 0.05), part(1, 0.3)
    means = 4.4 * turn()[:K]
    corpora = fixed.normal(size=(N_CORPORA, 1, D)) @ of_corpus.T
    corpora = corpora + 0.5 * fixed.normal(size=(N_CORPORA, K, D)) @ of_corpus.T
    speaker, c = (x.ravel() for x in np.mgrid[: N_CORPORA * N_SPEAKERS, : K * N_CLIPS])
    c, corpus = c // N_CLIPS, speaker // N_SPEAKERS
    voices = rng.normal(size=(N_CORPORA * N_SPEAKERS, 1, D)) @ of_speaker.T
    voices = voices + rng.normal(size=(N_CORPORA * N_SPEAKERS, K, D)) @ of_cell.T
    h = means[c] + corpora[corpus, c] + voices[speaker, c] + rng.normal(size=(len(c), D)) @ of_clip.T
    names = np.array([f"corpus {j}" for j in range(N_CORPORA)])
    return Simulated(h, c, speaker, names[corpus], np.array(["f", "m"])[speaker % 2])
