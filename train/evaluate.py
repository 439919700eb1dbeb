"""`python -m train evaluate PROTOCOL`: how well the frozen encoder and the last layer do, without generated data."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from sermi.frontend import FrontendConfig
from sermi.labels import class_set
from train.dataset import audio_sample, audio_table
from train.discriminant import fit
from train.metrics import METRICS, confusion, score
from train.protocols import corpus_folders, protocol
from train.selection import select

N_VIEWS = 2


def evaluate(
    name: str, data: Path, *, seeds: Sequence[int], config: FrontendConfig | None = None, n_views: int = N_VIEWS
) -> dict[str, Any]:
    """Run a protocol. Hyper-parameters are chosen anew in every fold, on training speakers or corpora alone.

    A seed draws the augmented views, the inner split and the projection's random start.
    """
    config = config or FrontendConfig()
    chosen = protocol(name)
    classes = class_set(chosen.class_set)
    table = audio_table(corpus_folders(data, chosen.corpora), classes)
    folds = chosen.folds(table)
    own_label = table["emotion"].isin(classes.names).to_numpy()  # merged emotions train but don't test
    runs = []
    with tqdm(total=len(seeds) * len(folds), desc=name, unit="fold") as progress:
        for seed in seeds:
            sample = audio_sample(table, config, n_views=n_views, seed=seed)
            for fold, held_out in folds.items():
                train, test = ~held_out, held_out & own_label
                candidate, inner_ua = select(sample.where(train), len(classes), seed)
                model = fit(sample.where(train), len(classes), candidate, seed)
                predicted = model.scores(sample.a[test, 0]).argmax(axis=1)
                true = sample.c[test]
                runs.append(
                    {
                        "fold": fold,
                        "seed": seed,
                        "n_train": int(train.sum()),
                        "n_test": int(test.sum()),
                        **score(true, predicted, len(classes)),
                        "inner_UA": round(inner_ua, 4),
                        "chosen": asdict(candidate),
                        "confusion": confusion(true, predicted, len(classes)),
                    }
                )
                progress.update()
                progress.set_postfix_str(f"{fold} UA {runs[-1]['UA']:.3f}")
    return {
        "protocol": name,
        "description": chosen.description,
        "classes": list(classes.names),
        "frontend": asdict(config),
        "n_views": n_views,
        "seeds": list(seeds),
        "mean": {metric.name: round(float(np.mean([run[metric.name] for run in runs])), 4) for metric in METRICS},
        "interval_95": {metric.name: _interval([run[metric.name] for run in runs]) for metric in METRICS},
        "by_seed": {
            str(seed): {
                metric.name: round(float(np.mean([run[metric.name] for run in runs if run["seed"] == seed])), 4)
                for metric in METRICS
            }
            for seed in seeds
        },
        "command": "python -m train " + " ".join(sys.argv[1:]),
        "runs": runs,
    }


def _interval(values: Sequence[float], n_draws: int = 10_000) -> list[float]:
    """95 % bootstrap interval of the mean over (fold, seed) runs."""
    draws = np.random.default_rng(0).choice(values, (n_draws, len(values))).mean(axis=1)
    return [round(float(bound), 4) for bound in np.percentile(draws, [2.5, 97.5])]


def write(result: dict[str, Any], path: Path) -> None:
    """Write a result as JSON, one run a line so that a change of it can be read."""
    runs = ",\n    ".join(json.dumps(run) for run in result["runs"])
    head = json.dumps({key: value for key, value in result.items() if key != "runs"}, indent=2)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{head[:-2]},\n  "runs": [\n    {runs}\n  ]\n}}\n', encoding="utf-8")
