"""What is measured of a baseline, for metrics.json."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import torch

from sermi.labels import ClassSet
from sermi.models.baseline import Baseline
from sermi.stats.recall import macro_recall
from train.metrics import UA, confusion, expected_calibration_error, score
from train.recogniser.text_model import TextModel
from train.samples import AudioSample, TextSample

PAIRS: Mapping[str, str] = MappingProxyType(
    {
        "label_matched_pairs": "each recording with a random test sentence of the same emotion: voice and words agree more "
        "than in life",
        "own_words": "each recording with what was said in it",
    }
)
"""How recordings of held-out speakers were joined with words, by the key of their figures in metrics.json."""


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


def text_report(text: TextModel, texts: TextSample, classes: ClassSet) -> dict[str, Any]:
    """Metrics on the test split of each text corpus."""
    report = {}
    for corpus in np.unique(texts.corpus):
        rows = texts.where((texts.corpus == corpus) & (texts.split == "test"))
        probabilities = np.exp(text.log_probabilities(rows.b))
        report[str(corpus)] = {
            "n": len(rows),
            "UA": round(UA(rows.c, probabilities.argmax(axis=1), len(classes)), 4),
            "ECE": round(expected_calibration_error(probabilities, rows.c), 4),
        }
    return report
