"""How many rows to generate, and under which regulariser: cross-validated with a logistic regression."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from sermi.augment.config import Regulariser
from sermi.augment.table import Rows, fit_table
from sermi.errors import FeatureError
from sermi.stats.recall import macro_recall
from sermi.stats.threads import single_threaded

RATIOS = (0.0, 0.5, 1.0, 3.0)
"""Generated rows of a class for each real one of the largest."""
_Setting = tuple[Regulariser | None, float]
_NOTHING: _Setting = (None, 0.0)
_FOLDS = 3
_ITERATIONS = 300


@dataclass(frozen=True)
class Tried:
    """A setting, and what it reached."""

    regulariser: Regulariser | None
    """None where nothing was generated."""
    ratio: float
    ua: float
    """Macro recall, mean over folds."""


@dataclass(frozen=True)
class Tuning:
    """The settings that were tried, the best of those that generate first; real rows alone are among them to compare with."""

    tried: tuple[Tried, ...]
    grouped: bool
    """Whether folds were disjoint in groups."""

    @property
    def best(self) -> Tried:
        """Of those that generate."""
        return next(one for one in self.tried if one.regulariser is not None)


@single_threaded
def tune(
    rows: Rows,
    counts: Callable[[float], np.ndarray],
    *,
    ratios: tuple[float, ...],
    seed: int,
    **options: Any,
) -> Tuning:
    """Cross-validate each regulariser with each ratio.

    Args:
        rows: to learn from, never more than their training part at a time.
        counts: from a ratio to how many rows of each class (K,) would be generated beside all rows.
        ratios: to try.
        seed: of folds and generators.
        options: of `fit_table`.

    Raises:
        FeatureError: rows that have no fold with two rows of every class to learn from.
    """
    names = get_args(Regulariser)
    settings: list[_Setting] = [(name, ratio) for name in names for ratio in ratios]
    reached: dict[_Setting, list[float]] = {setting: [] for setting in [_NOTHING, *settings]}
    for fit, held_out in _folds(rows, seed):
        part, test, share = rows.where(fit), rows.where(held_out), len(fit) / len(rows.c)
        fitted = {name: fit_table(part, regulariser=name, seed=seed, **options) for name in names}
        (h, others) = next((h, table.space.features(test.x)) for table, h in fitted.values())  # the same for all
        reached[_NOTHING].append(_recall(h, part.c, others, test.c))
        for name, ratio in settings:
            codes = np.repeat(np.arange(rows.n_classes), np.round(counts(ratio) * share).astype(np.int64))
            drawn = fitted[name][0].features(codes, seed).h
            every, labels = np.concatenate([h, drawn]), np.concatenate([part.c, codes])
            reached[name, ratio].append(_recall(every, labels, others, test.c))
    if not reached[_NOTHING]:
        raise FeatureError(
            "tune=True learns from some rows and tests on others, and no fold has two rows of every class to learn from; give "
            "more rows or groups, or set ratio and regulariser."
        )
    tried = [Tried(name, ratio, float(np.mean(values))) for (name, ratio), values in reached.items()]
    tried.sort(key=lambda one: (-one.ua, one.ratio))
    return Tuning(tuple(tried), grouped=rows.groups is not None)


def _folds(rows: Rows, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows (n,), (m,) to fit and to test on, whole groups where there are any; those that can be learnt from."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    groups, least = rows.groups, int(np.bincount(rows.c).min())
    n = min(_FOLDS, least if groups is None else len(np.unique(groups)))
    deal = StratifiedKFold if groups is None else StratifiedGroupKFold
    for fit, held_out in deal(n, shuffle=True, random_state=seed).split(np.zeros((len(rows.c), 1)), rows.c, groups):
        if np.bincount(rows.c[fit], minlength=rows.n_classes).min() >= 2:
            yield fit, held_out


def _recall(h: np.ndarray, c: np.ndarray, others: np.ndarray, others_c: np.ndarray) -> float:
    """UA on others (M, r) of a logistic regression of h (N, r)."""
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it ended early changes no digit that counts
        model = LogisticRegression(max_iter=_ITERATIONS).fit(h, c)
    return macro_recall(others_c, model.predict(others))
