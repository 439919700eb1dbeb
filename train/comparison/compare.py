"""`python -m train compare`: what each augmenter is worth to the last layer, over folds and seeds.

For every (fold, seed) each augmenter is fitted on the real training features and generates 15 times as many samples, dealt so
that classes end up equal. The same last layer is then fitted on real + generated. Each augmenter's setting and the penalty are
chosen on inner speakers of the training data, and so are those of `none` and the references; grids that turn out too narrow are
widened (`train.comparison.search`).
Rows are appended to a CSV as they are done, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from sermi.outputs import write_atomic
from train.comparison.augmenters import NONE, REGISTRY, AugmenterSpec
from train.comparison.choice import Choice, choose, fit_path, inner_folds, with_generated
from train.comparison.measures import measures
from train.comparison.references import REFERENCES
from train.comparison.rows import read_rows
from train.comparison.tasks import ComparisonTask, TaskConfig, check_features, tasks
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
    n_splits: int | None = None,
    planned: Sequence[ComparisonTask] | None = None,
) -> pd.DataFrame:
    """Fill `out`/`protocol`.csv with a row for each (fold, seed, augmenter), `none` and the references included.

    Args:
        protocol: One of `train.comparison.settings.SETTINGS`.
        data: Folder that holds one folder a corpus.
        out: Folder of the table. Rows that stand in it already are kept.
        augmenters: Names as `AugmenterSpec` parses them; `all` for every augmenter.
        seeds: Of the draws, the fits and the samples.
        workers: Processes.
        config: What features are made of; None for the defaults.
        n_splits: How many of the corpus's repeated splits to run; None for the protocol's own folds.
        planned: Tasks of another source than a corpus, to which `data`, `config` and `n_splits` then don't matter.

    Returns:
        The whole table.

    Raises:
        SermiError: An unknown protocol or augmenter, missing data, or a table of other folds.
    """
    names = dict.fromkeys([NONE, *REFERENCES, *(REGISTRY if "all" in augmenters else augmenters)])
    specs = {name: None if name in REFERENCES else AugmenterSpec.parse(name) for name in names}
    path = out / f"{protocol}.csv"
    rows = read_rows(path, _KEY)
    planned = list(tasks(protocol, data, seeds, config, n_splits) if planned is None else planned)
    check_features(rows, planned, path)
    with tqdm(total=len(planned) * len(specs), desc=protocol, unit="row") as progress:
        progress.update(_n_complete(rows, planned, specs))
        # the first seed of a training set chooses, and the others, which share its choice, follow
        for _ in range(2):
            for new in _run(list(_open_jobs(rows, specs, planned)), workers):
                rows = _with_new(rows, new, list(specs))
                write_atomic(path, rows.to_csv(index=False).encode())
                progress.update(len(new))
                progress.set_postfix_str(f"{new[-1]['fold']} {new[-1]['augmenter']} UA {new[-1]['UA']:.3f}")
    return rows


def _with_new(rows: pd.DataFrame, new: list[dict[str, Any]], names: list[str]) -> pd.DataFrame:
    """The table with rows in place of their earlier versions, in the same order whichever was done first."""
    rows = pd.concat([rows, pd.DataFrame(new)], ignore_index=True) if len(rows) else pd.DataFrame(new)
    rows = rows.drop_duplicates(_KEY, keep="last")
    order = {name: number for number, name in enumerate(dict.fromkeys([*names, *rows["augmenter"]]))}
    return rows.sort_values(_KEY, key=lambda column: column.map(order) if column.name == "augmenter" else column)


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


def _complete(rows: pd.DataFrame) -> set[_Key]:
    """Keys of the rows that lack nothing."""
    lacking = rows.reindex(columns=SCHEMA).isna().any(axis=1)
    return set(rows[~lacking][_KEY].itertuples(index=False, name=None))


def _n_complete(rows: pd.DataFrame, planned: Sequence[ComparisonTask], names: Iterable[str]) -> int:
    """How many of the planned rows there are."""
    return len(_complete(rows) & {(task.fold, task.seed, name) for task in planned for name in names})


def _open_jobs(
    rows: pd.DataFrame, specs: dict[str, AugmenterSpec | None], planned: Iterable[ComparisonTask]
) -> Iterator[_Job]:
    """Jobs of the rows that a table doesn't have yet and that can be made now: where a choice is shared by several seeds and
    not recorded yet, the first alone. So a run that is stopped loses one row of each process at most."""
    complete, choices = _complete(rows), _recorded_choices(rows)
    by_training_data: dict[tuple[str, int], list[ComparisonTask]] = {}
    for task in planned:
        by_training_data.setdefault((task.fold, task.draw), []).append(task)
    for same_training in by_training_data.values():
        for name, spec in specs.items():
            keys = [(task.fold, task.seed, name) for task in same_training]
            missing = [task for task, key in zip(same_training, keys, strict=True) if key not in complete]
            choice = next((choices[key] for key in keys if key in choices), None)
            if spec is None:
                yield from [_Job(missing, name, None, None)] if missing else []
            else:
                yield from (_Job([task], name, spec, choice) for task in (missing if choice else missing[:1]))


def _recorded_choices(rows: pd.DataFrame) -> dict[_Key, Choice]:
    """What inner validation chose for the rows there are: it isn't done again where a seed or a measure is added to a table."""
    return {
        (row["fold"], row["seed"], row["augmenter"]): Choice.from_row(row)
        for row in rows.to_dict("records")
        if row["augmenter"] not in REFERENCES
    }


def _run(jobs: list[_Job], workers: int) -> Iterator[list[dict[str, Any]]]:
    """Rows of each job, as they are done."""
    if workers == 1:
        yield from map(_rows, jobs)
        return
    import multiprocessing

    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            for done in as_completed([pool.submit(_rows_on_one_thread, job) for job in jobs]):
                yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _rows_on_one_thread(job: _Job) -> list[dict[str, Any]]:
    import torch

    torch.set_num_threads(1)  # jobs are the parallel dimension
    return _rows(job)


def _rows(job: _Job) -> list[dict[str, Any]]:
    """Choose, then fit and test. The rows of a reference, which no seed moves, are alike."""
    first, start = job.tasks[0], process_time()
    if job.spec is None:
        fitted = REFERENCES[job.name](first.train, first.n_classes, list(inner_folds(first)))
        tuning = _tuning(process_time() - start, fitted.outcome.widened, fitted.outcome.at_edge)
        chosen = json.dumps(fitted.chosen)
        return [_row(task, job.name, fitted.predict(task.test), chosen) | tuning for task in job.tasks]
    choice = job.choice or replace(choose(first, job.spec), tuning_s=process_time() - start)
    return [_augmented_row(task, job.spec, choice) for task in job.tasks]


def _tuning(seconds: float, widened: Mapping[str, Sequence[float]], at_edge: Sequence[str]) -> dict[str, Any]:
    """Columns about how the choice came about."""
    return {"tuning_s": round(seconds, 1), "widened": json.dumps(widened), "at_edge": " ".join(at_edge)}


def _augmented_row(task: ComparisonTask, spec: AugmenterSpec, choice: Choice) -> dict[str, Any]:
    augmenter = spec.fit(task.train, choice.setting, seed=task.seed)
    generated = augmenter.sample(spec.codes(task.train.c, task.n_classes), noise_scale=choice.noise_scale)
    x, c = with_generated(task.train, generated)
    (layer,) = fit_path(x, c, task.n_classes, [choice.penalty])
    row = _row(task, spec.name, layer.scores(task.test.joint).argmax(axis=1), choice.to_json())
    row |= {"inner_UA": round(choice.inner_ua, 4), "n_generated": len(generated)}
    return row | _tuning(choice.tuning_s, choice.widened, choice.at_edge) | measures(task, generated)


def _row(task: ComparisonTask, name: str, predicted: np.ndarray, chosen: str) -> dict[str, Any]:
    """The columns of `SCHEMA`, the speakers that were tested, by which splits are related, and what features are of."""
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
        "tested": " ".join(sorted(set(task.test.speaker.tolist()))),
        "features": task.features,
    }
