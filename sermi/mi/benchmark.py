"""`python -m sermi mi-benchmark`: every estimator against closed forms, as a table and a figure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, fields, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from tqdm import tqdm

from sermi.mi import bounds
from sermi.mi.benchmark_rows import Row, Size
from sermi.mi.coverage import ABOUT_COVERAGE, coverage_jobs, coverage_lines
from sermi.mi.fitting import BOUNDS, CRITERIA, BoundName, Training
from sermi.mi.interface import Estimator, format_nats
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

if TYPE_CHECKING:
    import pandas as pd

DIM = 20
BATCH = 128
OPTIMAL = "optimal critic"


FULL = Size((2.0, 4.0, 6.0, 8.0, 10.0), n_pairs=12_000, n_labelled=3_000, max_steps=600, n_batches=400, repetitions=20)
FAST = Size((2.0, 6.0), n_pairs=4_000, n_labelled=1_000, max_steps=200, n_batches=50)


def run(size: Size = FULL, *, seed: int = 0, progress: bool = True, unfinished: Path | None = None) -> list[Row]:
    """Measure everything; Ctrl-C ends it early and keeps what is done.

    Args:
        size: how much.
        seed: of everything.
        progress: show a bar.
        unfinished: file that rows are kept in as they come, and that a run of the same size and seed goes on from.
    """
    jobs = list(jobs_of(size, seed))
    kept = _kept(unfinished, size, seed)
    rows: list[Row] = []
    bar = tqdm(jobs, desc="mi-benchmark", disable=not progress)
    try:
        for name, job in bar:
            bar.set_postfix_str(name)
            if name not in kept:
                kept[name] = job()
                _keep(unfinished, size, seed, name=name, row=kept[name])
            rows.append(kept[name])
    except KeyboardInterrupt:
        tqdm.write(f"Interrupted: {len(rows)} of {len(jobs)} measurements are kept.")
    return rows


def count(size: Size) -> int:
    """Measurements of a whole run."""
    return sum(1 for _ in jobs_of(size, 0))


def _kept(unfinished: Path | None, size: Size, seed: int) -> dict[str, Row]:
    if unfinished is None or not unfinished.is_file():
        return {}
    rows = {}
    for line in unfinished.read_text(encoding="utf-8").splitlines():
        with suppress(json.JSONDecodeError):  # a line that was cut off is measured again
            entry = json.loads(line)
            if entry["run"] == [repr(size), seed]:
                rows[entry["name"]] = Row(**entry["row"])
    return rows


def _keep(unfinished: Path | None, size: Size, seed: int, *, name: str, row: Row) -> None:
    if unfinished is not None:
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"name": name, "run": [repr(size), seed], "row": asdict(row)}) + "\n")


def as_markdown(rows: Sequence[Row]) -> str:
    """The tables, nats to two decimals: single measurements, then repeated ones with coverage."""
    single, several = ([row for row in rows if (row.repetitions > 1) == many] for many in (False, True))
    lines = [
        "| task | true MI | estimator | kind | measured | 95 % interval | ceiling | shuffled | n train | n measured |",
        "|---|---:|---|---|---:|---|---:|---:|---:|---:|",
    ]
    for row in single:
        ceiling, control = ("" if value is None else format_nats(value) for value in (row.ceiling, row.control))
        lines.append(
            f"| {row.task} | {format_nats(row.true_mi)} | {row.estimator} | {row.kind} | {format_nats(row.value)} "
            f"| {format_nats(row.low)} to {format_nats(row.high)} | {ceiling} | {control} | {row.n_train:,} | {row.n_eval:,} |"
        )
    return "\n".join(lines + (["", ABOUT_COVERAGE, *coverage_lines(several)] if several else []))


def table(rows: Sequence[Row]) -> pd.DataFrame:
    """Rows as a table, one column a field."""
    import pandas as pd

    return pd.DataFrame(rows, columns=[field.name for field in fields(Row)])


def as_csv(rows: Sequence[Row]) -> str:
    """The table, nats to four decimals."""
    return table(rows).to_csv(index=False, float_format="%.4f", lineterminator="\n")


ABOUT = f"""# Estimators of mutual information against closed forms

Made by `python -m sermi mi-benchmark`; the same table is in the CSV file beside it, and the JSON file is its plotly figure.
All in nats. Gaussians have {DIM} correlated features a side; "Cubic" is the same with every feature of y cubed, which moves
no information. Trained critics are measured on pairs that they never saw. Rows of an {OPTIMAL} have the true log density
ratio in place of a critic, in batches of {BATCH}: their mean, and the central 95 % of the batches.

- With the optimal critic, InfoNCE stays below its ceiling, NWJ is right on average and varies most, and MINE
  (Donsker-Varadhan) and SMILE (τ = 5) overshoot where there is much to find.
- Trained on {round(0.6 * FULL.n_pairs):,} pairs, NWJ and MINE fall behind from 4 nats on: too few batches hold a pair that
  matters to them.
- Nearest neighbours lose most of what {DIM} dimensions hold, and are right where there are few.
- A linear critic can't see XOR, and shouldn't.

"""
"""What stands above the table in docs/mi-benchmark.md."""


def jobs_of(size: Size, seed: int) -> Iterator[tuple[str, Callable[[], Row]]]:
    """What is measured, by name; nothing is drawn or fitted before a job is called."""
    for level in size.levels:
        for bound in BOUNDS:
            yield (
                f"Gaussian, {level:g} nats, {TITLES[bound]}, {OPTIMAL}",
                partial(_optimal, bound, level, size.n_batches, seed),
            )
    neighbours = NearestNeighbourInformation(max_samples=2_000, seed=seed)
    training = Training(batch_size=BATCH, max_steps=size.max_steps, check_every=100, patience=3)
    pairs = [PairInformation(bound=bound, seed=seed, training=training) for bound in BOUNDS]
    # every other level of the cubic, which should find what the plain one does
    gaussians = [gaussian(level, DIM) for level in size.levels] + [cubic(level, DIM) for level in size.levels[::2]]
    estimators: list[Estimator] = [*pairs, neighbours]
    for task, estimator in product([*gaussians, independent(DIM)], estimators):
        yield f"{task.name}, {estimator.name}", partial(_measured, task, estimator, size.n_pairs, seed)
    labels = [LabelInformation(critic="linear", seed=seed), LabelInformation(critic="mlp", seed=seed)]
    joint = PairInformation(critic="concatenated", seed=seed, training=replace(training, batch_size=64))
    estimators = [*labels, neighbours, joint]
    for task, estimator in product([channel(), xor(), independent_labels(DIM)], estimators):
        yield f"{task.name}, {estimator.name}", partial(_measured, task, estimator, size.n_labelled, seed)
    if size.repetitions:
        yield from coverage_jobs(size.repetitions, seed)


def _measured(task: Task, estimator: Estimator, n_samples: int, seed: int) -> Row:
    x, y = task.sample(n_samples, np.random.default_rng(seed))
    if task.labelled and isinstance(estimator, PairInformation):
        y = np.eye(int(y.max()) + 1)[y]  # a critic of pairs reads a label as a unit vector
    estimate = estimator.estimate(x, y)
    return Row(
        task=task.name,
        true_mi=task.true_mi,
        estimator=estimate.estimator,
        kind=estimate.kind,
        value=estimate.value,
        low=estimate.interval[0],
        high=estimate.interval[1],
        ceiling=estimate.ceiling,
        control=estimate.control,
        n_train=estimate.n_train,
        n_eval=estimate.n_eval,
    )


def _optimal(bound: BoundName, level: float, n_batches: int, seed: int) -> Row:
    """A bound with the true log ratio for its critic, over batches of Gaussian pairs."""
    task, rho, rng = gaussian(level, DIM), correlation(level, DIM), np.random.default_rng(seed)
    values = []
    for _ in range(n_batches):
        scores = torch.from_numpy(gaussian_log_ratio(*task.sample(BATCH, rng), rho))
        values.append((bounds.smile(scores) if bound == "smile" else CRITERIA[bound](scores)).item())
    low, high = percentile_interval(np.array(values))
    return Row(
        task=task.name,
        true_mi=level,
        estimator=f"{TITLES[bound]}, {OPTIMAL}",
        kind=KINDS[bound],
        value=float(np.mean(values)),
        low=low,
        high=high,
        ceiling=float(np.log(BATCH)) if bound == "infonce" else None,
        control=None,
        n_train=0,
        n_eval=n_batches * BATCH,
    )
