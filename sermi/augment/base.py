"""The Gaussians that a generator starts from: class-conditional, with a place for each corpus."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sermi.augment.config import GeneratorConfig
from sermi.models.generator import Generator, GeneratorShape
from sermi.stats.calibration import temperature
from sermi.stats.gaussians import class_gaussians

_RADII_OF_MATCH = (0.3, 1.0)
_SPREADS = (0.5, 8.0)
"""Between which s is sought."""
_HALVINGS = 20
"""Of that interval: s is then found to 1e-5, far below what sampling leaves open."""


class GaussianBase(NamedTuple):
    """Class-conditional Gaussians of one shrunk covariance, whitened by its factor; all float64."""

    centre: Tensor
    """(d,): mean of the class means."""
    factor: Tensor
    """(d, d): F, lower triangular, F Fᵀ the shrunk within-class covariance."""
    means: Tensor
    """(K, d): whitened class means around the centre."""
    offsets: Tensor
    """(J, K, d): whitened places of the corpora around the class means, 0 where a corpus lacks the class."""
    corpus_shares: Tensor
    """(K, J): how often a sample of a class is of each corpus; those that have the class share equally."""
    class_directions: Tensor
    """(min(K - 1, d), d): orthonormal, they span what lies between the class means."""


def gaussian_base(
    x: np.ndarray,
    c: np.ndarray,
    n_classes: int,
    *,
    shrinkage: float,
    weights: np.ndarray | None = None,
    corpora: np.ndarray | None = None,
) -> GaussianBase:
    """The base of real features.

    Args:
        x: (N, d) features.
        c: (N,) codes 0..K-1.
        n_classes: K.
        shrinkage: γ of the within-class covariance.
        weights: (N,) how much each counts within its class; None for all alike.
        corpora: (N,) codes 0..J-1; None for one corpus.
    """
    j = 1 if corpora is None else int(corpora.max()) + 1
    cell = c if corpora is None else c * j + corpora
    places, factor = class_gaussians(x, cell, n_classes * j, shrinkage, weights=weights)
    places = places.reshape(n_classes, j, -1)
    present = ~np.isnan(places[:, :, :1])
    shares = present / present.sum(axis=1, keepdims=True)
    places = np.where(present, places, 0)
    means = (shares * places).sum(axis=1)
    offsets = np.where(present, places - means[:, None], 0).swapaxes(0, 1)
    centre = means.mean(axis=0)
    whitened = np.linalg.solve(factor, (means - centre).T).T
    whitened_offsets = np.linalg.solve(factor, offsets.reshape(-1, len(factor)).T).T.reshape(offsets.shape)
    directions = np.linalg.svd(whitened, full_matrices=False)[2][: n_classes - 1]
    arrays = (centre, factor, whitened, whitened_offsets, shares[:, :, 0], directions)
    return GaussianBase(*map(torch.from_numpy, arrays))


def generator_at_base(
    base: GaussianBase,
    text_base: GaussianBase | None,
    config: GeneratorConfig,
    *,
    information: float | None,
    text_information: float | None,
    seed: int,
) -> Generator:
    """The generator before its residual has learnt anything.

    Args:
        base: of the features h.
        text_base: of the text features t; None where there are none.
        config: whose regulariser, radii and base spread count here.
        information: I(c; h) in nats that `match` brings the base to.
        text_information: the same of t; None to leave t̂ as real text features are.
        seed: of the samples by which spreads are solved for.
    """
    (j, k, d), dt = base.offsets.shape, 1 if text_base is None else len(text_base.centre)
    generator = Generator(GeneratorShape(d, dt, k, hidden=config.hidden, gaussian=config.gaussian, n_corpora=j))
    generator.centre.copy_(base.centre)
    generator.factor.copy_(base.factor)
    generator.means.copy_(base.means)
    generator.offsets.copy_(base.offsets)
    generator.corpus_shares.copy_(base.corpus_shares)
    generator.class_directions[: len(base.class_directions)].copy_(base.class_directions)
    match = config.regulariser == "match"
    generator.noise_radii.copy_(torch.tensor(config.radii or (_RADII_OF_MATCH if match else (1.0, 1.0))))
    if config.base_spread is not None:
        generator.spread.fill_(config.base_spread)
    elif match:
        generator.spread.fill_(_matching_spread_of(base, float(information or 0.0), seed))
    if text_base is not None:
        spread = 1.0
        if match and text_information is not None:
            spread = _matching_spread_of(text_base, text_information, seed)
        between = text_base.class_directions.T @ text_base.class_directions
        widening = torch.eye(dt, dtype=between.dtype) + (spread - 1) * between
        generator.text_means.copy_(text_base.centre + text_base.means @ text_base.factor.T)
        generator.text_factor.copy_(text_base.factor @ widening)
    return generator


def _matching_spread_of(base: GaussianBase, information: float, seed: int) -> float:
    return matching_spread(base.means, base.offsets, base.corpus_shares, information, seed=seed)


def matching_spread(
    means: Tensor, offsets: Tensor, shares: Tensor, information: float, *, seed: int, n: int = 4_000
) -> float:
    """The s at which Gaussians N(m_c + o_cj, s² 1) carry that many nats about c, which is equally likely to be any.

    With one corpus the posterior is exact. With several it is that of a reader who knows the classes' means and the
    covariance, but not which corpus a sample is of, as the linear critic that real features are measured by; it is tempered,
    so that it isn't overconfident. s lies between 0.5 and 8; information that no such spread gives is met as nearly as
    possible.

    Args:
        means: m, (K, d).
        offsets: o, (J, K, d) of the corpora j.
        shares: (K, J) with which corpora are drawn.
        information: I(c; x) in nats.
        seed: of the samples.
        n: samples of each class.
    """
    k = len(means)
    # classes differ along the directions between their means alone
    basis = torch.linalg.svd(means - means.mean(dim=0), full_matrices=False).Vh[: k - 1]
    centres, random = means @ basis.T, torch.Generator().manual_seed(seed)
    z = torch.randn(k, n, len(basis), dtype=means.dtype, generator=random)
    corpus = torch.multinomial(shares, n, replacement=True, generator=random)
    places = centres[:, None] + (offsets @ basis.T)[corpus, torch.arange(k)[:, None]]
    codes = np.repeat(np.arange(k), n)
    low, high = _SPREADS
    for _ in range(_HALVINGS):
        s = (low + high) / 2
        x = (places + s * z).reshape(k * n, -1)
        log_q = _exact_log_posterior(x, centres, s) if len(offsets) == 1 else _linear_log_posterior(x, centres, codes)
        carried = np.log(k) + log_q[torch.arange(k * n), torch.from_numpy(codes)].mean().item()
        low, high = (s, high) if carried > information else (low, s)
    return (low + high) / 2


def _exact_log_posterior(x: Tensor, centres: Tensor, s: float) -> Tensor:
    """log p(c | x) (N, K) of x (N, r) under N(m_c, s² 1), centres (K, r)."""
    return torch.log_softmax(-torch.cdist(x, centres).square() / (2 * s * s), dim=1)


def _linear_log_posterior(x: Tensor, centres: Tensor, codes: np.ndarray) -> Tensor:
    """log q(c | x) (N, K) of a tempered discriminant with centres (K, r) and the covariance within codes (N,) of x (N, r)."""
    within = torch.cov((x - centres[codes]).T).reshape(x.shape[1], -1)
    weights = torch.linalg.solve(within, centres.T).T
    scores = (x @ weights.T - 0.5 * (weights * centres).sum(dim=1)).numpy()
    return torch.log_softmax(torch.from_numpy(scores / temperature(scores, codes, np.ones(len(x)))), dim=1)
