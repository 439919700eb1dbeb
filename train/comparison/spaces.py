"""Kinds of spaces of features that are tried beside the one that checkpoints have (`train.recogniser.space`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import numpy as np

from sermi.features import Features
from train.comparison.alignment import AlignmentConfig, fit_alignment
from train.recogniser.discriminant import fit_projection
from train.recogniser.space import FittedSpace, SpaceConfig, fit_space
from train.recogniser.voices import VoiceData
from train.samples import AudioSample, TextSample

TEXT_FEATURE_DIM = 64
"""Of the sentences that voices are aligned with."""

Make = Callable[[VoiceData, TextSample, int], VoiceData]
"""From recordings, sentences and d to the recordings with a space of that kind and size."""


def _cells(sample: AudioSample, _: int, seed: int, *, dim: int) -> FittedSpace:
    return fit_space(sample, SpaceConfig(dim), seed)


def _in_sample(sample: AudioSample, _: int, seed: int, *, dim: int) -> FittedSpace:
    """The cells' space, where training speakers are projected by what they showed themselves."""
    projection = _cells(sample, dim, seed, dim=dim).projection
    return FittedSpace(projection, projection(sample.a))


def _components(sample: AudioSample, _: int, seed: int, *, dim: int) -> FittedSpace:
    """Principal components, each brought to the same spread."""
    rows = sample.a.reshape(-1, sample.a.shape[-1])
    projection = fit_projection(rows, dim, seed, emphasis=sample.emphasis)
    spread = projection(rows).std(axis=0)
    whitened = replace(projection, components=projection.components / spread[:, None])
    return FittedSpace(whitened, whitened(sample.a))


def _aligned(sample: AudioSample, _: int, seed: int, *, dim: int, texts: TextSample) -> FittedSpace:
    """The cells' space, transformed by stage A: last layers and InfoNCE with sentences of the same emotion."""
    cells = fit_space(sample, SpaceConfig(dim), seed)
    t = fit_projection(texts.b, TEXT_FEATURE_DIM, seed)(texts.b)
    rng = np.random.default_rng(seed)
    own = np.array([rng.choice(np.flatnonzero(texts.c == k)) for k in sample.c])
    h = cells.features[:, 0]
    train = Features(h / h.std(), sample.c, sample.speaker, t[own] / t.std())
    learnt = fit_alignment(train, int(sample.c.max()) + 1, AlignmentConfig(), seed).audio.weight.numpy()
    projection = replace(cells.projection, components=learnt @ cells.projection.components)
    return FittedSpace(projection, cells.features @ learnt.T)


def _with(space: Callable[..., FittedSpace], data: VoiceData, _: TextSample, dim: int) -> VoiceData:
    return replace(data, space=partial(space, dim=dim))


def _with_alignment(data: VoiceData, texts: TextSample, dim: int) -> VoiceData:
    return replace(data, space=partial(_aligned, dim=dim, texts=texts))


KINDS: Mapping[str, tuple[str, Make]] = MappingProxyType(
    {
        "cells": ("Discriminant of cells, cross-fitted", partial(_with, _cells)),
        "in-sample": ("The same, not cross-fitted", partial(_with, _in_sample)),
        "aligned": ("Cross-fitted, aligned with words (stage A)", _with_alignment),
        "components": ("Principal components, whitened", partial(_with, _components)),
    }
)
"""Title, and how recordings get such a space. Cells: recordings of an emotion by a speaker; this is what checkpoints have."""
