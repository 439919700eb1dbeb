"""Inner validation: hyper-parameters are chosen on training speakers or corpora that a model did not see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from sermi.stats.folds import speaker_folds
from train.recogniser.discriminant import CORPUS_GRID, SPEAKER_GRID, Discriminant, fit_candidates
from train.samples import AudioSample

N_INNER_FOLDS = 4


def corpus_folds(corpus: np.ndarray) -> Iterator[np.ndarray]:
    """Boolean masks (N,), one for each corpus."""
    for name in np.unique(corpus):
        yield corpus == name


def inner_folds(sample: AudioSample, seed: int) -> list[np.ndarray]:
    """Leave one corpus out where there are several, else leave speakers out."""
    if len(np.unique(sample.corpus)) > 1:
        return list(corpus_folds(sample.corpus))
    return list(speaker_folds(sample.speaker, N_INNER_FOLDS, seed))


def select(
    sample: AudioSample,
    n_classes: int,
    seed: int,
    candidates: Sequence[Discriminant] | None = None,
    folds: Sequence[np.ndarray] | None = None,
) -> tuple[Discriminant, float]:
    """The candidate with the best mean UA over the inner folds, and that UA. Ties go to the earlier candidate.

    Without candidates, those of the kind of fold are tried. folds: masks (N,) of validation rows, such as a corpus's own
    development set; None: `inner_folds`.
    """
    candidates = candidates or (CORPUS_GRID if len(np.unique(sample.corpus)) > 1 else SPEAKER_GRID)
    folds = inner_folds(sample, seed) if folds is None else folds
    table = np.zeros((len(folds), len(candidates)))
    for row, validation in enumerate(folds):
        held_out = sample.where(validation)
        present = np.unique(held_out.c)
        for column, model in enumerate(fit_candidates(sample.where(~validation), n_classes, candidates, seed)):
            predicted = model.scores(held_out.a[:, 0]).argmax(axis=1)
            # classes that a corpus doesn't have can't be recalled in it
            recalls = [np.mean(predicted[held_out.c == k] == k) for k in present]
            table[row, column] = np.mean(recalls)
    mean = table.mean(axis=0)
    best = int(mean.argmax())
    return candidates[best], float(mean[best])


def out_of_fold_scores(
    sample: AudioSample, n_classes: int, candidate: Discriminant, seed: int, folds: Sequence[np.ndarray] | None = None
) -> np.ndarray:
    """(N, K) scores of every recording by a model that saw neither its speaker nor, with several corpora, its corpus.

    folds: as in `select`; rows that none of them validates are left at 0.
    """
    scores = np.zeros((len(sample), n_classes))
    for validation in inner_folds(sample, seed) if folds is None else folds:
        (model,) = fit_candidates(sample.where(~validation), n_classes, [candidate], seed)
        scores[validation] = model.scores(sample.a[validation, 0])
    return scores
