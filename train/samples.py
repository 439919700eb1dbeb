"""Labelled embeddings of recordings and of sentences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Sample:
    """Labelled audio embeddings.

    a: (N, 1 + V, Da), the recording and its V views; c, speaker, corpus: (N,); emphasis: (Da,), how much each standardised
    number of an embedding counts in the projection, None for all alike.
    """

    a: np.ndarray
    c: np.ndarray
    speaker: np.ndarray
    corpus: np.ndarray
    emphasis: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.c)

    def where(self, keep: np.ndarray) -> Sample:
        """The rows of a boolean mask."""
        return Sample(self.a[keep], self.c[keep], self.speaker[keep], self.corpus[keep], self.emphasis)


@dataclass(frozen=True)
class TextSample:
    """Labelled text embeddings. b: (N, Db); c, corpus, split: (N,)."""

    b: np.ndarray
    c: np.ndarray
    corpus: np.ndarray
    split: np.ndarray

    def where(self, keep: np.ndarray) -> TextSample:
        """The rows of a boolean mask."""
        return TextSample(self.b[keep], self.c[keep], self.corpus[keep], self.split[keep])
