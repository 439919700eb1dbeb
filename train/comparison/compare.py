"""`python -m train compare`: what each augmenter is worth to the last layer, over folds and seeds, with intervals.

For every (fold, seed) each augmenter is fitted on the real training features and makes 15 times as many samples, dealt so
that classes end up equal. The same last layer is then fitted on real + generated. Each augmenter's setting (at most four) and
the penalty are chosen on inner speakers of the training data; `none` and the references are tuned on the same inner speakers.
Rows are appended to a CSV as they are done, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from sermi.cache import write_atomic
from sermi.errors import SermiError
from sermi.features import Features
from sermi.stats.folds import speaker_folds
from sermi.stats.last_layer import PENALTIES, FittedLastLayer, fit_last_layers
from train.comparison.augmenters import REGISTRY, Augmenter, augmenter_named
from train.comparison.measures import measures
from train.comparison.references import REFERENCES
from train.comparison.tasks import Task, TaskConfig, tasks
from train.metrics import UA, confusion, score

NONE = "none"
N_INNER_FOLDS = 3
LATEST = "confusion"
"""The column that a row made before all of today's measures lacks."""
_KEY = ["fold", "seed", "augmenter"]


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
    """Fill `out`/`protocol`.csv with a row for each (fold, seed, augmenter), and return it.

    Raises SermiError for an unknown protocol or augmenter.
    """
    names = [NONE, *REFERENCES, *(REGISTRY if "all" in augmenters else augmenters)]
    names = list(dict.fromkeys(names))
    for name in names:
        if name != NONE and name not in REFERENCES:
            augmenter_named(name)
    path = out / f"{protocol}.csv"
    out.mkdir(parents=True, exist_ok=True)
    rows = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=_KEY)
    done, recorded = _done(rows)
    by_draw: dict[tuple[str, int], list[Task]] = {}
    for task in tasks(protocol, data, seeds, config):
        by_draw.setdefault((task.fold, task.draw), []).append(task)
    jobs = []
    for same_training in by_draw.values():
        for name in names:
            left = [task for task in same_training if (task.fold, task.seed, name) not in done]
            if left:
                known = (recorded.get((task.fold, task.seed, name)) for task in same_training)
                jobs.append((left, name, next(filter(None, known), None)))
    total = sum(len(left) for left, *_ in jobs)
    with tqdm(total=total, desc=protocol, unit="row") as progress:
        for new in _run(jobs, workers):
            rows = pd.concat([rows, pd.DataFrame(new)], ignore_index=True) if len(rows) else pd.DataFrame(new)
            rows = rows.drop_duplicates(_KEY, keep="last")
            write_atomic(path, rows.to_csv(index=False).encode())
            progress.update(len(new))
            progress.set_postfix_str(f"{new[-1]['fold']} {new[-1]['augmenter']} UA {new[-1]['UA']:.3f}")
    return rows


def _done(rows: pd.DataFrame) -> tuple[set[Key], dict[Key, Choice]]:
    """Keys of the rows that have all that is measured today, and what inner validation chose for every row there is: where a
    seed or a measure is added to a table, that isn't done again."""
    recorded = {}
    for row in rows.itertuples():
        if row.augmenter not in REFERENCES:
            values = json.loads(row.chosen)
            spread, penalty = values.pop("spread"), values.pop("penalty")
            recorded[row.fold, row.seed, row.augmenter] = Choice(values, spread, penalty, row.inner_UA)
    lacking = rows.reindex(columns=[LATEST])[LATEST].isna()
    return set(rows[~lacking][_KEY].itertuples(index=False, name=None)), recorded


Key = tuple[str, int, str]
"""Fold, seed and augmenter."""
Job = tuple[list[Task], str, "Choice | None"]
"""Tasks with the same training data, an augmenter's name, and what was chosen for it in an earlier run."""


def _run(jobs: list[Job], workers: int) -> Iterable[list[dict[str, Any]]]:
    if workers == 1:
        yield from map(_job, jobs)
        return
    import multiprocessing

    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_one_thread_job, jobs)


def _one_thread_job(job: Job) -> list[dict[str, Any]]:
    import torch

    torch.set_num_threads(1)  # jobs are the parallel dimension
    return _job(job)


def _job(job: Job) -> list[dict[str, Any]]:
    """Choose once for tasks with the same training data, then fit and test each under its own seed."""
    same_training, name, chosen = job
    first = same_training[0]
    if name in REFERENCES:
        reference = REFERENCES[name]
        fitted = reference(first.train, first.n_classes, list(_inner_folds(first)))
        return [_row(task, name, fitted.predict(task.test), fitted.chosen) for task in same_training]
    chosen = chosen or choose(first, name)
    rows = []
    for task in same_training:
        augmenter = fitted_augmenter(task.train, name, chosen.setting, task.seed)
        features, c = augmented(task.train, task.n_classes, augmenter, chosen.spread)
        (layer,) = fit_last_layers(features, c, task.n_classes, [chosen.penalty])
        predicted = layer.scores(task.test.joint).argmax(axis=1)
        row = _row(task, name, predicted, {**chosen.setting, "spread": chosen.spread, "penalty": chosen.penalty})
        row |= {"inner_UA": round(chosen.inner_ua, 4), "n_generated": len(c) - len(task.train)}
        rows.append(row | measures(task, features, c))
    return rows


@dataclass(frozen=True)
class Choice:
    """What inner validation chose: the augmenter's setting, the spread when sampling, the penalty; and its UA there."""

    setting: Mapping[str, Any]
    spread: float
    penalty: float
    inner_ua: float = float("nan")


def choose(task: Task, name: str) -> Choice:
    """The choice with the best mean UA over inner speakers of the training data. Ties go to the earlier one."""
    kind = None if name == NONE else augmenter_named(name)
    grid, spreads = (({},), (1.0,)) if kind is None else (kind.grid, kind.spreads)
    choices = [Choice(*options) for options in product(grid, spreads, PENALTIES)]
    recalls = dict.fromkeys(range(len(choices)), 0.0)
    folds = list(_inner_folds(task))
    for inner, validation in folds:
        number = 0
        for setting in grid:
            augmenter = fitted_augmenter(inner, name, setting, task.draw)
            for spread in spreads:
                for layer in fit_last_layers(*augmented(inner, task.n_classes, augmenter, spread), task.n_classes):
                    recalls[number] += _recall(validation, layer) / len(folds)
                    number += 1
    best = max(recalls, key=recalls.__getitem__)
    return replace(choices[best], inner_ua=recalls[best])


def fitted_augmenter(train: Features, name: str, setting: Mapping[str, Any], seed: int) -> Augmenter | None:
    """The augmenter of that name on real features; None for `none`."""
    if name == NONE:
        return None
    return augmenter_named(name)(**setting, seed=seed).fit(train.h, train.c, train.t, train.speaker)


def augmented(
    train: Features, n_classes: int, augmenter: Augmenter | None, spread: float
) -> tuple[np.ndarray, np.ndarray]:
    """Real and generated features (N + n, D) and their codes (N + n,)."""
    if augmenter is None:
        return train.joint, train.c
    codes = generated_codes(train.c, n_classes, augmenter.ratio)
    made = augmenter.sample(len(codes), codes, spread=spread)
    generated = Features(made.h, made.c, codes, made.t)
    return np.concatenate([train.joint, generated.joint]).astype(np.float32), np.concatenate([train.c, codes])


def generated_codes(c: np.ndarray, n_classes: int, ratio: float) -> np.ndarray:
    """Codes of the samples to generate: about `ratio` times as many as there are real ones, and classes equal with them.

    >>> np.bincount(generated_codes(np.array([0, 0, 0, 1]), 2, 2)).tolist()
    [3, 5]
    """
    count = np.bincount(c, minlength=n_classes)
    each = max(int(count.max()), round((1 + ratio) * len(c) / n_classes))
    return np.repeat(np.arange(n_classes), np.maximum(each - count, 0))


def _inner_folds(task: Task) -> Iterator[tuple[Features, Features]]:
    """What is trained on and what is validated on: the corpus's development set, else training speakers left out."""
    if task.validation is not None:
        yield task.train, task.validation
        return
    for held_out in speaker_folds(task.train.speaker, N_INNER_FOLDS, task.draw):
        yield task.train.where(~held_out), task.train.where(held_out)


def _recall(features: Features, layer: FittedLastLayer) -> float:
    return UA(features.c, layer.scores(features.joint).argmax(axis=1), len(layer.bias))


def _row(task: Task, name: str, predicted: np.ndarray, chosen: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "protocol": task.protocol,
        "fold": task.fold,
        "seed": task.seed,
        "augmenter": name,
        **score(task.test.c, predicted, task.n_classes),
        "n_train": len(task.train),
        "n_generated": 0,
        "chosen": json.dumps(chosen),
        "classes": " ".join(task.classes),
        LATEST: json.dumps(confusion(task.test.c, predicted, task.n_classes)),
    }


def summarise(rows: pd.DataFrame, n_draws: int = 10_000) -> dict[str, Any]:
    """Mean UA of each augmenter and its paired difference to `none`, with 95 % bootstrap intervals over (fold, seed).

    Folds are drawn first and seeds within them, so that seeds of one fold don't pass for new speakers.
    """
    table = rows.pivot_table(index=["fold", "seed"], columns="augmenter", values="UA")
    if NONE not in table:
        raise SermiError("The table has no row of `none`; run `compare` again to fill it.")
    folds = [group.to_numpy() for _, group in table.groupby("fold")]
    rng = np.random.default_rng(0)
    means = np.stack(
        [
            np.mean([f[rng.integers(len(f), size=len(f))].mean(axis=0) for f in _redraw(folds, rng)], axis=0)
            for _ in range(n_draws // 10)
        ]
    )
    base = table.columns.get_loc(NONE)
    summary = {}
    for column, name in enumerate(table.columns):
        gain = means[:, column] - means[:, base]
        summary[name] = {
            "UA": round(float(table[name].mean()), 4),
            "interval_95": [round(float(v), 4) for v in np.nanpercentile(means[:, column], [2.5, 97.5])],
            "gain": round(float((table[name] - table[NONE]).mean()), 4),
            "gain_interval_95": [round(float(v), 4) for v in np.nanpercentile(gain, [2.5, 97.5])],
            "runs": int(table[name].notna().sum()),
        }
    return summary


def _redraw(folds: list[np.ndarray], rng: np.random.Generator) -> list[np.ndarray]:
    return [folds[i] for i in rng.integers(len(folds), size=len(folds))]
