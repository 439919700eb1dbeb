"""Labelled embeddings of recordings and of sentences."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

NO_LAYER = -1
"""Stands for encoder and layer of numbers that are of none, such as prosody."""


@dataclass(frozen=True)
class AudioSample:
    """Labelled audio embeddings of N recordings."""

    a: np.ndarray
    """(N, 1 + V, Da): the recording itself, then its V augmented views."""
    c: np.ndarray
    """(N,) emotion codes."""
    speaker: np.ndarray
    """(N,) names, unique over all corpora."""
    corpus: np.ndarray
    """(N,) names."""
    emphasis: np.ndarray | None = None
    """(Da,): how much each standardised number of an embedding counts in the projection; None for all alike."""
    layers: np.ndarray | None = None
    """(Da, 2) int: of which encoder each number is, and of which of its layers, from 0, or `NO_LAYER`; None if not known."""

    def __len__(self) -> int:
        return len(self.c)

    def where(self, keep: np.ndarray) -> AudioSample:
        """The rows of a boolean mask (N,)."""
        return replace(self, a=self.a[keep], c=self.c[keep], speaker=self.speaker[keep], corpus=self.corpus[keep])


@dataclass(frozen=True)
class TextSample:
    """Labelled text embeddings of N sentences."""

    b: np.ndarray
    """(N, Db)."""
    c: np.ndarray
    """(N,) emotion codes."""
    corpus: np.ndarray
    """(N,) names."""
    split: np.ndarray
    """(N,): train, dev or test."""

    def __len__(self) -> int:
        return len(self.c)

    def where(self, keep: np.ndarray) -> TextSample:
        """The rows of a boolean mask (N,)."""
        return TextSample(self.b[keep], self.c[keep], self.corpus[keep], self.split[keep])
