"""What `sermi augment` would do and about how long it would take, from timings of small pieces on this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from sermi.augment.config import GeneratorConfig
from sermi.own_features.augmentation import check_wanted
from sermi.own_features.gains import N_FOLDS, default_classifier, design_of
from sermi.own_features.resamplers import SERMI, Resample, Training, available, sermi_resample, targets, way
from sermi.own_features.table import FeatureTable

_PIECES = (80, 160)
"""Rows that are timed; the difference says what a row takes, the rest what doesn't depend on rows."""
_FEW_STEPS, _MORE_STEPS = 2, 12
"""Of SERMI's training that are timed: a step takes as long for many rows as for few."""
_ASSESSED = 10.0
"""Seconds that measuring information and quality takes at most, of the rows that are measured."""


@dataclass(frozen=True)
class Plan:
    """What would be done."""

    steps: tuple[str, ...]
    seconds: float
    """That it would take, about."""


def describe_plan(table: FeatureTable, **settings: Any) -> str:
    """The plan as lines of text. Arguments and errors as `plan_of`."""
    plan = plan_of(table, **settings)
    return "\n".join([*(f"  {step}" for step in plan.steps), f"  about {spelt(plan.seconds)}"])


def plan_of(
    table: FeatureTable,
    *,
    ratio: float,
    with_report: bool,
    folds: int = N_FOLDS,
    repeats: int | None = None,
    sampler: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> Plan:
    """What would be done, and how long it takes.

    Args:
        table: of the real rows.
        ratio: generated rows of each class on top of balance, for each row of the largest class.
        with_report: whether gains are cross-validated.
        folds: of that, at most.
        repeats: how often rows are dealt to them; None to go by the table's size.
        sampler: options of SermiSampler; None for its defaults.
        seed: of the pieces that are timed, and of the folds.

    Raises:
        SermiError: As `check_wanted`, or nobody could be held out.
    """
    y = table.y.to_numpy()
    wanted = targets(y, ratio)
    check_wanted(y, wanted)
    steps = [
        f"{label}: {n:,} real rows, {wanted[label] - n:,} to generate"
        for label, n in zip(*(part.tolist() for part in np.unique(y, return_counts=True)), strict=True)
    ]
    dealing: dict[str, Any] = {"groups": table.groups, "n_folds": folds, "n_repeats": repeats, "seed": seed}
    design = design_of(table.X, table.y, **dealing) if with_report else None
    seconds_of = _timings(table, available() if with_report else (SERMI,), ratio, sampler or {}, seed)
    seconds = _ASSESSED + seconds_of(SERMI, len(table))
    if design is not None:
        n_folds, n_repeats = design
        ways = ", ".join(way(name).title for name in available())
        dealt = f", dealt {n_repeats} times" if n_repeats > 1 else ""
        kind = "folds disjoint in groups" if table.groups is not None else "folds with classes dealt evenly"
        steps.append(f"compare by {n_folds} {kind}{dealt}: {ways}")
        n_training = len(table) * (n_folds - 1) // n_folds
        seconds += n_folds * n_repeats * sum(seconds_of(name, n_training) for name in available())
    return Plan(tuple(steps), seconds)


def _timings(
    table: FeatureTable, names: Sequence[str], ratio: float, sampler: Mapping[str, Any], seed: int
) -> Callable[[str, int], float]:
    """Seconds that a way and a classifier take of so many rows: linear in rows, by two pieces."""
    pieces = [_piece(table, n, seed) for n in _PIECES]
    steps = GeneratorConfig.steps if sampler.get("steps") is None else sampler["steps"]
    few, more = (sermi_resample(**{**sampler, "steps": n}) for n in (_FEW_STEPS, _MORE_STEPS))
    works = {name: few if name == SERMI else way(name).resample for name in names}
    _timed(few, pieces[0], ratio, seed)  # what is loaded for the first time isn't the work
    short, long = ({name: _timed(work, piece, ratio, seed) for name, work in works.items()} for piece in pieces)
    n_short, n_long = (len(piece.y) for piece in pieces)
    a_step = max(_timed(more, pieces[1], ratio, seed) - long[SERMI], 0.0) / (_MORE_STEPS - _FEW_STEPS)
    steps_of = {SERMI: a_step * max(steps - _FEW_STEPS, 0)}

    def seconds_of(name: str, n_rows: int) -> float:
        each = max(long[name] - short[name], 0.0) / max(n_long - n_short, 1)
        return long[name] + each * max(n_rows - n_long, 0) + steps_of.get(name, 0.0)

    return seconds_of


def _timed(work: Resample, train: Training, ratio: float, seed: int) -> float:
    start = perf_counter()
    x, y = work(train, targets(train.y, ratio), seed)
    default_classifier().fit(np.concatenate([train.x, x]), np.concatenate([train.y, y]))
    return perf_counter() - start


def _piece(table: FeatureTable, n: int, seed: int) -> Training:
    """About so many rows, as many of each class as far as there are some."""
    y = table.y.to_numpy()
    order = np.random.default_rng(seed).permutation(len(y))
    each = max(4, n // len(np.unique(y)))
    kept = np.concatenate([order[y[order] == label][:each] for label in np.unique(y)])
    x = table.X.to_numpy(np.float64)[kept]
    deviation = x.std(axis=0)
    return Training((x - x.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0), y[kept], None, None)


def spelt(seconds: float) -> str:
    """A duration in words, no more exact than it is known.

    >>> spelt(4), spelt(95), spelt(4000)
    ('5 seconds', '2 minutes', '1.1 hours')
    """
    if seconds < 60:
        return f"{max(5, 5 * round(seconds / 5))} seconds"
    return (
        f"{round(seconds / 60)} minute{'s' if seconds >= 90 else ''}"
        if seconds < 3_600
        else f"{seconds / 3_600:.1f} hours"
    )
