"""What a generator starts from, before its residual has learnt anything: voices, corpora and classes, each Gaussian."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sermi.augment.config import GeneratorConfig
from sermi.augment.parts import Parts, variance_parts
from sermi.mi.discriminant import speaker_disjoint_information
from sermi.models.generator import Generator, GeneratorShape, Noise, Voices
from sermi.stats.gaussians import class_gaussians, symmetric_root

_SPREADS_OF_VOICES = (0.0, 2.5)
"""Between which s is sought where it is of voices: beyond, samples would lie where no real feature is."""
_SPREADS = (0.5, 8.0)
"""Where nobody knows who speaks, so that s is of all that differs within a class."""
_HALVINGS = 12
"""Of that interval: s is then found to a thousandth, far below what sampling leaves open."""
_GROUPS = 8
"""Dealt to at random where there are no speakers."""


class Base(NamedTuple):
    """A start, whitened by the factor of the shrunk within-class covariance; all float64."""

    centre: Tensor
    """(d,): mean of the class means."""
    factor: Tensor
    """(d, d): F, lower triangular."""
    places: Tensor
    """(J, K, d): whitened places of the classes in the corpora."""
    corpus_shares: Tensor
    """(K, J): how often a sample of a class is of each corpus; those that have the class share equally."""
    speaker: Tensor
    """(d, d): S, whitened; 0 without voices."""
    speaker_class: Tensor
    """(d, d): U, whitened; 0 without voices."""
    rest: Tensor
    """(J, d, d): E, whitened."""
    doubt: Tensor
    """(J,): g, by which offsets of voices are larger because places come from few voices themselves."""
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
    groups: np.ndarray | None = None,
) -> Base:
    """The base of real features.

    Args:
        x: (N, d) features.
        c: (N,) codes 0..K-1.
        n_classes: K.
        shrinkage: γ of the within-class covariance and of its parts.
        weights: (N,) how much each counts within its class, in what it is whitened by and, without groups, everywhere; None
            for all alike.
        corpora: (N,) codes 0..J-1; None for one corpus.
        groups: (N,) speakers, whose voices are modelled; None for no voices.
    """
    corpora = np.zeros(len(c), int) if corpora is None else np.asarray(corpora)
    n_corpora = int(corpora.max()) + 1
    places, factor = class_gaussians(x, c * n_corpora + corpora, n_classes * n_corpora, shrinkage, weights=weights)
    places = places.reshape(n_classes, n_corpora, -1).swapaxes(0, 1)
    present = ~np.isnan(places[..., 0])
    if groups is not None:
        speaker = np.unique(np.stack([np.unique(groups, return_inverse=True)[1], corpora]), axis=1, return_inverse=True)
        parts = variance_parts(x, c, speaker[1].ravel(), corpora, n_classes=n_classes, shrinkage=shrinkage)
    else:
        nothing, whole = np.zeros_like(factor), np.repeat((factor @ factor.T)[None], n_corpora, axis=0)
        parts = Parts(np.where(present[..., None], places, 0), present, nothing, nothing, whole)
    shares = present.T / present.T.sum(axis=1, keepdims=True)
    means = np.einsum("kj,jkd->kd", shares, parts.places)
    centre = means.mean(axis=0)

    def whitened(rows: np.ndarray) -> np.ndarray:
        return np.linalg.solve(factor, rows.reshape(-1, len(factor)).T).T.reshape(rows.shape)

    directions = np.linalg.svd(whitened(means - centre), full_matrices=False)[2][: n_classes - 1]
    roots = [
        np.linalg.solve(factor, symmetric_root(part)) for part in (parts.speaker, parts.speaker_class, *parts.rest)
    ]
    if groups is None:
        doubt = np.ones(n_corpora)
    else:
        doubt = np.sqrt(1 + 1 / np.array([len(np.unique(groups[corpora == j])) for j in range(n_corpora)]))
    places = whitened(parts.places - centre)
    arrays = (centre, factor, places, shares, *roots[:2], np.stack(roots[2:]), doubt, directions)
    return Base(*map(torch.from_numpy, arrays))


class RealDesign(NamedTuple):
    """Who says what in a real set, and what that carries: a generated one is drawn alike and measured alike."""

    c: np.ndarray
    """(N,) codes."""
    groups: np.ndarray | None
    """(N,) speakers; None where nobody knows."""
    corpora: np.ndarray | None
    """(N,) codes of corpora; None for one."""
    information: float | None
    """I(c; h) of it in nats, by speakers left out; None where that isn't to be met."""

    def voices(self) -> Voices:
        """Its own, or one for each sample."""
        index = np.arange(len(self.c)) if self.groups is None else np.unique(self.groups, return_inverse=True)[1]
        corpus = np.zeros(len(self.c), int) if self.corpora is None else np.asarray(self.corpora)
        return Voices(torch.from_numpy(index.ravel()), torch.from_numpy(corpus.astype(np.int64)))

    def measured_groups(self, seed: int) -> np.ndarray:
        """(N,) of whom some are left out in turn."""
        if self.groups is not None:
            return self.groups
        return np.random.default_rng(seed).integers(_GROUPS, size=len(self.c))


def generator_at_base(base: Base, text_base: Base | None, config: GeneratorConfig, *, voices: bool) -> Generator:
    """The generator before its residual has learnt anything and before it is matched.

    Args:
        base: of the features h.
        text_base: of the text features t; None where there are none.
        config: whose sizes and voice spread count here.
        voices: whether the base has them.
    """
    (j, k, d), dt = base.places.shape, 1 if text_base is None else len(text_base.centre)
    shape = GeneratorShape(d, dt, k, hidden=config.hidden, gaussian=config.gaussian, n_corpora=j, voices=voices)
    generator = Generator(shape)
    for name in ("centre", "factor", "places", "corpus_shares", "speaker_class", "rest", "doubt"):
        generator.get_buffer(name).copy_(getattr(base, name))
    generator.speaker.copy_(config.voice_spread * base.speaker)
    generator.class_directions[: len(base.class_directions)].copy_(base.class_directions)
    if config.base_spread is not None:
        generator.spread.fill_(config.base_spread)
    if text_base is not None:
        places = torch.einsum("kj,jkd->kd", text_base.corpus_shares, text_base.places)
        generator.text_means.copy_(text_base.centre + places @ text_base.factor.T)
        generator.text_factor.copy_(text_base.factor)
    return generator


@torch.no_grad()
def match_spread(generator: Generator, design: RealDesign, seed: int) -> None:
    """Bring s to where samples, drawn as the real ones were, carry what these carry; as near as s may go.

    The samples are x = x_1 + (s - 1) y, y being what s trims, so that one draw serves every s.
    """
    c, voices = torch.from_numpy(np.asarray(design.c)).long(), design.voices()
    noise = generator.draw_noise(c, voices, torch.Generator().manual_seed(seed))
    generator.spread.fill_(1.0)
    around = generator.around(noise.rest, voices.corpus)
    of_voices = generator.doubt[voices.corpus, None] * (noise.speaker_class @ generator.speaker_class.T)
    trimmed = of_voices if generator.shape.voices else around
    b = generator.class_directions
    x = generator.places[voices.corpus, c] + generator.offsets(noise, voices.corpus) + around
    spread = _spread_that_carries(
        x.numpy(),
        ((trimmed @ b.T) @ b).numpy(),
        design,
        bounds=_SPREADS_OF_VOICES if generator.shape.voices else _SPREADS,
        seed=seed,
    )
    generator.spread.fill_(spread)


@torch.no_grad()
def match_text(generator: Generator, base: Base, design: RealDesign, seed: int) -> None:
    """The same for the words of pairs, which have no voices."""
    codes = np.asarray(design.c)
    z = torch.randn(len(codes), len(base.centre), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    b = base.class_directions
    places = torch.einsum("kj,jkd->kd", base.corpus_shares, base.places)
    x = places[torch.from_numpy(codes).long()] + z
    spread = _spread_that_carries(x.numpy(), ((z @ b.T) @ b).numpy(), design._replace(groups=None), _SPREADS, seed)
    widening = torch.eye(len(z[0]), dtype=torch.float64) + (spread - 1) * b.T @ b
    generator.text_factor.copy_(base.factor @ widening)


def _spread_that_carries(
    x: np.ndarray, trimmed: np.ndarray, design: RealDesign, bounds: tuple[float, float], seed: int
) -> float:
    """s between bounds at which x + (s - 1) trimmed, (N, d), carries the information of the design."""
    groups = design.measured_groups(seed)
    low, high = bounds
    for _ in range(_HALVINGS):
        s = (low + high) / 2
        carried = speaker_disjoint_information(x + (s - 1) * trimmed, design.c, groups, seed=seed)
        low, high = (s, high) if carried > (design.information or 0.0) else (low, s)
    return (low + high) / 2


@torch.no_grad()
def information_of_new_voices(generator: Generator, c: np.ndarray, seed: int) -> float:
    """I(c; ĥ) in nats of samples that are a voice each: what Q can read in training, where every batch has new ones."""
    codes = torch.from_numpy(np.asarray(c)).long()
    random = torch.Generator().manual_seed(seed)
    voices = generator.deal(codes, random, clips_per_voice=1)
    corpus = voices.corpus
    noise = Noise(*(torch.randn(len(codes), generator.shape.feature_dim, generator=random) for _ in range(3)))
    x = generator.places[corpus, codes] + generator.offsets(noise, corpus) + generator.around(noise.rest, corpus)
    groups = np.random.default_rng(seed).integers(_GROUPS, size=len(codes))
    return speaker_disjoint_information(x.numpy(), np.asarray(c), groups, seed=seed)
