"""Multinomial logistic critics along a grid of penalties, from logistic regression to a shrunken discriminant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import scipy.optimize

STRENGTHS = (1.0, 0.1, 0.01)
"""From a strong penalty, under which directions are those of a linear discriminant and only need rescaling, to a weak."""
SHRINKAGES = (0.0, 0.1, 0.4, 1.0)
"""0 penalises whitened features, which no invertible linear map can change; 1 plain ridge, which trusts large variances."""
PENALTIES = tuple(product(SHRINKAGES, STRENGTHS))
_MAX_ITERATIONS = 60


@dataclass(frozen=True)
class LinearHead:
    """Evidence z @ weights + bias; weights: (r, K), bias: (K,)."""

    weights: np.ndarray
    bias: np.ndarray

    def __call__(self, z: np.ndarray) -> np.ndarray:
        """(N, r) -> (N, K)."""
        return z @ self.weights + self.bias


def fit_path(
    z: np.ndarray,
    variances: np.ndarray,
    codes: np.ndarray,
    log_prior: np.ndarray,
    penalties: tuple[tuple[float, float], ...] = PENALTIES,
) -> Iterator[LinearHead]:
    """One head for each (shrinkage γ, strength λ), each started at the one before.

    Minimises mean_i -log softmax(log p(c) + W z_i + b)[c_i] + λ/2 (sum_j r_j |W_j|² + |b|²), with r = (1 - γ) s + γ for
    variances s of mean 1: the shrinkage of a covariance towards a multiple of the identity (Ledoit and Wolf 2004). The
    bias is penalised, so that all of it shrinks to the prior and not to uniform classes.

    Args:
        z: (N, r) components.
        variances: (r,) of z.
        codes: (N,) classes 0..K-1.
        log_prior: (K,) log p(c).
        penalties: pairs (γ, λ).
    """
    n_samples, n_classes = len(z), len(log_prior)
    # single precision halves the time; the tolerance below is well above its rounding
    extended = np.hstack([z, np.ones((n_samples, 1))]).astype(np.float32)
    offset = log_prior.astype(np.float32)
    spread = np.append(variances, 1.0)
    target = np.zeros((n_samples, n_classes), dtype=np.float32)
    target[np.arange(n_samples), codes] = 1.0
    curvature = (1 - 1 / n_classes) / n_classes
    solution = np.zeros((len(spread), n_classes))
    for shrinkage, strength in penalties:
        ridge = strength * np.append((1 - shrinkage) * variances + shrinkage, 1.0)
        # at the start the Hessian is about this diagonal, and scaled by it L-BFGS needs about ten steps
        scale = 1 / np.sqrt(curvature * spread + ridge)[:, None]
        scaled = extended * scale.T.astype(np.float32)

        def loss(
            flat: np.ndarray, scale: np.ndarray = scale, scaled: np.ndarray = scaled, ridge: np.ndarray = ridge
        ) -> tuple[float, np.ndarray]:
            v = flat.reshape(scale.shape[0], n_classes)
            logits = scaled @ v.astype(np.float32) + offset
            logits -= logits.max(axis=1, keepdims=True)
            total = np.exp(logits)
            normaliser = total.sum(axis=1, keepdims=True)
            cross_entropy = float(np.log(normaliser).mean()) - float(np.vdot(logits, target)) / n_samples
            total /= normaliser
            total -= target
            penalised = v * (ridge[:, None] * scale**2)
            gradient = scaled.T @ total / n_samples + penalised
            return cross_entropy + 0.5 * float(np.sum(penalised * v)), gradient.ravel()

        minimum = scipy.optimize.minimize(
            loss,
            (solution / scale).ravel(),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": _MAX_ITERATIONS, "gtol": 1e-4, "ftol": 1e-5},
        )
        solution = minimum.x.reshape(solution.shape) * scale
        yield LinearHead(solution[:-1].copy(), solution[-1].copy())
