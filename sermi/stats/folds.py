"""Speakers dealt to folds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sermi.errors import SermiError


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
