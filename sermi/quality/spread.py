"""How widely sets spread, by direction: between classes, between voices, and the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_MOST_VOICE_DIRECTIONS = 10
_LEAST = 1e-9
"""Of the largest singular value; what is smaller is no direction."""


@dataclass(frozen=True)
class Directions:
    """Three orthogonal parts of the space, each as orthonormal columns."""

    classes: np.ndarray
    """(d, at most K - 1): they span the differences between class means."""
    voices: np.ndarray
    """(d, at most 10): across those, the leading directions in which speakers differ."""
    rest: np.ndarray
    """(d, what is left)."""

    @classmethod
    def of(cls, h: np.ndarray, c: np.ndarray, group: np.ndarray | None, weights: np.ndarray) -> Directions:
        """Of real features.

        Args:
            h: (N, d).
            c: (N,) codes 0..K-1.
            group: (N,) codes of speakers; None for no voices.
            weights: (N,) what rows count.
        """
        means = class_means(h, c, weights)
        classes = _span((means - means.mean(axis=0)).T, len(means) - 1)
        voices = np.zeros((h.shape[1], 0))
        if group is not None:
            around = h - means[c]
            around = around - around @ classes @ classes.T
            offsets = class_means(around, np.unique(group, return_inverse=True)[1], weights)
            voices = _span((offsets - offsets.mean(axis=0)).T, _MOST_VOICE_DIRECTIONS)
        rest = np.linalg.qr(np.hstack([classes, voices]), mode="complete")[0][:, classes.shape[1] + voices.shape[1] :]
        return cls(classes, voices, rest)


def class_means(h: np.ndarray, c: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(K, d) weighted means of h (N, d) by code c (N,), of which every one is there."""
    sums = np.zeros((int(c.max()) + 1, h.shape[1]))
    np.add.at(sums, c, h * weights[:, None])
    return sums / np.bincount(c, weights)[:, None]


def spreads(h: np.ndarray, c: np.ndarray, weights: np.ndarray, directions: Directions) -> np.ndarray:
    """(3,) root mean square deviation of h (N, d) from its own class means, along each part of the space; NaN for an empty one.

    Classes count equally.
    """
    around = h - class_means(h, c, weights)[c]
    weights = weights / np.bincount(c, weights)[c]
    weights = weights / weights.sum()
    parts = (directions.classes, directions.voices, directions.rest)
    return np.array(
        [np.sqrt(weights @ np.square(around @ part).mean(axis=1)) if part.shape[1] else np.nan for part in parts]
    )


def _span(columns: np.ndarray, most: int) -> np.ndarray:
    """(d, at most `most`) orthonormal leading directions of columns (d, n)."""
    left, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    return left[:, : min(most, int((sizes > _LEAST * max(sizes[0], 1e-300)).sum()))]
