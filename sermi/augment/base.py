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


def _started(
    base: _Base,
    text_base: _Base | None,
    config: GeneratorConfig,
    real: tuple[float | None, float | None],
    seed: int,
) -> Generator:
    """The generator before its residual has learnt anything. real: information of h and of t."""
    (j, k, d), dt = base.offsets.shape, 1 if text_base is None else len(text_base.centre)
    generator = Generator(GeneratorShape(d, dt, k, config.hidden, config.gaussian, j))
    for name, tensor in base._asdict().items():
        if name != "between":
            generator.get_buffer(name).copy_(tensor)
    generator.class_directions[: len(base.between)].copy_(base.between)
    match = config.regulariser == "match"
    generator.noise_radii.copy_(torch.tensor(config.radii or ((0.3, 1.0) if match else (1.0, 1.0))))
    if config.base_spread is not None:
        generator.spread.fill_(config.base_spread)
    elif match:
        generator.spread.fill_(
            matching_spread(base.means, base.offsets, base.corpus_shares, float(real[0] or 0.0), seed)
        )
    if text_base is not None:
        spread = 1.0
        if match and real[1] is not None:
            spread = matching_spread(text_base.means, text_base.offsets, text_base.corpus_shares, real[1], seed)
        between = text_base.between.T @ text_base.between
        generator.text_means.copy_(text_base.centre + text_base.means @ text_base.factor.T)
        generator.text_factor.copy_(text_base.factor @ (torch.eye(dt, dtype=between.dtype) + (spread - 1) * between))
    return generator


class _Base(NamedTuple):
    """Class-conditional Gaussians: centre (d,), factor (d, d), whitened class means (K, d), the corpora's places around them
    (J, K, d) and shares (K, J), directions between the means."""

    centre: Tensor
    factor: Tensor
    means: Tensor
    offsets: Tensor
    corpus_shares: Tensor
    between: Tensor


def _base(
    x: np.ndarray,
    c: np.ndarray,
    n_classes: int,
    shrinkage: float,
    weights: np.ndarray | None,
    corpora: np.ndarray | None = None,
) -> _Base:
    j = 1 if corpora is None else int(corpora.max()) + 1
    cell = c if corpora is None else c * j + corpora
    places, factor = class_gaussians(x, cell, n_classes * j, shrinkage, weights)
    places = places.reshape(n_classes, j, -1)
    present = ~np.isnan(places[:, :, :1])
    shares = present / present.sum(axis=1, keepdims=True)
    places = np.where(present, places, 0)
    means = (shares * places).sum(axis=1)
    offsets = np.where(present, places - means[:, None], 0).swapaxes(0, 1)
    centre = means.mean(axis=0)
    whitened = np.linalg.solve(factor, (means - centre).T).T
    around = np.linalg.solve(factor, offsets.reshape(-1, len(factor)).T).T.reshape(offsets.shape)
    between = np.linalg.svd(whitened, full_matrices=False)[2][: n_classes - 1]
    return _Base(*map(torch.from_numpy, (centre, factor, whitened, around, shares[:, :, 0], between)))


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
