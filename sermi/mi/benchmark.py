"""`python -m sermi mi-benchmark`: every estimator against closed forms, as a table and a figure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from sermi.cache import write_atomic
from sermi.mi import bounds
from sermi.mi.fitting import BOUNDS, CRITERIA, BoundName, Training
from sermi.mi.interface import Estimator, Kind, MIEstimate
from sermi.mi.label import LabelInformation
from sermi.mi.neighbours import NearestNeighbourInformation
from sermi.mi.pair import KINDS, TITLES, PairInformation
from sermi.mi.resampling import percentile_interval
from sermi.mi.tasks import (
    Task,
    channel,
    correlation,
    cubic,
    gaussian,
    gaussian_log_ratio,
    independent,
    independent_labels,
    xor,
)
from sermi.plots.mi_benchmark import figure

DIM = 20
BATCH = 128
OPTIMAL = "optimal critic"


@dataclass(frozen=True)
class Size:
    """How much is measured: levels of true MI, pairs a task, training steps, batches with the optimal critic."""

    levels: tuple[float, ...]
    n_pairs: int
    n_labelled: int
    max_steps: int
    n_batches: int


FULL = Size((2.0, 4.0, 6.0, 8.0, 10.0), 40_000, 5_000, 2_000, 400)
FAST = Size((2.0, 6.0), 4_000, 1_000, 200, 50)


@dataclass(frozen=True)
class Row:
    """One estimator on one task; nats. `low` and `high` are its 95 % interval, with an optimal critic that of its batches."""

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


def run(size: Size = FULL, *, seed: int = 0, progress: bool = True) -> list[Row]:
    """Measure everything; Ctrl-C ends it early and keeps what is done."""
    jobs = list(_jobs(size, seed))
    rows: list[Row] = []
    bar = tqdm(jobs, desc="mi-benchmark", disable=not progress)
    try:
        for name, job in bar:
            bar.set_postfix_str(name)
            rows.append(job())
    except KeyboardInterrupt:
        tqdm.write(f"Interrupted: {len(rows)} of {len(jobs)} measurements are kept.")
    return rows


def as_markdown(rows: Sequence[Row]) -> str:
    """The table, nats to two decimals."""
    lines = [
        "| task | true MI | estimator | kind | measured | 95 % interval | ceiling | shuffled | n train | n measured |",
        "|---|---:|---|---|---:|---|---:|---:|---:|---:|",
    ]
    for row in rows:
        ceiling, control = ("" if value is None else _nats(value) for value in (row.ceiling, row.control))
        lines.append(
            f"| {row.task} | {_nats(row.true_mi)} | {row.estimator} | {row.kind} | {_nats(row.value)} "
            f"| {_nats(row.low)} to {_nats(row.high)} | {ceiling} | {control} | {row.n_train:,} | {row.n_eval:,} |"
        )
    return "\n".join(lines)


def write(rows: Sequence[Row], folder: Path) -> list[Path]:
    """mi-benchmark.csv, .md and .json (the plotly figure) in a folder, which is made if need be; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    table = pd.DataFrame(rows, columns=[field.name for field in fields(Row)])
    contents = {
        "csv": table.to_csv(index=False, float_format="%.4f", lineterminator="\n"),
        "md": _ABOUT + as_markdown(rows) + "\n",
        "json": figure(table).to_json() + "\n",
    }
    paths = [folder / f"mi-benchmark.{suffix}" for suffix in contents]
    for path, content in zip(paths, contents.values(), strict=True):
        write_atomic(path, content.encode())
    return paths


_ABOUT = f"""# Estimators of mutual information against closed forms

Made by `python -m sermi mi-benchmark`; the same table is in mi-benchmark.csv, and mi-benchmark.json is its plotly figure.
All in nats. Gaussians have {DIM} correlated features a side; "Cubic" is the same with every feature of y cubed, which moves
no information. Trained critics are measured on pairs that they never saw. Rows of an {OPTIMAL} have the true log density
ratio in place of a critic, in batches of {BATCH}: their mean, and the central 95 % of the batches.

- With the optimal critic, InfoNCE stays below its ceiling, NWJ is right on average and varies most, and MINE
  (Donsker-Varadhan) and SMILE (τ = 5) overshoot where there is much to find.
- Trained on 24,000 pairs, NWJ and MINE fall behind from 4 nats on: too few batches hold a pair that matters to them.
- Nearest neighbours lose most of what {DIM} dimensions hold, and are right where there are few.
- A linear critic can't see XOR, and shouldn't.

"""


def _jobs(size: Size, seed: int) -> Iterator[tuple[str, Callable[[], Row]]]:
    """What is measured, by name; nothing is drawn or fitted before a job is called."""
    for level in size.levels:
        for bound in BOUNDS:
            yield f"{TITLES[bound]}, {OPTIMAL}", partial(_optimal, bound, level, size.n_batches, seed)
    neighbours = NearestNeighbourInformation(seed=seed)
    training = Training(batch_size=BATCH, max_steps=size.max_steps, check_every=100, patience=5)
    pairs = [PairInformation(bound=bound, seed=seed, training=training) for bound in BOUNDS]
    # every other level of the cubic, which should find what the plain one does
    gaussians = [gaussian(level, DIM) for level in size.levels] + [cubic(level, DIM) for level in size.levels[::2]]
    tasks = [*gaussians, independent(DIM)]
    for task, estimator in product(tasks, (*pairs, neighbours)):
        yield f"{task.name}, {estimator.name}", partial(_measured, task, estimator, size.n_pairs, seed)
    labels = [LabelInformation(critic=critic, seed=seed) for critic in ("linear", "mlp")]
    joint = PairInformation(critic="concatenated", seed=seed, training=replace(training, batch_size=64))
    for task, estimator in product((channel(), xor(), independent_labels(DIM)), (*labels, neighbours, joint)):
        yield f"{task.name}, {estimator.name}", partial(_measured, task, estimator, size.n_labelled, seed)


def _measured(task: Task, estimator: Estimator, n_samples: int, seed: int) -> Row:
    x, y = task.sample(n_samples, np.random.default_rng(seed))
    if task.labelled and isinstance(estimator, PairInformation):
        y = np.eye(int(y.max()) + 1)[y]  # a critic of pairs reads a label as a unit vector
    found: MIEstimate = estimator.estimate(x, y)
    return Row(
        task.name,
        task.true_mi,
        found.estimator,
        found.kind,
        found.value,
        *found.interval,
        found.ceiling,
        found.control,
        found.n_train,
        found.n_eval,
    )


def _optimal(bound: BoundName, level: float, n_batches: int, seed: int) -> Row:
    """A bound with the true log ratio for its critic, over batches of Gaussian pairs."""
    task, rho, rng = gaussian(level, DIM), correlation(level, DIM), np.random.default_rng(seed)
    values = []
    for _ in range(n_batches):
        scores = torch.from_numpy(gaussian_log_ratio(*task.sample(BATCH, rng), rho))
        values.append((bounds.smile(scores) if bound == "smile" else CRITERIA[bound](scores)).item())
    low, high = percentile_interval(np.array(values))
    ceiling = float(np.log(BATCH)) if bound == "infonce" else None
    name = f"{TITLES[bound]}, {OPTIMAL}"
    return Row(
        task.name, level, name, KINDS[bound], float(np.mean(values)), low, high, ceiling, None, 0, n_batches * BATCH
    )


def _nats(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}"
