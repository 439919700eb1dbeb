"""Class-conditional Gaussians with one shrunk within-class covariance: the generator's base, a baseline, and a critic."""

from __future__ import annotations

import numpy as np


def class_gaussians(
    x: np.ndarray,
    c: np.ndarray,
    n_classes: int,
    shrinkage: float,
    weights: np.ndarray | None = None,
    *,
    balanced: bool = True,
) -> tuple[np.ndarray, np.ndarray]:
    """Class-conditional Gaussians with one covariance, (1 - γ) S_w + γ tr(S_w)/d 1.

    Args:
        x: (N, d) samples.
        c: (N,) codes 0..K-1.
        n_classes: K.
        shrinkage: γ (Ledoit and Wolf 2004).
        weights: (N,) of the samples within their class; None for all alike.
        balanced: whether classes count equally in S_w, or by their shares of the samples.

    Returns:
        Class means (K, d), and the covariance's lower Cholesky factor F (d, d). A class that is absent has a mean of NaN and
        no part in S_w.
    """
    x = x.astype(np.float64)
    present = np.unique(c)
    means = np.full((n_classes, x.shape[1]), np.nan)
    weight = np.ones(len(c)) if weights is None else weights.astype(np.float64)
    weight = weight / (len(present) * np.bincount(c, weight, minlength=n_classes)[c])
    for k in present:
        means[k] = len(present) * weight[c == k] @ x[c == k]
    if not balanced:
        weight = weight * len(present) * (np.bincount(c, minlength=n_classes) / len(c))[c]
    around = (x - means[c]) * np.sqrt(weight)[:, None]
    within = around.T @ around
    floor = np.trace(within) / len(within) + 1e-12
    return means, np.linalg.cholesky((1 - shrinkage) * within + shrinkage * floor * np.eye(len(within)))


def symmetric_root(covariance: np.ndarray) -> np.ndarray:
    """(d, d) symmetric root of a covariance; directions of negative variance, which estimates may have, get none."""
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T


def balanced_noise(codes: np.ndarray, dim: int, rng: np.random.Generator) -> np.ndarray:
    """Standard normal z (n, dim) in which, as far as a class has samples enough, the moments are right and not just expected.

    Within each class samples come as z and -z, so their mean is 0; a class with more than 2 dim of them also has a
    covariance of exactly 1. Sampling error of class means and covariances is what limits a last layer that is fitted on
    generated features, and this takes it out (moment matching, antithetic variates; Glasserman 2003, section 4.5).
    codes: (n,).
    """
    z = np.empty((len(codes), dim))
    for k in np.unique(codes):
        n = int((codes == k).sum())
        half = rng.standard_normal(((n + 1) // 2, dim))
        if len(half) > dim:
            factor = np.linalg.cholesky(half.T @ half / len(half))
            half = np.linalg.solve(factor, half.T).T
        z[codes == k] = np.concatenate([half, -half])[:n]
    return z
