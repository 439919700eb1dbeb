"""Critics of labels from the moments of each class: for many features on few samples, and for spreads that differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

THRESHOLDS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
"""Standard errors by which class means are shrunk towards the common one; each feature that is left speaks for itself."""
BLENDS = ((0.3, 0.1), (0.3, 0.4), (0.3, 1.0), (1.0, 0.1), (1.0, 0.4), (1.0, 1.0))
"""(share of a class's own covariance beside the pooled one, shrinkage of correlations to 0)."""
_MOST_COMPONENTS = 48
"""Of quadratic critics: a covariance a class of more would be noise on any set that they are meant for."""
_RIDGE = 0.05


@dataclass(frozen=True)
class CentroidHead:
    """Evidence of shrunken centroids: (x - centre) @ weights + bias, weights (d, K)."""

    centre: np.ndarray
    weights: np.ndarray
    bias: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """(N, d) -> (N, K)."""
        return (x - self.centre) @ self.weights + self.bias


@dataclass(frozen=True)
class QuadraticHead:
    """Evidence log N(z; μ_k, Σ_k) of the leading components, less what all classes share."""

    means: np.ndarray
    """(K, r)."""
    whitening: np.ndarray
    """(K, r, r): Σ_k^-1/2."""
    log_volume: np.ndarray
    """(K,): half the log determinants."""

    def __call__(self, z: np.ndarray) -> np.ndarray:
        """(N, r') -> (N, K), r' >= r."""
        z = z[:, : self.means.shape[1]]
        squares = [
            np.sum(((z - mean) @ white) ** 2, axis=1) for mean, white in zip(self.means, self.whitening, strict=True)
        ]
        evidence = -0.5 * np.stack(squares, axis=1) - self.log_volume
        return evidence - evidence.max(axis=1, keepdims=True)


def fit_centroids(x: np.ndarray, codes: np.ndarray, n_classes: int) -> Iterator[CentroidHead]:
    """Nearest shrunken centroids (Tibshirani et al. 2002), one head a threshold, from x: (N, d) and codes: (N,).

    A class that has no sample stays at the common mean.
    """
    counts, means, spread = _moments(x, codes, n_classes)
    centre = x.mean(axis=0)
    # the median spread added, so that a feature that hardly varies doesn't win by that alone
    scale = spread + np.median(spread)
    scale = np.where(scale > 0, scale, 1.0)
    error = np.sqrt(np.maximum(1 / np.maximum(counts, 1) - 1 / len(x), 0))[:, None]
    apart = (means - centre) / scale
    for threshold in THRESHOLDS:
        kept = np.sign(apart) * np.maximum(np.abs(apart) - threshold * error, 0)
        yield CentroidHead(centre, (kept / scale).T, -0.5 * np.sum(kept**2, axis=1))


def fit_quadratic(z: np.ndarray, codes: np.ndarray, n_classes: int) -> Iterator[QuadraticHead]:
    """Regularised discriminants (Friedman 1989) on leading components z: (N, r), one head a blend of covariances.

    A class of one sample or none has the pooled covariance.
    """
    z = z[:, :_MOST_COMPONENTS]
    counts, means, _ = _moments(z, codes, n_classes)
    around = z - means[codes]
    pooled = around.T @ around / len(z)
    own = [around[codes == k].T @ around[codes == k] / n if n > 1 else pooled for k, n in enumerate(counts)]
    size = np.trace(pooled) / len(pooled) or 1.0
    for share, shrinkage in BLENDS:
        blended = np.stack([share * covariance + (1 - share) * pooled for covariance in own])
        diagonal = np.eye(z.shape[1]) * blended
        covariance = (1 - shrinkage) * blended + shrinkage * diagonal
        values, vectors = np.linalg.eigh((1 - _RIDGE) * covariance + _RIDGE * size * np.eye(z.shape[1]))
        yield QuadraticHead(means, vectors / np.sqrt(values)[:, None], 0.5 * np.log(values).sum(axis=1))


def _moments(x: np.ndarray, codes: np.ndarray, n_classes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts (K,), means (K, d) and the pooled standard deviation within classes (d,)."""
    counts = np.bincount(codes, minlength=n_classes)
    means = np.stack([x[codes == k].mean(axis=0) if n else x.mean(axis=0) for k, n in enumerate(counts)])
    within = np.sum((x - means[codes]) ** 2, axis=0) / max(len(x) - np.count_nonzero(counts), 1)
    return counts, means, np.sqrt(within)
