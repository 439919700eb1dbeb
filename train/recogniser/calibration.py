"""Calibration on speakers not trained on: temperatures, the fusion's weights, and when to say "not sure"."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import nll_loss

from sermi.models.baseline import Fusion
from sermi.stats.calibration import as_tensors, minimise

SURE_ERROR_SHARE = 0.7
"""Sure answers, those at least as confident as the threshold, are wrong at most this many times as often as all are."""
MIN_COVERAGE = 0.1
"""Of all answers, however rarely they are right: a threshold that hardly any answer reaches is of no use."""


def fit_fusion(
    audio_log_p: np.ndarray,
    text_log_p: np.ndarray,
    c: np.ndarray,
    *,
    weights: np.ndarray,
    neutral: int,
    most_of_words: float = math.inf,
) -> Fusion:
    """The fusion's two weights and K biases with the least weighted negative log-likelihood on pairs.

    Args:
        audio_log_p: (N, K) log-probabilities of the voice.
        text_log_p: (N, K) log-probabilities of the words.
        c: (N,) emotion codes.
        weights: (N,) how much each pair counts.
        neutral: its emotion code.
        most_of_words: the words' weight is at most that.
    """
    audio, y, w = as_tensors(audio_log_p, c, weights)
    text = torch.from_numpy(text_log_p).double()
    model = Fusion(audio.shape[1], neutral).double()

    def loss() -> torch.Tensor:
        return (w * nll_loss(model(audio, text), y, reduction="none")).mean() + 1e-3 * model.bias.square().sum()

    minimise(loss, list(model.parameters()))
    if model.weight[1] > most_of_words:
        with torch.no_grad():
            model.weight[1] = most_of_words
        model.weight.register_hook(lambda gradient: gradient * torch.tensor([1.0, 0.0]))  # it stays there
        minimise(loss, list(model.parameters()))
    return model.float()


@dataclass(frozen=True)
class SureThreshold:
    """A confidence from which answers are called sure, all in [0, 1]."""

    confidence: float
    accuracy: float
    """How often answers at least that confident were right."""
    coverage: float
    """The share of answers that are at least that confident."""


def sure_threshold(probabilities: np.ndarray, c: np.ndarray, weights: np.ndarray) -> SureThreshold:
    """The lowest confidence at which answers are wrong at most `SURE_ERROR_SHARE` times as often as all answers.

    probabilities: (N, K); c, weights: (N,). Where that is never reached with at least `MIN_COVERAGE` of the answers,
    the most confident tenth is what is sure.
    """
    confidence = probabilities.max(axis=1)
    order = np.argsort(-confidence, kind="stable")
    weight = weights[order]
    covered = np.cumsum(weight)
    accuracy = np.cumsum(weight * (probabilities.argmax(axis=1) == c)[order]) / covered
    coverage = covered / covered[-1]
    enough = np.flatnonzero((accuracy >= 1 - SURE_ERROR_SHARE * (1 - accuracy[-1])) & (coverage >= MIN_COVERAGE))
    last = int(enough[-1]) if len(enough) else int(np.searchsorted(coverage, MIN_COVERAGE))
    return SureThreshold(float(confidence[order][last]), float(accuracy[last]), float(coverage[last]))
