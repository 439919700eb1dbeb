"""What generated rows buy a classifier: UA over cross-validation, with rows generated from the training part of each split.

Whole groups (speakers) are held out where groups are given, so that nobody is trained on and tested. Each way meets the
same splits, the same classifier and makes as many rows, so that gains are paired. Features are scaled by the training rows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sermi.errors import SermiError
from sermi.own_features.resamplers import NONE, SERMI, Training, Way, available, sermi_resample, targets, way
from sermi.stats.intervals import Design, Verdict
from sermi.stats.recall import macro_recall

N_FOLDS = 5
_REPEATS = ((200_000, 3), (1_000_000, 2))
"""Numbers in the table, and how often its rows are dealt to folds anew up to that many; once beyond."""


@dataclass(frozen=True)
class Gain:
    """What one way is worth."""

    name: str
    title: str
    ua: float
    """Mean over splits, 0 to 1."""
    ua_interval: tuple[float, float]
    """95 %."""
    gain: float
    """Over nothing generated, paired."""
    gain_interval: tuple[float, float]
    verdict: Verdict
    """Of the gain."""
    n_generated: float
    """Mean over splits; fewer than were asked for where a way can't make them."""
    behind_sermi: tuple[float, float, float] | None = None
    """How much better SERMI is, with its 95 % interval; None for SERMI itself and where it wasn't compared."""


@dataclass(frozen=True)
class Gains:
    """What each way is worth, and how that was measured."""

    by_name: Mapping[str, Gain]
    by_split: Mapping[str, np.ndarray]
    """(J,) UA of each split."""
    design: Design
    n_folds: int
    n_repeats: int
    by_group: bool
    """Whether whole groups were held out."""
    ratio: float
    """Generated rows of each class on top of balance, for each row of the largest class."""
    classifier: str
    """Its name."""


def cross_validated_gains(
    X: Any,  # noqa: N803 # as scikit-learn calls it
    y: Any,
    *,
    groups: Any = None,
    text: Any = None,
    ways: Sequence[str] | None = None,
    classifier: Any = None,
    sampler: Mapping[str, Any] | None = None,
    ratio: float = 1.0,
    n_folds: int = N_FOLDS,
    n_repeats: int | None = None,
    seed: int = 0,
    progress: Callable[[int, int, str], object] | None = None,
) -> Gains:
    """What generated rows buy a classifier.

    Args:
        X: (N, d) features.
        y: (N,) labels.
        groups: (N,) speakers, who are held out whole; None for rows that are independent.
        text: (N, dt) text features, for SERMI to condition on.
        ways: names in `resamplers.WAYS`; None for all that can be used. Nothing generated is always among them.
        classifier: scikit-learn's kind, fitted on scaled features; None for logistic regression.
        sampler: options of SermiSampler; None for its defaults.
        ratio: generated rows of each class on top of balance, for each row of the largest class; 0 balances and no more.
        n_folds: the most folds; fewer where there are fewer groups or rows of a class.
        n_repeats: how often rows are dealt to folds; None for 1 to 3, the fewer the larger the table.
        seed: of the folds, and of what is generated.
        progress: is called with splits done, splits in all and the name of the way that comes next.

    Raises:
        SermiError: An unknown way, or too few groups or rows of a class to hold some out.
    """
    names = list(dict.fromkeys([NONE, *(available() if ways is None else ways)]))
    chosen = [way(name) for name in names]
    if sampler:
        own = sermi_resample(**sampler)
        chosen = [replace(one, resample=own) if one.name == SERMI else one for one in chosen]
    data = Training(np.asarray(X, np.float64), np.asarray(y), _array(groups), _array(text))
    units = (np.arange(len(data.y)) if data.groups is None else data.groups).astype(str)
    model = default_classifier() if classifier is None else classifier
    folds, repeats = _design(data, n_folds, n_repeats, seed)
    values, n_generated = np.zeros((len(chosen), folds * repeats)), np.zeros(len(chosen))
    tested: list[Collection[str]] = []
    for number, (train, test) in enumerate(_splits(data, folds, repeats, seed)):
        tested.append(set(units[test].tolist()))
        real, x_test = _scaled(data.where(train), data.x[test])
        for at, one in enumerate(chosen):
            if progress is not None:
                progress(number, folds * repeats, one.title)
            x, labels = one.resample(real, targets(real.y, ratio), seed + number)
            n_generated[at] += len(x)
            values[at, number] = macro_recall(data.y[test], _predicted(model, real, x, labels, x_test))
    by_split = dict(zip(names, values[:, : len(tested)], strict=True))
    design = Design.of(tested)
    n_generated /= len(tested)
    by_name = {one.name: _gain(one, by_split, design, n_generated[at]) for at, one in enumerate(chosen)}
    return Gains(by_name, by_split, design, folds, repeats, data.groups is not None, ratio, type(model).__name__)


def _predicted(model: Any, real: Training, x: np.ndarray, labels: np.ndarray, x_test: np.ndarray) -> np.ndarray:
    """Labels of the test rows by a classifier of real and generated rows."""
    from sklearn.base import clone

    fitted = clone(model).fit(np.concatenate([real.x, x]), np.concatenate([real.y, labels]))
    return fitted.predict(x_test)


def default_classifier() -> Any:
    """Logistic regression."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=2_000)


def design_of(
    X: Any,  # noqa: N803 # as scikit-learn calls it
    y: Any,
    *,
    groups: Any = None,
    n_folds: int = N_FOLDS,
    n_repeats: int | None = None,
    seed: int = 0,
) -> tuple[int, int]:
    """How many folds rows are dealt to, and how often. Arguments and errors as `cross_validated_gains`."""
    return _design(Training(np.asarray(X, np.float64), np.asarray(y), _array(groups)), n_folds, n_repeats, seed)


def _design(data: Training, n_folds: int, n_repeats: int | None, seed: int) -> tuple[int, int]:
    folds = _n_folds(data, n_folds)
    repeats = n_repeats or next((n for most, n in _REPEATS if data.x.size <= most), 1)
    if next(_splits(data, folds, repeats, seed), None) is None:
        raise SermiError(
            "Whichever groups are held out, the others are of one class, so nothing can be tested; give groups that have "
            "several classes, or no group."
        )
    return folds, repeats


def _array(values: Any) -> np.ndarray | None:
    return None if values is None else np.asarray(values)


def _n_folds(data: Training, most: int) -> int:
    labels, count = np.unique(data.y, return_counts=True)
    if data.groups is None:
        fewest = count.min()
    else:
        n_groups = len(np.unique(data.groups))
        if n_groups < 2:
            raise SermiError("There is one group alone, so none can be held out; give more speakers, or no group.")
        fewest = min(n_groups, count.max())  # groups are dealt where one class has a row for each fold
    if fewest < 2:
        raise SermiError(
            f"There is one row of '{labels[count.argmin()]}', so none can be held out; give more or leave it out."
        )
    return int(min(most, fewest))


def _splits(data: Training, n_folds: int, n_repeats: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Numbers of training and of test rows."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    for repeat in range(n_repeats):
        kind = StratifiedKFold if data.groups is None else StratifiedGroupKFold
        dealt = kind(n_folds, shuffle=True, random_state=seed + repeat)
        for train, test in dealt.split(data.x, data.y, data.groups):
            if len(test) and len(np.unique(data.y[train])) > 1:
                yield train, test


def _scaled(train: Training, x_test: np.ndarray) -> tuple[Training, np.ndarray]:
    """Around the mean of the training rows and by their deviation."""
    mean, deviation = train.x.mean(axis=0), train.x.std(axis=0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    return Training((train.x - mean) / deviation, train.y, train.groups, train.text), (x_test - mean) / deviation


def _gain(one: Way, values: Mapping[str, np.ndarray], design: Design, n_generated: float) -> Gain:
    def of_difference(difference: np.ndarray) -> tuple[float, float, float]:
        """Mean and interval, which a single split leaves without other bounds than a difference of shares has."""
        interval = design.interval(difference)
        return interval.mean, max(interval.low, -1.0), min(interval.high, 1.0)

    own, difference = values[one.name], values[one.name] - values[NONE]
    alone, (gain, low, high) = design.interval(own), of_difference(difference)
    return Gain(
        one.name,
        one.title,
        alone.mean,
        (max(alone.low, 0.0), min(alone.high, 1.0)),
        gain,
        (low, high),
        design.verdict(difference),
        n_generated,
        of_difference(values[SERMI] - own) if SERMI in values and one.name != SERMI else None,
    )
