"""Class-conditional Gaussians with one shrunk within-class covariance: the generator's base, a baseline, and a critic."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from train.recogniser.calibration import temperature


def class_gaussians(
    x: np.ndarray, c: np.ndarray, n_classes: int, shrinkage: float, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Class means (K, d), and the lower Cholesky factor F (d, d) of (1 - γ) S_w + γ tr(S_w)/d 1, classes counting equally.

    A class that is absent has a mean of NaN and no part in S_w. x: (N, d), c: (N,), γ = shrinkage (Ledoit and Wolf 2004),
    weights: (N,) of the samples within their class, None for all alike.
    """
    x = x.astype(np.float64)
    present = np.unique(c)
    means = np.full((n_classes, x.shape[1]), np.nan)
    weight = np.ones(len(c)) if weights is None else weights.astype(np.float64)
    weight = weight / (len(present) * np.bincount(c, weight, minlength=n_classes)[c])
    for k in present:
        means[k] = len(present) * weight[c == k] @ x[c == k]
    around = (x - means[c]) * np.sqrt(weight)[:, None]
    within = around.T @ around
    floor = np.trace(within) / len(within) + 1e-12
    return means, np.linalg.cholesky((1 - shrinkage) * within + shrinkage * floor * np.eye(len(within)))


def balanced_noise(codes: np.ndarray, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Standard normal z (n, dim) in which, as far as a class has samples enough, the moments are right and not just expected;
    and u (n,), uniform in [0, 1], the same for z and -z.

    Within each class samples come as z and -z, so their mean is 0; a class with more than 2 dim of them also has a
    covariance of exactly 1. Sampling error of class means and covariances is what limits a last layer that is fitted on
    generated features, and this takes it out (moment matching, antithetic variates; Glasserman 2003, section 4.5).
    codes: (n,).
    """
    z, u = np.empty((len(codes), dim)), np.empty(len(codes))
    for k in np.unique(codes):
        n = int((codes == k).sum())
        half = rng.standard_normal(((n + 1) // 2, dim))
        if len(half) > dim:
            factor = np.linalg.cholesky(half.T @ half / len(half))
            half = np.linalg.solve(factor, half.T).T
        z[codes == k] = np.concatenate([half, -half])[:n]
    for k in np.unique(codes):
        n = int((codes == k).sum())
        u[codes == k] = np.tile(rng.random((n + 1) // 2), 2)[:n]
    return z, u


def matching_spread(
    means: Tensor, offsets: Tensor, shares: Tensor, information: float, seed: int, n: int = 4_000
) -> float:
    """The s at which Gaussians N(m_c + o_cj, s² 1) carry that many nats about c, which is equally likely to be any.

    means: (K, d); offsets: (J, K, d) of the corpora j, drawn with shares (K, J). With one corpus the posterior is exact; with
    several it is that of a reader who knows the classes' means and the covariance, but not which corpus a sample is of, as the
    linear critic that real features are measured by: tempered, so that it isn't overconfident. s lies between 0.5 and 8;
    information that no such spread gives is met as nearly as possible.
    """
    k = len(means)
    # only directions between the means tell classes apart
    basis = torch.linalg.svd(means - means.mean(dim=0), full_matrices=False).Vh[: k - 1]
    centres, random = means @ basis.T, torch.Generator().manual_seed(seed)
    z = torch.randn(k, n, len(basis), dtype=means.dtype, generator=random)
    corpus = torch.multinomial(shares, n, replacement=True, generator=random)
    places = centres[:, None] + (offsets @ basis.T)[corpus, torch.arange(k)[:, None]]
    codes = np.repeat(np.arange(k), n)
    low, high = 0.5, 8.0
    for _ in range(20):
        s = (low + high) / 2
        x = (places + s * z).reshape(k * n, -1)
        if len(offsets) == 1:
            log_p = torch.log_softmax(-torch.cdist(x, centres).square() / (2 * s * s), dim=1)
        else:
            within = torch.cov((x - centres[codes]).T).reshape(len(basis), -1)
            weights = torch.linalg.solve(within, centres.T).T
            scores = (x @ weights.T - 0.5 * (weights * centres).sum(dim=1)).numpy()
            log_p = torch.log_softmax(torch.from_numpy(scores / temperature(scores, codes, np.ones(k * n))), dim=1)
        found = np.log(k) + log_p[torch.arange(k * n), torch.from_numpy(codes)].mean().item()
        low, high = (s, high) if found > information else (low, s)
    return (low + high) / 2
