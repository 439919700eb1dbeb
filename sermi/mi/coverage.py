"""How often intervals hold the truth, over repetitions on every family of distributions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from typing import get_args

import numpy as np

from sermi.mi.benchmark_rows import Row
from sermi.mi.families import families, labelled_families
from sermi.mi.fitting import Training
from sermi.mi.interface import Estimator, format_nats
from sermi.mi.label import LabelInformation
from sermi.mi.label_critic import LabelCriticName
from sermi.mi.neighbours import NearestNeighbourInformation
from sermi.mi.pair import PairInformation
from sermi.mi.tasks import Task

Maker = Callable[[int], Estimator]
"""Of an estimator, from its seed."""

N_NEIGHBOURS, N_PAIRS, N_LABELLED = 1_000, 2_000, 1_000
"""Samples of one repetition, for neighbours, critics of pairs, and critics of labels."""

_ROUNDING = 0.002
"""Nats: a ceiling H(c) of the drawn labels is by so much below that of their distribution."""

ABOUT_COVERAGE = f"""## Coverage of the intervals

Fresh samples in every repetition: {N_NEIGHBOURS:,} for nearest neighbours and labels, {N_PAIRS:,} for critics of pairs.
"Holds" is the share of the 95 % intervals that hold the truth. "Below" is the share that lies below it as a whole: right for
a lower bound, which claims no more; a miss for an estimate. "Above" is a miss for both. A distribution and its images under
maps share their samples. Intervals hold the chance of which samples were measured, neither how a critic was fitted nor how far
a bound or an estimate is off for want of samples. Most of these distributions are kinds
of Czyż et al. 2023, "Beyond Normal: On the Evaluation of Mutual Information Estimators".
"""


def coverage_jobs(repetitions: int, seed: int) -> Iterator[tuple[str, Callable[[], Row]]]:
    """What is measured, by name: neighbours so many times, critics a quarter as many."""
    # as many steps as some seconds allow; what they leave out keeps a lower bound low
    training = Training(max_steps=300, check_every=50, patience=3)
    of_pairs: list[tuple[Maker, int]] = [(_neighbours, N_NEIGHBOURS), (partial(_pairs, training), N_PAIRS)]
    critics: list[tuple[Maker, int]] = [(partial(_labels, critic), N_LABELLED) for critic in get_args(LabelCriticName)]
    for tasks, estimators in ((families(), of_pairs), (labelled_families(), [(_neighbours, N_LABELLED), *critics])):
        for task, (make, n_samples) in product(tasks, estimators):
            # neighbours are quick, critics are not
            times = repetitions if make is _neighbours else max(2, repetitions // 4)
            name = f"{task.name}, {make(0).name}, {times} times"
            yield name, partial(_repeated, task, make, n_samples, repetitions=times, seed=seed)


def coverage_lines(rows: Sequence[Row]) -> list[str]:
    """A Markdown table, and the shares over all tasks of each estimator."""
    lines = [
        "| task | true MI | estimator | kind | mean | sd | mean interval | holds | below | above | n | times |",
        "|---|---:|---|---|---:|---:|---|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        shares = _shares(row.holds or 0.0, row.below or 0.0)
        lines.append(
            f"| {row.task} | {format_nats(row.true_mi)} | {row.estimator} | {row.kind} | {format_nats(row.value)} "
            f"| {format_nats(row.spread or 0)} | {format_nats(row.low)} to {format_nats(row.high)} | {shares} "
            f"| {row.n_eval:,} | {row.repetitions} |"
        )
    for name in dict.fromkeys(row.estimator for row in rows):
        of = [row for row in rows if row.estimator == name]
        holds, below = (float(np.mean([getattr(row, field) for row in of])) for field in ("holds", "below"))
        times = sum(row.repetitions for row in of)
        lines.append(f"| **all {len(of)}** | | {name} | {of[0].kind} | | | | {_shares(holds, below)} | | {times} |")
    return lines


def _shares(holds: float, below: float) -> str:
    return " | ".join(f"{abs(share):.0%}" for share in (holds, below, 1 - holds - below))


def _repeated(task: Task, make: Maker, n_samples: int, *, repetitions: int, seed: int) -> Row:
    estimates = [
        make(seed + number).estimate(*task.sample(n_samples, np.random.default_rng([seed, number])))
        for number in range(repetitions)
    ]
    lows, highs = (np.array([estimate.interval[end] for estimate in estimates]) for end in (0, 1))
    # a truth that is the ceiling, as in XOR, is held by an interval that ends there
    below = highs < task.true_mi - _ROUNDING
    holds = (lows <= task.true_mi + _ROUNDING) & ~below
    values = [estimate.value for estimate in estimates]
    return Row(
        task=task.name,
        true_mi=task.true_mi,
        estimator=estimates[0].estimator,
        kind=estimates[0].kind,
        value=float(np.mean(values)),
        low=float(lows.mean()),
        high=float(highs.mean()),
        ceiling=estimates[0].ceiling,
        control=None,
        n_train=estimates[0].n_train,
        n_eval=estimates[0].n_eval,
        repetitions=repetitions,
        spread=float(np.std(values)),
        holds=float(holds.mean()),
        below=float(below.mean()),
    )


def _neighbours(seed: int) -> Estimator:
    return NearestNeighbourInformation(seed=seed, control=False)


def _pairs(training: Training, seed: int) -> Estimator:
    return PairInformation(seed=seed, training=training, control=False)


def _labels(critic: LabelCriticName, seed: int) -> Estimator:
    return LabelInformation(critic=critic, n_folds=3, seed=seed, control=False)
