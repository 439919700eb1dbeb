"""What is measured of a baseline, for metrics.json."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import torch

from sermi.labels import ClassSet
from sermi.models.baseline import Baseline
from sermi.stats.calibration import balanced_weights
from sermi.stats.recall import macro_recall
from train.metrics import UA, confusion, expected_calibration_error, score
from train.recogniser.text_model import FittedText
from train.samples import AudioSample, TextSample

PAIRS: Mapping[str, str] = MappingProxyType(
    {
        "label_matched_pairs": "each recording with a random test sentence of the same emotion: voice and words agree more "
        "than in life",
        "own_words": "each recording with what was said in it",
    }
)
"""How recordings of held-out speakers were joined with words, by the key of their figures in metrics.json."""
LEFT_OUT = (
    "all sentences of a text corpus by a model of the others, with the shipped temperature, the largest that any needs"
)


def audio_report(
    probabilities: np.ndarray, sample: AudioSample, gender: np.ndarray, classes: ClassSet
) -> dict[str, Any]:
    """Metrics of a voice's probabilities.

    Args:
        probabilities: (N, K).
        sample: the N recordings.
        gender: (N,) of their speakers.
        classes: K.
    """
    predicted, n = probabilities.argmax(axis=1), len(classes)
    return {
        "n": len(sample),
        **score(sample.c, predicted, n),
        "ECE": round(expected_calibration_error(probabilities, sample.c), 4),
        "by_corpus": _recalls(predicted, sample.c, sample.corpus),
        "by_gender": _recalls(predicted, sample.c, gender),
        "by_speaker": _recalls(predicted, sample.c, sample.speaker),
        "reliability": _reliability(probabilities, sample.c),
        "confusion": confusion(sample.c, predicted, n),
    }


def _recalls(predicted: np.ndarray, c: np.ndarray, groups: np.ndarray) -> dict[str, dict[str, float]]:
    """UA in each group (N,), over the classes that it has."""
    report = {}
    for name in np.unique(groups):
        rows = groups == name
        ua = macro_recall(c[rows], predicted[rows])
        report[str(name)] = {"n": int(rows.sum()), "UA": round(ua, 4)}
    return report


def _reliability(probabilities: np.ndarray, c: np.ndarray, n_bins: int = 10) -> list[dict[str, float]]:
    """Confidence and accuracy in bins of confidence of equal width."""
    confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == c
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    return [
        {
            "n": int((bins == i).sum()),
            "confidence": round(float(confidence[bins == i].mean()), 4),
            "accuracy": round(float(correct[bins == i].mean()), 4),
        }
        for i in np.unique(bins)
    ]


def held_out_report(
    model: Baseline, test: AudioSample, *, gender: np.ndarray, b: np.ndarray, classes: ClassSet, kind: str
) -> dict[str, Any]:
    """Metrics on speakers kept out of training: of the voice, the words and both.

    Args:
        model: as it is shipped.
        test: N recordings of these speakers.
        gender: (N,) of the speakers.
        b: (N, Db) embeddings of the words that each recording is joined with.
        classes: K.
        kind: of the pairs, a key of `PAIRS`.
    """
    with torch.inference_mode():
        log_p = model(torch.from_numpy(test.a[:, 0]), torch.from_numpy(b))
    p = {side: values.exp().numpy() for side, values in log_p.items()}
    n = len(classes)
    return {
        "speakers": sorted(map(str, np.unique(test.speaker))),
        "audio": audio_report(p["audio"], test, gender, classes),
        kind: {
            "what": PAIRS[kind],
            **{side: score(test.c, p[side].argmax(axis=1), n) for side in ("audio", "text", "fused")},
            "fused_ECE": round(expected_calibration_error(p["fused"], test.c), 4),
        },
    }


def text_report(text: FittedText, texts: TextSample, classes: ClassSet) -> dict[str, Any]:
    """Metrics on the test split of each text corpus and, where there are several, on each when it is left out."""
    names = np.unique(texts.corpus).tolist()
    report: dict[str, Any] = {}
    for name in names:
        rows = (texts.corpus == name) & (texts.split == "test")
        report[name] = _words_report(text.model.log_probabilities(texts.b[rows]), texts.c[rows], len(classes))
    if len(names) > 1:
        left_out = {
            name: _words_report(text.unseen_log_p[rows], texts.c[rows], len(classes))
            for name, rows in ((name, texts.corpus == name) for name in names)
        }
        report["left_out"] = {"what": LEFT_OUT, **left_out}
    return report


def _words_report(log_p: np.ndarray, c: np.ndarray, n_classes: int) -> dict[str, float]:
    """Of log-probabilities (N, K) under equal priors and codes (N,): so classes count equally in ECE as they do in UA."""
    p = np.exp(log_p)
    ece = expected_calibration_error(p, c, weights=balanced_weights(c))
    return {"n": len(c), "UA": round(UA(c, p.argmax(axis=1), n_classes), 4), "ECE": round(ece, 4)}
