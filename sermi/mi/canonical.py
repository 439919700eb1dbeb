"""Coordinates in which neighbours are judged: what two sides share counts for more than what either has for itself."""

from __future__ import annotations

import numpy as np

from sermi.mi.basis import fit_basis

_FLOOR = 0.4
_CHANCE = 4.0
"""Times 1/√N: correlations of single directions that chance hardly reaches."""
_MARGIN = 1.1
_MOST = 0.9999


def matched(x: np.ndarray, y: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Canonical directions of x (N, d) and y (N, d') (Hotelling 1936), each on the scale on which it says something.

    Neighbours in a joint space are as far as its noisiest direction makes them. With all directions alike, one shared by both
    sides drowns among those that aren't; so each has the spread r / √(1 - r²), r how strongly it depends on the other side:
    1 / √(1 - r²) makes what is left unexplained as wide everywhere, r takes away what nothing depends on. r is a canonical
    correlation, or that of squares, which sees spreads and folds. At least `_FLOOR`: other dependence is still seen, and
    without any above chance all directions are alike. No invertible linear map of either side changes the result.
    """
    left, right = _white(x, seed), _white(y, seed)
    n_samples = len(x)
    u, canonical, v = np.linalg.svd(left.T @ right / n_samples)
    left, right = left @ u, right @ v.T
    p, q = left.shape[1] / n_samples, right.shape[1] / n_samples
    # the largest canonical correlation of independent samples (Wachter 1980)
    edge = _MARGIN * (np.sqrt(p * max(1 - q, 0)) + np.sqrt(q * max(1 - p, 0))) + 1 / np.sqrt(n_samples)
    strengths = _folded(left, right), _folded(right, left)
    for strength in strengths:
        strength[: len(canonical)] = np.maximum(strength[: len(canonical)], np.where(canonical > edge, canonical, 0.0))
    return left * _scale(strengths[0]), right * _scale(strengths[1])


def _white(x: np.ndarray, seed: int) -> np.ndarray:
    """(N, d) -> (N, r) uncorrelated components of unit spread, as far as N samples can tell them from noise."""
    z = fit_basis(x, seed).whitened(len(x))(x)
    spread = z.std(axis=0)
    return z / np.where(spread > 0, spread, 1.0)


def _folded(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(r,): the largest correlation of a column of x, or of its square, with a column of y or its square; 0 below chance."""
    x_square, y_square = (np.minimum(side**2, 9.0) for side in (x, y))
    pairs = ((x_square, y), (x_square, y_square), (x, y_square))
    largest = np.max([np.abs(_correlations(a, b)).max(axis=1) for a, b in pairs], axis=0)
    return np.where(largest > _CHANCE / np.sqrt(len(x)), largest, 0.0)


def _correlations(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a, b = (side - side.mean(axis=0) for side in (a, b))
    norms = np.sqrt(np.sum(a**2, axis=0))[:, None] * np.sqrt(np.sum(b**2, axis=0))
    return a.T @ b / np.where(norms > 0, norms, 1.0)


def _scale(strength: np.ndarray) -> np.ndarray:
    bounded = np.minimum(strength, _MOST)
    return np.maximum(bounded, _FLOOR) / np.sqrt(1 - bounded**2)
