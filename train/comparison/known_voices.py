"""What other clips of a test speaker are worth where speakers of a corpus are left out: the voice model, fold by fold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sermi.errors import SermiError
from sermi.stats.folds import speaker_folds
from sermi.stats.intervals import Design
from sermi.voice import VoiceSettings
from train.protocols import Fold
from train.recogniser.contexts import CONTEXTS, NO_CONTEXT, answers, recall
from train.recogniser.discriminant import Discriminant
from train.recogniser.voices import Candidate, VoiceData, space_of_components, with_chosen_shifts

N_DRAWS = 5
"""Of each context."""
N_INNER_FOLDS = 3
"""Of training speakers."""


def run(data: VoiceData, rows: Fold, chosen: Discriminant, seed: int) -> dict[str, float]:
    """UA of one fold by kind of context, where all its speakers have clips enough; nothing where training recordings are too
    few to tell voices apart.

    Args:
        data: all N recordings of the protocol.
        rows: which of them train and which test; no speaker is in both.
        chosen: by inner speakers, for the discriminant: the voice model has its dimension and shrinkage. How far clips of a
            voice move its emotions is chosen on inner speakers, too.
        seed: of the projection and the contexts.
    """
    data = replace(data, space=space_of_components)
    candidate = Candidate(chosen.feature_dim, VoiceSettings(chosen.shrinkage, chosen.interaction))
    h = data.features(rows.train, [candidate], seed)
    try:
        model = data.fit(h, rows.train, _shifted(data, h, rows.train, candidate, seed))
    except SermiError:
        return {}
    recordings = data.held_out(rows.test, model, h)
    n_speakers = len(np.unique(data.sample.speaker[rows.test]))
    by_context = {}
    for context in CONTEXTS:
        result = answers(recordings, context, n_draws=N_DRAWS, seed=seed)
        if result and result.counts.shape[1] == n_speakers:
            by_context[context.name] = round(float(recall(result.counts.sum(axis=(0, 1)))), 4)
    return by_context


def _shifted(data: VoiceData, h: np.ndarray, train: np.ndarray, candidate: Candidate, seed: int) -> Candidate:
    """With how far clips of a voice move its emotions, chosen on inner speakers."""
    speakers, held_out = data.sample.speaker, []
    for inner in speaker_folds(speakers[train], N_INNER_FOLDS, seed):
        left_out = np.zeros_like(train)
        left_out[train] = inner
        held_out.append(data.held_out(left_out, data.fit(h, train & ~left_out, candidate), h))
    return with_chosen_shifts(candidate, held_out, seed)[0]


def summary(runs: Sequence[Mapping[str, float]], folds: Mapping[Any, Iterable[int]], design: Design) -> dict[str, Any]:
    """By kind of context that every run has, mean UA with its interval, and the gain over no context with its own.

    Args:
        runs: of `run`, over folds and seeds.
        folds: the places of each fold's runs among them.
        design: how folds lie to each other.
    """
    names = [context.name for context in CONTEXTS if all(context.name in run for run in runs)]
    by_fold = {name: np.array([np.mean([runs[i][name] for i in at]) for at in folds.values()]) for name in names}
    alone = by_fold[NO_CONTEXT.name]
    return {
        name: {
            "UA": round(float(np.mean(values)), 4),
            "interval_95": design.interval(values).ends(0.0),
            "gain": round(float(np.mean(values - alone)), 4),
            "gain_interval_95": design.interval(values - alone).ends(),
        }
        for name, values in by_fold.items()
    }
