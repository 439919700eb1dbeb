"""`python -m train last-layers`: what stage C is worth on a corpus that had no part in its choice.

Each corpus is left out in turn, with the voice model and the space that `evaluate new-voice` chose for it on the others.
Stage C makes its choice on those others, as it does for a checkpoint; then all that it had to choose from is tested on the
corpus left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from sermi.augment import config as generator_config
from sermi.augment import training as generator_training
from sermi.errors import SermiError
from sermi.frontend import FrontendConfig
from sermi.labels import class_set
from sermi.stats.intervals import Design
from sermi.stats.recall import macro_recall
from train.checkpoint import stage_c
from train.checkpoint.stage_c import (
    OPTIONS,
    chosen_option,
    gains_of_kinds,
    last_layer_report,
    layers,
    out_of_fold_by_option,
)
from train.embeddings.dataset import audio_sample, audio_table
from train.fingerprints import Fingerprints, of_features
from train.protocols import corpus_folders, protocol, scored_rows
from train.recogniser import discriminant, space
from train.recogniser.space import shows_voice
from train.recogniser.voices import Candidate, fit_audio_model
from train.samples import AudioSample

PROTOCOL = "last-layers"
"""What results are called by."""
_EVALUATION = "new-voice"
"""The protocol whose corpora, classes and choices are taken."""
N_VIEWS = 2
"""As a checkpoint has them."""


def run(data: Path, evaluation: Path, *, seeds: Sequence[int], command: str = "") -> dict[str, Any]:
    """Choose a last layer without a corpus and test it there, for each corpus and seed.

    Args:
        data: Folder that holds one folder a corpus.
        evaluation: JSON file of `evaluate new-voice`, which says what was chosen for each corpus, and with what encoder.
        seeds: A seed draws the augmented views, the generators and their samples.
        command: What made the result, to be kept in it.

    Returns:
        For JSON: means over corpora and seeds, and a run for each.

    Raises:
        SermiError: Missing data, or a file that isn't such an evaluation.
    """
    frontend, candidates = _read(evaluation)
    chosen = protocol(_EVALUATION)
    classes = class_set(chosen.class_set)
    table = audio_table(corpus_folders(data, chosen.corpora), classes)
    scored = scored_rows(table, classes)
    runs: list[dict[str, Any]] = []
    for seed in seeds:
        sample = audio_sample(table, frontend, n_views=N_VIEWS, seed=seed)
        runs += [
            left_out(sample, scored, len(classes), name, candidate, seed) for name, candidate in candidates.items()
        ]
    return {
        "what": "UA of single sentences of a corpus left out, by each way to fit the last layer, and by the one that was "
        "chosen on the others",
        "protocol": PROTOCOL,
        "frontend": asdict(frontend),
        "features": fingerprints(frontend),
        "seeds": list(seeds),
        "mean": _means(runs),
        "command": command,
        "runs": runs,
    }


def fingerprints(frontend: FrontendConfig) -> Fingerprints:
    """What the figures depend on, part by part."""
    chosen = protocol(_EVALUATION)
    return of_features(
        frontend,
        code=[space, discriminant, stage_c, generator_config, generator_training, scored_rows],
        options=[chosen.corpora, class_set(chosen.class_set).names, N_VIEWS],
    )


def _read(evaluation: Path) -> tuple[FrontendConfig, dict[str, Candidate]]:
    """The front end of an evaluation, and what it chose by the corpus that was left out, with its first seed."""
    try:
        record = json.loads(evaluation.read_text(encoding="utf-8"))
        if record["protocol"] != _EVALUATION:
            raise KeyError(record["protocol"])
        options: dict[str, Any] = {
            name: tuple(v) if isinstance(v, list) else v for name, v in record["frontend"].items()
        }
        return FrontendConfig(**options), {run["fold"]: Candidate.of(run["chosen"]) for run in record["runs"][::-1]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SermiError(
            f"'{evaluation}' is not a result of 'python -m train evaluate {_EVALUATION}'; make one with that."
        ) from error


def left_out(
    sample: AudioSample, scored: np.ndarray, n_classes: int, name: str, candidate: Candidate, seed: int
) -> dict[str, Any]:
    """What was chosen without one corpus, and what each option of stage C reaches there, for JSON.

    Args:
        sample: of all corpora.
        scored: (N,) bool, which recordings are tested.
        n_classes: K.
        name: of the corpus.
        candidate: what was chosen on the others.
        seed: of generators and samples.
    """
    is_tested = sample.corpus == name
    others, tested = sample.where(~is_tested), sample.where(is_tested & scored)
    train = others.where(shows_voice(others.c, others.speaker, others.corpus))
    recalls, _ = out_of_fold_by_option(train, n_classes, candidate, seed)
    audio, h = fit_audio_model(train, n_classes, candidate, seed)
    tested_h = audio.features(tested.a[:, 0])
    ua = [
        macro_recall(tested.c, layer.scores(tested_h).argmax(axis=1))
        for layer in layers(h, train, audio, n_classes, seed)
    ]
    report = last_layer_report(recalls)
    best = [0, *(of.best for of in gains_of_kinds(recalls))]
    return {
        "fold": name,
        "seed": seed,
        "chosen": report["chosen"],
        "kinds": report["kinds"],
        "by_choice": round(ua[chosen_option(recalls)], 4),
        "by_best_of_kind": [round(ua[option], 4) for option in best],
        "by_option": [round(one, 4) for one in ua],
    }


def _means(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Over corpora, of the means over seeds; differences with 95 % intervals over corpora."""
    folds = list(dict.fromkeys(run["fold"] for run in runs))

    def by_fold(key: str) -> np.ndarray:
        """(folds, ...) of one figure or of several."""
        return np.array([np.mean([run[key] for run in runs if run["fold"] == fold], axis=0) for fold in folds])

    def described(values: np.ndarray, rival: np.ndarray) -> dict[str, Any]:
        gain = Design.disjoint(len(folds)).interval(values - rival)
        return {"UA": round(float(values.mean()), 4), "gain": round(gain.mean, 4), "interval_95": gain.ends()}

    options, kinds = by_fold("by_option"), by_fold("by_best_of_kind")
    discriminant = options[:, 0]
    return {
        "discriminant": {"UA": round(float(discriminant.mean()), 4)},
        "by_choice": described(by_fold("by_choice"), discriminant),
        "logistic": described(kinds[:, 1], discriminant),
        "generated": described(kinds[:, 2], discriminant),
        "generated_over_logistic": described(kinds[:, 2], kinds[:, 1]),
        "options": [
            asdict(option) | described(values, discriminant) for option, values in zip(OPTIONS, options.T, strict=True)
        ],
    }


def summary(result: Mapping[str, Any]) -> str:
    """What was measured, a line for each kind."""
    means = result["mean"]
    lines = [f"discriminant: UA {100 * means['discriminant']['UA']:.1f}"]
    for name, title in (
        ("by_choice", "as stage C chooses"),
        ("logistic", "logistic regression on real features, best on the other corpora"),
        ("generated", "with generated ones, best on the other corpora"),
    ):
        low, high = means[name]["interval_95"]
        lines.append(
            f"{title}: UA {100 * means[name]['UA']:.1f}, {100 * means[name]['gain']:+.1f} "
            f"(95 % {100 * low:+.1f} to {100 * high:+.1f})"
        )
    return "\n".join(lines)
