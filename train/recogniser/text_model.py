"""The text side of the baseline: projection b -> t and its last layer, fitted on sentences and judged on corpora left out.

Sentences of a corpus that no training met are recognised less often than those of its own test split, and a temperature from
the same corpus's development split doesn't show it. So hyper-parameters and temperature come from corpora left out, and a
checkpoint is as sure of words as it may be on the strangest of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.linalg

from sermi.stats.calibration import balanced_weights, log_softmax, temperature
from train.metrics import UA
from train.recogniser.discriminant import FittedProjection, fit_projection
from train.samples import TextSample

TEXT_FEATURE_DIM = 256
_SHRINKAGES = (0.8, 0.6, 0.4)
"""γ, of the covariance within classes towards a sphere; strongest first."""


@dataclass(frozen=True)
class TextModel:
    """A projection with a calibrated linear last layer."""

    projection: FittedProjection
    """b -> t."""
    weights: np.ndarray
    """(K, dt)."""
    bias: np.ndarray
    """(K,)."""
    temperature: float = 1.0
    """Scores are divided by it."""

    def scores(self, b: np.ndarray) -> np.ndarray:
        """Uncalibrated class scores: (N, Db) -> (N, K)."""
        return self.projection(b) @ self.weights.T + self.bias

    def log_probabilities(self, b: np.ndarray) -> np.ndarray:
        """Calibrated log q(c | t): (N, Db) -> (N, K)."""
        return log_softmax(self.scores(b) / self.temperature)


Candidates = Callable[[TextSample, int, int], Sequence[TextModel]]
"""Models of different strictness from training sentences, the number of classes and a seed; strictest first."""


def discriminants(train: TextSample, n_classes: int, seed: int) -> list[TextModel]:
    """Linear discriminants of Gaussian classes that share a covariance, one for each shrinkage.

    Classes and corpora count equally, so that the many neutral sentences don't decide.
    """
    projection = fit_projection(train.b, TEXT_FEATURE_DIM, seed)
    t, c = projection(train.b).astype(np.float64), train.c
    share = balanced_weights(c, train.corpus)
    means = np.stack([np.average(t[c == k], axis=0, weights=share[c == k]) for k in range(n_classes)])
    rest = t - means[c]
    within = (rest * share[:, None]).T @ rest / len(t)
    models = []
    for shrinkage in _SHRINKAGES:
        shrunk = (1 - shrinkage) * within + shrinkage * np.trace(within) / len(within) * np.eye(len(within))
        weights = scipy.linalg.solve(shrunk, means.T, assume_a="pos").T
        models.append(TextModel(projection, weights, -0.5 * np.sum(weights * means, axis=1)))
    return models


@dataclass(frozen=True)
class FittedText:
    """The text side, and what it is worth on sentences that it doesn't know."""

    model: TextModel
    chosen: int
    """Which of the candidates, strictest first."""
    temperatures: Mapping[str, float]
    """By corpus left out; the model's is the largest."""
    unseen_log_p: np.ndarray
    """(N, K) log-probabilities of each sentence with the model's temperature, by a model that saw neither it nor, where there
    are several, its corpus. NaN for training sentences of a single corpus."""


def fit_text(sample: TextSample, n_classes: int, seed: int, candidates: Candidates = discriminants) -> FittedText:
    """Fit on the training split; choose and calibrate on corpora left out, or on the development split of a single one.

    Args:
        sample: of N sentences; its test split is neither fitted nor chosen on.
        n_classes: K.
        seed: of the projections.
        candidates: what is tried.
    """
    unseen = _unseen_rows(sample)
    scores = _unseen_scores(sample, unseen, candidates, n_classes, seed)
    judged = {name: rows & (sample.split != "test") for name, rows in unseen.items()}
    recalls = [
        np.mean([UA(sample.c[rows], of_one[rows].argmax(axis=1), n_classes) for rows in judged.values()])
        for of_one in scores
    ]
    chosen = int(np.argmax(recalls))  # the stricter of equals
    temperatures = {
        name: temperature(scores[chosen][rows], sample.c[rows], balanced_weights(sample.c[rows]))
        for name, rows in judged.items()
    }
    largest = max(temperatures.values())
    train = sample.where(sample.split == "train")
    model = _of_unit_scores(candidates(train, n_classes, seed)[chosen], train)
    rows = np.any(list(unseen.values()), axis=0)
    log_p = np.full((len(sample), n_classes), np.nan)
    log_p[rows] = log_softmax(scores[chosen][rows] / largest)
    return FittedText(replace(model, temperature=largest), chosen, temperatures, log_p)


def _unseen_rows(sample: TextSample) -> dict[str, np.ndarray]:
    """Masks (N,) of a corpus that is left out, by its name; of a single corpus, what isn't its training split."""
    names = np.unique(sample.corpus).tolist()
    if len(names) == 1:
        return {names[0]: sample.split != "train"}
    return {name: sample.corpus == name for name in names}


def _unseen_scores(
    sample: TextSample, unseen: Mapping[str, np.ndarray], candidates: Candidates, n_classes: int, seed: int
) -> list[np.ndarray]:
    """For each candidate, scores (N, K) of unseen rows by a model of the training sentences that aren't among them."""
    scores: list[np.ndarray] = []
    for rows in unseen.values():
        train = sample.where((sample.split == "train") & ~rows)
        for i, model in enumerate(candidates(train, n_classes, seed)):
            if i == len(scores):
                scores.append(np.full((len(sample), n_classes), np.nan))
            scores[i][rows] = _of_unit_scores(model, train).scores(sample.b[rows])
    return scores


def _of_unit_scores(model: TextModel, train: TextSample) -> TextModel:
    """Scores with unit deviation over the training sentences, so that a temperature means the same for each model."""
    scores = model.scores(train.b)
    unit = 1 / np.std(scores - scores.mean(axis=1, keepdims=True))
    return replace(model, weights=model.weights * unit, bias=model.bias * unit)


def text_information(model: TextModel, sample: TextSample) -> float:
    """I(c; t) in nats on the development split, classes counting equally: log K + E log q(c | t), not below 0.

    Barber and Agakov 2003; q is the last layer with the temperature that suits these sentences, so that the bound is tight.
    """
    dev = sample.where(sample.split == "dev")
    scores, weights = model.scores(dev.b), balanced_weights(dev.c, dev.corpus)
    log_q = log_softmax(scores / temperature(scores, dev.c, weights))
    of_true_class = log_q[np.arange(len(dev)), dev.c]
    return max(0.0, float(np.log(log_q.shape[1]) + np.average(of_true_class, weights=weights)))
