"""Means and standard deviations over time from sums, so that a recording can be encoded part by part."""

from __future__ import annotations

import numpy as np


class FrameSums:
    """Sums of hidden states over frames: of one utterance, one window of it, or any part that is added to it."""

    def __init__(self) -> None:
        self.n = 0
        """Frames so far."""
        self._first: np.ndarray | float = 0.0
        self._second: np.ndarray | float = 0.0

    def add(self, frames: np.ndarray) -> None:
        """Count frames (L, T, D) in."""
        self.n += frames.shape[1]
        self._first = self._first + frames.sum(axis=1, dtype=np.float64)
        self._second = self._second + np.einsum("ltd,ltd->ld", frames, frames, dtype=np.float64)

    def mean(self) -> np.ndarray:
        """(L, D), of one frame or more."""
        return self._first / np.float64(self.n)

    def std(self) -> np.ndarray:
        """(L, D), of one frame or more."""
        return np.sqrt(np.maximum(self._second / np.float64(self.n) - np.square(self.mean()), 0.0))
