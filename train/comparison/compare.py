"""`python -m train compare`: what each augmenter is worth to the last layer, over folds and seeds.

For every (fold, seed) each augmenter is fitted on the real training features and generates 15 times as many samples, dealt so
that classes end up equal. The same last layer is then fitted on real + generated. Each augmenter's setting (at most four) and
the penalty are chosen on inner speakers of the training data; `none` and the references are tuned on the same inner speakers.
Rows are appended to a CSV as they are done, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from sermi.outputs import write_atomic
from sermi.stats.last_layer import fit_last_layers
from train.comparison.augmenters import NONE, REGISTRY, AugmenterSpec
from train.comparison.choice import Choice, choose, inner_folds, with_generated
from train.comparison.measures import measures
from train.comparison.references import REFERENCES
from train.comparison.tasks import ComparisonTask, TaskConfig, tasks
from train.metrics import confusion, score

SCHEMA = (
    "protocol",
    "fold",
    "seed",
    "augmenter",
    "UA",
    "WA",
    "macro_F1",
    "n_train",
    "n_generated",
    "chosen",
    "classes",
    "confusion",
)
"""Columns that every row has. A row of an earlier version that lacks one is made again, with the choice that it records."""
_KEY = ["fold", "seed", "augmenter"]
_Key = tuple[str, int, str]


def compare(
    protocol: str,
    data: Path,
    out: Path,
    *,
    augmenters: Sequence[str],
    seeds: Sequence[int],
    workers: int = 1,
    config: TaskConfig | None = None,
) -> pd.DataFrame:
    """Fill `out`/`protocol`.csv with a row for each (fold, seed, augmenter), `none` and the references included.

    Args:
        protocol: One of `train.comparison.tasks.SETTINGS`.
        data: Folder that holds one folder a corpus.
        out: Folder of the table. Rows that stand in it already are kept.
        augmenters: Names as `AugmenterSpec` parses them; `all` for every augmenter.
        seeds: Of the draws, the fits and the samples.
        workers: Processes.
        config: What features are made of; None for the defaults.

    Returns:
        The whole table.

    Raises:
        SermiError: An unknown protocol or augmenter, or missing data.
    """
    names = dict.fromkeys([NONE, *REFERENCES, *(REGISTRY if "all" in augmenters else augmenters)])
    specs = {name: None if name in REFERENCES else AugmenterSpec.parse(name) for name in names}
    path = out / f"{protocol}.csv"
    out.mkdir(parents=True, exist_ok=True)
    rows = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=_KEY)
    jobs = list(_open_jobs(rows, specs, tasks(protocol, data, seeds, config)))
    with tqdm(total=sum(len(job.tasks) for job in jobs), desc=protocol, unit="row") as progress:
        for new in _run(jobs, workers):
            rows = pd.concat([rows, pd.DataFrame(new)], ignore_index=True) if len(rows) else pd.DataFrame(new)
            rows = rows.drop_duplicates(_KEY, keep="last")
            write_atomic(path, rows.to_csv(index=False).encode())
            progress.update(len(new))
            progress.set_postfix_str(f"{new[-1]['fold']} {new[-1]['augmenter']} UA {new[-1]['UA']:.3f}")
    return rows


@dataclass(frozen=True)
class _Job:
    """Rows to make at once: they share their training data, and so what is chosen on it."""

    tasks: list[ComparisonTask]
    name: str
    """Of an augmenter or a reference."""
    spec: AugmenterSpec | None
    """None for a reference."""
    choice: Choice | None
    """What an earlier run chose; None where it is still to be chosen."""


def _open_jobs(
    rows: pd.DataFrame, specs: dict[str, AugmenterSpec | None], planned: Iterable[ComparisonTask]
) -> Iterator[_Job]:
    """Jobs of the rows that a table doesn't have yet."""
    lacking = rows.reindex(columns=SCHEMA).isna().any(axis=1)
    complete = set(rows[~lacking][_KEY].itertuples(index=False, name=None))
    choices = _recorded_choices(rows)
    by_training_data: dict[tuple[str, int], list[ComparisonTask]] = {}
    for task in planned:
        by_training_data.setdefault((task.fold, task.draw), []).append(task)
    for same_training in by_training_data.values():
        for name, spec in specs.items():
            keys = [(task.fold, task.seed, name) for task in same_training]
            missing = [task for task, key in zip(same_training, keys, strict=True) if key not in complete]
            if missing:
                choice = next((choices[key] for key in keys if key in choices), None)
                yield _Job(missing, name, spec, choice)


def _recorded_choices(rows: pd.DataFrame) -> dict[_Key, Choice]:
    """What inner validation chose for the rows there are: it isn't done again where a seed or a measure is added to a table."""
    return {
        (row["fold"], row["seed"], row["augmenter"]): Choice.from_json(row["chosen"], row["inner_UA"])
        for row in rows.to_dict("records")
        if row["augmenter"] not in REFERENCES
    }


def _run(jobs: list[_Job], workers: int) -> Iterator[list[dict[str, Any]]]:
    """Rows of each job, in order."""
    if workers == 1:
        yield from map(_rows, jobs)
        return
    import multiprocessing

    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_rows_on_one_thread, jobs)


def _rows_on_one_thread(job: _Job) -> list[dict[str, Any]]:
    import torch

    torch.set_num_threads(1)  # jobs are the parallel dimension
    return _rows(job)


def _rows(job: _Job) -> list[dict[str, Any]]:
    """Choose once for tasks with the same training data, then fit and test each under its own seed."""
    first = job.tasks[0]
    if job.spec is None:
        fitted = REFERENCES[job.name](first.train, first.n_classes, list(inner_folds(first)))
        return [_row(task, job.name, fitted.predict(task.test), json.dumps(fitted.chosen)) for task in job.tasks]
    choice = job.choice or choose(first, job.spec)
    return [_augmented_row(task, job.spec, choice) for task in job.tasks]


def _augmented_row(task: ComparisonTask, spec: AugmenterSpec, choice: Choice) -> dict[str, Any]:
    augmenter = spec.fit(task.train, choice.setting, seed=task.seed)
    generated = augmenter.sample(spec.codes(task.train.c, task.n_classes), noise_scale=choice.noise_scale)
    x, c = with_generated(task.train, generated)
    (layer,) = fit_last_layers(x, c, task.n_classes, [choice.penalty])
    row = _row(task, spec.name, layer.scores(task.test.joint).argmax(axis=1), choice.to_json())
    row |= {"inner_UA": round(choice.inner_ua, 4), "n_generated": len(generated)}
    return row | measures(task, generated)


def _row(task: ComparisonTask, name: str, predicted: np.ndarray, chosen: str) -> dict[str, Any]:
    """The columns of `SCHEMA`."""
    return {
        "protocol": task.protocol,
        "fold": task.fold,
        "seed": task.seed,
        "augmenter": name,
        **score(task.test.c, predicted, task.n_classes),
        "n_train": len(task.train),
        "n_generated": 0,
        "chosen": chosen,
        "classes": " ".join(task.classes),
        "confusion": json.dumps(confusion(task.test.c, predicted, task.n_classes)),
    }
