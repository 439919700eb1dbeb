"""`python -m train words`: how well, and how surely, sentences of a text corpus are recognised that no training met.

Each text corpus is left out in turn. Penalty or shrinkage and the recipe's own temperature come from what is left. The recipes
themselves (encoder, kind of last layer) are compared on the corpora left out, and the shipped one was chosen by that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from tqdm import tqdm

from sermi.encoders import MINILM, MINILM_LAYERS, load_text_encoder
from sermi.errors import SermiError
from sermi.labels import class_set
from sermi.stats.calibration import balanced_weights, log_softmax
from sermi.stats.last_layer import fit_last_layers
from train.embeddings.dataset import text_sample
from train.fingerprints import digest, of_code
from train.metrics import METRICS, expected_calibration_error, score
from train.recogniser.discriminant import fit_projection
from train.recogniser.text_model import TEXT_FEATURE_DIM, Candidates, TextModel, discriminants, fit_text
from train.samples import TextSample

CORPORA = ("goemotions", "meld")
_STRICT_PENALTIES, _WEAK_PENALTIES = (1.0, 0.3, 0.1), (0.03, 0.01)
"""λ, strongest first. A training corpus's own development split prefers weak ones, which carry over badly, so the two kinds
are kept apart: else the strict ones would never be chosen."""


def _logistic_regressions(penalties: Sequence[float], train: TextSample, n_classes: int, seed: int) -> list[TextModel]:
    """Multinomial logistic regressions, one for each penalty; classes and corpora count equally."""
    projection = fit_projection(train.b, TEXT_FEATURE_DIM, seed)
    weights = balanced_weights(train.c, train.corpus)
    layers = fit_last_layers(projection(train.b), train.c, n_classes, penalties, sample_weights=weights)
    return [TextModel(projection, layer.weights, layer.bias) for layer in layers]


def _once_for_each_set(candidates: Candidates) -> Candidates:
    """The same candidates, fitted once for each set of corpora that train."""
    fitted: dict[tuple[str, ...], Sequence[TextModel]] = {}

    def remembered(train: TextSample, n_classes: int, seed: int) -> Sequence[TextModel]:
        names = tuple(np.unique(train.corpus))
        if names not in fitted:
            fitted[names] = candidates(train, n_classes, seed)
        return fitted[names]

    return remembered


LAST_LAYERS: Mapping[str, Candidates] = MappingProxyType(
    {
        "logistic regression, weak penalty": partial(_logistic_regressions, _WEAK_PENALTIES),
        "logistic regression, strict penalty": partial(_logistic_regressions, _STRICT_PENALTIES),
        "discriminant": discriminants,
    }
)
SHIPPED = f"{MINILM_LAYERS}, discriminant"


def evaluate(data: Path, *, classes: str, seeds: Sequence[int], command: str = "") -> dict[str, Any]:
    """Leave each text corpus out in turn, with each embedded encoder and each kind of last layer.

    Args:
        data: Folder with text/goemotions and text/meld.
        classes: Name of the class set.
        seeds: Of the projections' random start.
        command: What made the result, to be kept in it.

    Returns:
        For JSON: by recipe and corpus, UA with a 95 % interval over sentences, and ECE, in which classes count equally as
        in UA, with the temperature of the training corpora's own development splits and with the shipped rule's, the
        largest that a corpus needs when it is left out; the latter is one number that has seen both corpora.

    Raises:
        SermiError: Missing data.
    """
    chosen = class_set(classes)
    folders = {name: data / "text" / name for name in CORPORA}
    runs: list[dict[str, Any]] = []
    recipes = list(product((MINILM, MINILM_LAYERS), LAST_LAYERS.items()))
    with tqdm(total=len(recipes) * len(seeds) * len(CORPORA), desc="words", unit="fold") as progress:
        for encoder, (last_layer, candidates) in recipes:
            sample = text_sample(folders, chosen, load_text_encoder(encoder))
            _check(sample, len(chosen))
            for seed in seeds:
                for run in _runs(sample, _once_for_each_set(candidates), len(chosen), seed):
                    runs.append({"recipe": f"{encoder}, {last_layer}", "seed": seed, **run})
                    progress.update()
    return {
        "description": "each text corpus left out in turn",
        "classes": list(chosen.names),
        "seeds": list(seeds),
        "shipped": SHIPPED,
        "features": fingerprints(),
        "summary": _summary(runs),
        "command": command,
        "runs": runs,
    }


def fingerprints() -> dict[str, str]:
    """What the features of `evaluate` depend on, part by part."""
    encoders = [load_text_encoder(name).fingerprint for name in (MINILM, MINILM_LAYERS)]
    return {"words": digest(encoders), "code": of_code(fit_projection)}


def _check(sample: TextSample, n_classes: int) -> None:
    for name in CORPORA:
        if len(np.unique(sample.c[sample.corpus == name])) < n_classes:
            raise SermiError(f"'{name}' lacks sentences of a class, so that it can't be left out; use other classes.")


def _runs(sample: TextSample, candidates: Candidates, n_classes: int, seed: int) -> list[dict[str, Any]]:
    """One run for each corpus left out."""
    everything = fit_text(sample, n_classes, seed, candidates)
    runs = []
    for name in CORPORA:
        rows = sample.corpus == name
        b, c = sample.b[rows], sample.c[rows]
        fitted = fit_text(sample.where(~rows), n_classes, seed, candidates)
        scores = fitted.model.scores(b)
        predicted = scores.argmax(axis=1)
        runs.append(
            {
                "fold": name,
                "n_test": len(c),
                **score(c, predicted, n_classes),
                "recalls": [round(float(np.mean(predicted[c == k] == k)), 4) for k in range(n_classes)],
                "counts": np.bincount(c, minlength=n_classes).tolist(),
                "chosen": fitted.chosen,
                "temperature": round(fitted.model.temperature, 3),
                "temperature_left_out": round(everything.temperatures[name], 3),
                "ECE_own_temperature": _ece(log_softmax(scores / fitted.model.temperature), c),
                "ECE_shipped_rule": _ece(everything.unseen_log_p[rows], c),
            }
        )
    return runs


def _ece(log_p: np.ndarray, c: np.ndarray) -> float:
    """Classes count equally."""
    return round(expected_calibration_error(np.exp(log_p), c, weights=balanced_weights(c)), 4)


def _summary(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """By recipe and corpus, means over seeds."""
    names = [*(metric.name for metric in METRICS), "ECE_own_temperature", "ECE_shipped_rule"]
    summary: dict[str, Any] = {}
    for recipe, corpus in dict.fromkeys((run["recipe"], run["fold"]) for run in runs):
        of_one = [run for run in runs if (run["recipe"], run["fold"]) == (recipe, corpus)]
        values: dict[str, Any] = {name: round(float(np.mean([run[name] for run in of_one])), 4) for name in names}
        recalls = np.mean([run["recalls"] for run in of_one], axis=0)
        values["interval_95"] = {"UA": _interval(recalls, np.array(of_one[0]["counts"]))}
        summary.setdefault(recipe, {})[corpus] = values
    return summary


def _interval(recalls: np.ndarray, counts: np.ndarray, n_draws: int = 10_000) -> list[float]:
    """95 % bootstrap interval of UA over the sentences of each class, whose recalls (K,) and counts (K,) are given."""
    draws = np.random.default_rng(0).binomial(counts, recalls, (n_draws, len(counts))) / counts
    return [round(float(bound), 4) for bound in np.percentile(draws.mean(axis=1), [2.5, 97.5])]
