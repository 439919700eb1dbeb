"""What the benchmark of estimators measures, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass

from sermi.mi.interface import Kind


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    levels: tuple[float, ...]
    """Of true MI, in nats."""
    n_pairs: int
    """Of a task with features on both sides."""
    n_labelled: int
    """Samples of a task with labels."""
    max_steps: int
    """Of a critic's training."""
    n_batches: int
    """With the optimal critic."""
    repetitions: int = 0
    """On each family of distributions, for the coverage of intervals; none of this if 0."""


@dataclass(frozen=True)
class Row:
    """One estimator on one task; nats. `low` and `high` are its 95 % interval, with an optimal critic that of its batches.

    Of several repetitions `value`, `low` and `high` are means.
    """

    task: str
    true_mi: float
    estimator: str
    kind: Kind
    value: float
    low: float
    high: float
    ceiling: float | None
    control: float | None
    n_train: int
    n_eval: int
    repetitions: int = 1
    spread: float | None = None
    """Standard deviation of `value` over the repetitions."""
    holds: float | None = None
    """Share of the repetitions whose interval holds the truth."""
    below: float | None = None
    """Share of those whose whole interval is below the truth: as a lower bound may be, and an estimate should not."""
