"""Principal components of centred features: in them every ridge penalty that a linear critic needs is diagonal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg

MAX_COMPONENTS = 512
"""Directions kept of very wide features on very many samples, where a full decomposition takes minutes."""
_EXACT = 1500
"""Smaller side of a table up to which the decomposition is exact."""
_NOISE = 8.0
_NEGLIGIBLE = 1e-10
"""Share of the largest variance below which a direction is rounding."""


@dataclass(frozen=True)
class Basis:
    """x: (N, d) -> z = (x - centre) @ directions: (N, r), uncorrelated over the fitted samples."""

    centre: np.ndarray
    """(d,)."""
    directions: np.ndarray
    """(d, r), scaled so that the r columns of z have a mean variance of 1."""
    variances: np.ndarray
    """(r,) of z."""

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """(N, d) -> (N, r)."""
        return (x - self.centre) @ self.directions

    def whitened(self, n_samples: int) -> Basis:
        """Components of about equal variance, as far as n_samples can tell them apart from noise.

        z_j / sqrt(s_j + κ) with κ = (8 r / n)²: with dozens of samples a component, what a network sees is the same whatever
        invertible linear map the features came through; with few, small components stay small, for a network fits their
        noise first.
        """
        floor = (_NOISE * len(self.variances) / n_samples) ** 2
        scale = np.sqrt((1 + floor) / (self.variances + floor))
        return Basis(self.centre, self.directions * scale, self.variances * scale**2)


def fit_basis(x: np.ndarray, seed: int, max_components: int = MAX_COMPONENTS) -> Basis:
    """Fit to x: (N, d) float64; r = min(N - 1, d) at most, fewer where directions carry nothing. r = 1 if all are constant."""
    centre = x.mean(axis=0)
    around = x - centre
    if min(x.shape) > _EXACT:
        from sklearn.utils.extmath import randomized_svd

        _, singular, right = randomized_svd(around, max_components, n_iter=3, random_state=seed)
        variances, vectors = singular**2 / len(x), right.T
    elif len(x) >= x.shape[1]:
        variances, vectors = scipy.linalg.eigh(around.T @ around / len(x))
    else:
        variances, left = scipy.linalg.eigh(around @ around.T / len(x))
        vectors = around.T @ left / np.sqrt(len(x) * np.maximum(variances, np.finfo(float).tiny))
    order = np.argsort(-variances)[:max_components]
    kept = order[variances[order] > _NEGLIGIBLE * max(float(variances.max()), np.finfo(float).tiny)]
    if not len(kept):
        return Basis(centre, np.zeros((x.shape[1], 1)), np.ones(1))
    scale = np.sqrt(variances[kept].mean())
    return Basis(centre, vectors[:, kept] / scale, variances[kept] / scale**2)
