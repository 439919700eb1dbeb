"""`python -m train evaluate PROTOCOL`: how well the encoder and the last layer do, without generated data."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from sermi.encoders import load_text_encoder
from sermi.labels import class_set
from sermi.stats.calibration import balanced_weights, temperature
from train.embeddings.dataset import EncodingConfig, audio_sample, audio_table, fold_sample, own_words
from train.metrics import METRICS, UA, confusion, score
from train.protocols import Fold, corpus_folders, protocol
from train.recogniser.discriminant import Discriminant, fit
from train.recogniser.selection import inner_folds, out_of_fold_scores, select
from train.samples import AudioSample

N_VIEWS = 2
VOICE, WORDS = "voice", "words"
WORD_GRID = tuple(Discriminant(d, shrinkage) for d, shrinkage in product((64, 256), (0.1, 0.3, 0.6)))
"""What is tried for the words: sentences are short and embeddings of them noisy, so more shrinkage."""
WORD_WEIGHTS = tuple(round(0.1 * step, 1) for step in range(11))


def prepare(
    name: str, data: Path, *, seeds: Sequence[int], config: EncodingConfig | None = None, n_views: int = N_VIEWS
) -> None:
    """Fill the cache with the embeddings that `evaluate` needs of the recordings."""
    chosen = protocol(name)
    table = audio_table(corpus_folders(data, chosen.corpora), class_set(chosen.class_set))
    for seed in seeds:
        audio_sample(table, (config or EncodingConfig()).frontend, n_views=n_views, seed=seed)


def evaluate(
    name: str,
    data: Path,
    *,
    seeds: Sequence[int],
    config: EncodingConfig | None = None,
    n_views: int = N_VIEWS,
    text_encoder: str | None = None,
) -> dict[str, Any]:
    """Run a protocol. Hyper-parameters are chosen anew in every fold, on training speakers or corpora, or on the corpus's
    development set.

    A seed draws the augmented views, the inner split and the projection's random start. With a text encoder, the recordings'
    own words are recognised too, and both sides' log-probabilities are added with a weight that inner validation chose.
    """
    config = config or EncodingConfig()
    chosen = protocol(name)
    classes = class_set(chosen.class_set)
    table = audio_table(corpus_folders(data, chosen.corpora), classes)
    folds = chosen.folds(table)
    own_label = table["emotion"].isin(classes.names).to_numpy()  # merged emotions train but don't test
    words = None if text_encoder is None else own_words(table, name, load_text_encoder(text_encoder))
    runs = []
    with tqdm(total=len(seeds) * len(folds), desc=name, unit="fold") as progress:
        for seed in seeds:
            voice = audio_sample(table, config.frontend, n_views=n_views, seed=seed)
            for fold, rows in folds.items():
                if config.finetune is not None:
                    voice = fold_sample(table, rows.train, config, len(classes), n_views=n_views, seed=seed)
                samples = {VOICE: voice}
                if words is not None:
                    samples[WORDS] = replace(voice, a=words[:, None], emphasis=None)
                test = replace(rows, test=rows.test & own_label)
                runs.append({"fold": fold, "seed": seed, **_run(samples, test, len(classes), seed)})
                progress.update()
                progress.set_postfix_str(f"{fold} UA {runs[-1]['UA']:.3f}")
    metrics = [metric.name for metric in METRICS]
    sides = [side for side in (VOICE, WORDS) if words is not None]
    return {
        "protocol": name,
        "description": chosen.description,
        "classes": list(classes.names),
        "frontend": asdict(config.frontend),
        "finetune": None if config.finetune is None else asdict(config.finetune),
        "text_encoder": text_encoder,
        "n_views": n_views,
        "seeds": list(seeds),
        "recordings": len(table),
        "left_out": table.attrs.get("left_out", {}),
        "warnings": table.attrs.get("warnings", []),
        "mean": _means(runs, metrics),
        "interval_95": {metric: _interval([run[metric] for run in runs]) for metric in metrics},
        **{f"mean_{side}": _means([run[side] for run in runs], metrics) for side in sides},
        "by_seed": {str(seed): _means([run for run in runs if run["seed"] == seed], metrics) for seed in seeds},
        "command": "python -m train " + " ".join(sys.argv[1:]),
        "runs": runs,
    }


def _run(samples: Mapping[str, AudioSample], rows: Fold, n_classes: int, seed: int) -> dict[str, Any]:
    """One fold. samples: of the voice, and of the words where they are recognised too."""
    true = samples[VOICE].c[rows.test]
    inner = rows.train if rows.validation is None else rows.train | rows.validation
    within = None if rows.validation is None else [rows.validation[inner]]
    recognised, found = {}, {}
    for side, sample in samples.items():
        grid = None if side == VOICE else WORD_GRID
        candidate, inner_ua = select(sample.where(inner), n_classes, seed, candidates=grid, folds=within)
        model = fit(sample.where(rows.train), n_classes, candidate, seed)
        recognised[side] = model.scores(sample.a[rows.test, 0])
        found[side] = {"inner_UA": round(inner_ua, 4), "chosen": asdict(candidate)}
        if len(samples) > 1:
            folds = within or inner_folds(sample.where(inner), seed)
            validated = np.any(folds, axis=0)
            scores = out_of_fold_scores(sample.where(inner), n_classes, candidate, seed, folds=folds)[validated]
            c = sample.c[inner][validated]
            heat = temperature(scores, c, balanced_weights(c))
            found[side] |= {"log_p": _log_softmax(scores / heat)}
            recognised[side] = _log_softmax(recognised[side] / heat)
            found[side] |= score(true, recognised[side].argmax(axis=1), n_classes)
    fused = recognised[VOICE]
    extra = dict(found[VOICE])
    if len(samples) > 1:
        voice, words = (found[side].pop("log_p") for side in (VOICE, WORDS))
        recalls = [UA(c, ((1 - w) * voice + w * words).argmax(axis=1), n_classes) for w in WORD_WEIGHTS]
        weight = WORD_WEIGHTS[int(np.argmax(recalls))]
        fused = (1 - weight) * fused + weight * recognised[WORDS]
        extra = {"inner_UA": round(max(recalls), 4), "chosen": {"weight of words": weight}, **found}
    predicted = fused.argmax(axis=1)
    return {
        "n_train": int(rows.train.sum()),
        "n_test": len(true),
        **score(true, predicted, n_classes),
        **extra,
        "confusion": confusion(true, predicted, n_classes),
    }


def _means(runs: Sequence[Mapping[str, Any]], metrics: Sequence[str]) -> dict[str, float]:
    return {metric: round(float(np.mean([run[metric] for run in runs])), 4) for metric in metrics}


def _log_softmax(scores: np.ndarray) -> np.ndarray:
    return scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)


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
