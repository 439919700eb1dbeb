"""Kinds of spaces of features that are tried beside the one that checkpoints have (`train.recogniser.space`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

import numpy as np
from scipy.linalg import orthogonal_procrustes

from sermi.features import Features
from sermi.stats.folds import speaker_folds
from train.comparison.alignment import AlignmentConfig, fit_alignment
from train.recogniser.discriminant import FittedProjection, fit_projection
from train.recogniser.space import SpaceConfig, fit_space
from train.recogniser.voices import Candidate, Space, VoiceData
from train.samples import AudioSample, TextSample

N_FOLDS = 5
"""Of training speakers, where each is projected by what the others showed."""
TEXT_FEATURE_DIM = 64
"""Of the sentences that voices are aligned with."""

Make = Callable[[VoiceData, TextSample, int], VoiceData]
"""From recordings, sentences and d to the recordings with a space of that kind and size."""


def _cells(sample: AudioSample, _: int, seed: int, *, dim: int) -> FittedProjection:
    return fit_space(sample, SpaceConfig(dim), seed)


def _components(sample: AudioSample, _: int, seed: int, *, dim: int) -> FittedProjection:
    """Principal components, each brought to the same spread."""
    rows = sample.a.reshape(-1, sample.a.shape[-1])
    projection = fit_projection(rows, dim, seed, emphasis=sample.emphasis)
    spread = projection(rows).std(axis=0)
    return replace(projection, components=projection.components / spread[:, None])


def _aligned(sample: AudioSample, _: int, seed: int, *, dim: int, texts: TextSample) -> FittedProjection:
    """The cells' space, transformed by stage A: last layers and InfoNCE with sentences of the same emotion."""
    cells = fit_space(sample, SpaceConfig(dim), seed)
    t = fit_projection(texts.b, TEXT_FEATURE_DIM, seed)(texts.b)
    rng = np.random.default_rng(seed)
    own = np.array([rng.choice(np.flatnonzero(texts.c == k)) for k in sample.c])
    h = cells(sample.a[:, 0])
    train = Features(h / h.std(), sample.c, sample.speaker, t[own] / t.std())
    learnt = fit_alignment(train, int(sample.c.max()) + 1, AlignmentConfig(), seed).audio.weight.numpy()
    return replace(cells, components=learnt @ cells.components)


@dataclass(frozen=True, eq=False)
class CrossFitted(VoiceData):
    """Features of training speakers are made by a space that other speakers taught, as those of new speakers are.

    The spaces of the folds are turned towards the space of all, which new speakers are projected by.
    """

    def features(self, train: np.ndarray, candidates: Sequence[Candidate], seed: int) -> np.ndarray:
        h = super().features(train, candidates, seed)
        crossed = h.copy()
        for fold in speaker_folds(np.where(train, self.sample.speaker, ""), N_FOLDS, seed):
            others, own = train & ~fold, train & fold
            of_others = super().features(others, candidates, seed)
            shift, target = of_others[others, 0].mean(axis=0), h[others, 0].mean(axis=0)
            turn, _ = orthogonal_procrustes(of_others[others, 0] - shift, h[others, 0] - target)
            crossed[own] = (of_others[own] - shift) @ turn + target
        return crossed


def _with(space: Callable[..., FittedProjection], data: VoiceData, _: TextSample, dim: int) -> VoiceData:
    return replace(data, space=partial(space, dim=dim))


def _with_alignment(data: VoiceData, texts: TextSample, dim: int) -> VoiceData:
    return replace(data, space=partial(_aligned, dim=dim, texts=texts))


def _cross_fitted(data: VoiceData, _: TextSample, dim: int) -> VoiceData:
    space: Space = partial(_cells, dim=dim)
    return CrossFitted(data.sample, data.scored, data.n_classes, data.neutral, space)


KINDS: Mapping[str, tuple[str, Make]] = MappingProxyType(
    {
        "cells": ("Discriminant of cells", partial(_with, _cells)),
        "cross-fitted": ("The same, cross-fitted over speakers", _cross_fitted),
        "aligned": ("The same, aligned with words (stage A)", _with_alignment),
        "components": ("Principal components, whitened", partial(_with, _components)),
    }
)
"""Title, and how recordings get such a space. Cells: recordings of an emotion by a speaker; this is what checkpoints have."""
