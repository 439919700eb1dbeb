"""Repeated speaker-disjoint splits: which speakers each tests, dealt once, by a seed, and kept in a file of the corpus.

Six folds of 24 speakers can't show a gain of a point. Splits are dealt from shuffled packs of all speakers, so that each tests
as many and every speaker is tested equally often, or once more.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sermi.errors import SermiError


def deal(speakers: Sequence[str], *, n_test: int, n_splits: int, seed: int) -> dict[str, tuple[str, ...]]:
    """Name -> the speakers that a split tests, n_test of them, which is a divisor of how many there are; all others train.

    >>> deal("abcd", n_test=2, n_splits=3, seed=0)
    {'split01': ('a', 'c'), 'split02': ('b', 'd'), 'split03': ('c', 'd')}
    """
    rng = np.random.default_rng(seed)
    packs = -(-n_splits * n_test // len(speakers))
    dealt = np.concatenate([rng.permutation(sorted(speakers)) for _ in range(packs)]).reshape(-1, n_test)
    return {f"split{number:02d}": tuple(sorted(row.tolist())) for number, row in enumerate(dealt[:n_splits], 1)}


def stored(corpus: str, n: int | None = None) -> dict[str, tuple[str, ...]]:
    """The first n splits of a corpus's file, or all. Raises SermiError where there are none, or not so many."""
    path = Path(__file__).with_name(f"{corpus}.json")
    if not path.exists():
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.json")))
        raise SermiError(f"There are no repeated splits of {corpus}; leave out --splits, or use those of {known}.")
    splits = json.loads(path.read_text(encoding="utf-8"))["splits"]
    if n is not None and not 2 <= n <= len(splits):
        raise SermiError(f"--splits should be 2 to {len(splits)}, which is how many are kept of {corpus}.")
    return {name: tuple(speakers) for name, speakers in list(splits.items())[:n]}
