"""Inner validation: hyper-parameters are chosen on training speakers or corpora that a model did not see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from sermi.stats.folds import speaker_folds
from sermi.stats.recall import macro_recall
from train.recogniser.discriminant import CORPUS_GRID, SPEAKER_GRID, Discriminant, fit_candidates
from train.samples import AudioSample

N_INNER_FOLDS = 4
"""Where speakers are left out."""


def corpus_folds(corpus: np.ndarray) -> Iterator[np.ndarray]:
    """Boolean masks (N,), one for each corpus."""
    for name in np.unique(corpus):
        yield corpus == name


def inner_folds(sample: AudioSample, seed: int) -> list[np.ndarray]:
    """`folds_of` the sample's recordings."""
    return folds_of(sample.corpus, sample.speaker, seed)


def folds_of(corpus: np.ndarray, speaker: np.ndarray, seed: int) -> list[np.ndarray]:
    """Masks (N,) of validation rows: one corpus left out at a time where there are several, else speakers."""
    if len(np.unique(corpus)) > 1:
        return list(corpus_folds(corpus))
    return list(speaker_folds(speaker, N_INNER_FOLDS, seed))


def select(
    sample: AudioSample,
    n_classes: int,
    seed: int,
    *,
    candidates: Sequence[Discriminant] | None = None,
    folds: Sequence[np.ndarray] | None = None,
) -> tuple[Discriminant, float]:
    """The candidate with the best mean UA over the inner folds, and that UA. Ties go to the earlier candidate.

    The UA of a fold is over the classes that it has.

    Args:
        sample: of training recordings.
        n_classes: K.
        seed: of the folds and the projections.
        candidates: what is tried; None for the grid of the kind of fold.
        folds: masks (N,) of validation rows, such as a corpus's own development set; None for `inner_folds`.
    """
    candidates = candidates or (CORPUS_GRID if len(np.unique(sample.corpus)) > 1 else SPEAKER_GRID)
    folds = inner_folds(sample, seed) if folds is None else folds
    table = np.zeros((len(folds), len(candidates)))
    for row, validation in enumerate(folds):
        held_out = sample.where(validation)
        for column, model in enumerate(fit_candidates(sample.where(~validation), n_classes, candidates, seed)):
            predicted = model.scores(held_out.a[:, 0]).argmax(axis=1)
            table[row, column] = macro_recall(held_out.c, predicted)
    mean = table.mean(axis=0)
    best = int(mean.argmax())
    return candidates[best], float(mean[best])


def out_of_fold_scores(
    sample: AudioSample,
    n_classes: int,
    candidate: Discriminant,
    seed: int,
    *,
    folds: Sequence[np.ndarray] | None = None,
) -> np.ndarray:
    """(N, K) scores of every recording by a model that saw neither its speaker nor, with several corpora, its corpus.

    Args:
        sample: of training recordings.
        n_classes: K.
        candidate: of the models.
        seed: of the folds and the projections.
        folds: as in `select`; rows that none of them validates stay at 0.
    """
    scores = np.zeros((len(sample), n_classes))
    for validation in inner_folds(sample, seed) if folds is None else folds:
        (model,) = fit_candidates(sample.where(~validation), n_classes, [candidate], seed)
        scores[validation] = model.scores(sample.a[validation, 0])
    return scores
