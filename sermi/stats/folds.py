"""Speakers dealt to folds and halves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sermi.errors import SermiError

_ATTEMPTS = 200


def speaker_folds(speaker: np.ndarray, n_folds: int, seed: int) -> Iterator[np.ndarray]:
    """Boolean masks (N,) of the validation rows: speakers are dealt to folds at random, each in exactly one."""
    speakers = np.unique(speaker)
    if len(speakers) < n_folds:
        raise SermiError(
            f"{len(speakers)} speakers can't be split into {n_folds} folds; add recordings of more speakers."
        )
    order = np.random.default_rng(seed).permutation(speakers)
    for fold in range(n_folds):
        yield np.isin(speaker, order[fold::n_folds])


def speaker_half(c: np.ndarray, speaker: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random half of the speakers (N,) as a boolean mask (N,), such that both halves have every class of c (N,).

    Raises SermiError where many draws have none.
    """
    speakers, n_classes = np.unique(speaker), len(np.unique(c))
    for _ in range(_ATTEMPTS if len(speakers) > 1 else 0):
        half = np.isin(speaker, rng.permutation(speakers)[: len(speakers) // 2])
        if len(np.unique(c[half])) == len(np.unique(c[~half])) == n_classes:
            return half
    raise SermiError("The real features are of too few speakers to fit on some and test on others.")
