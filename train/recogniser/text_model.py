"""The text side of the baseline: projection b -> t and its last layer, fitted on sentences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from sermi.stats.calibration import balanced_weights, log_softmax, temperature
from train.metrics import UA
from train.recogniser.discriminant import FittedProjection, fit_projection
from train.samples import TextSample

TEXT_FEATURE_DIM = 256
_PENALTIES = (0.003, 0.01, 0.03, 0.1)
"""Inverse strengths (scikit-learn's C), strongest first."""


@dataclass(frozen=True)
class TextModel:
    """A projection with a calibrated linear last layer."""

    projection: FittedProjection
    """b -> t."""
    weights: np.ndarray
    """(K, dt)."""
    bias: np.ndarray
    """(K,)."""
    temperature: float
    """Scores are divided by it."""

    def scores(self, b: np.ndarray) -> np.ndarray:
        """Uncalibrated class scores: (N, Db) -> (N, K)."""
        return self.projection(b) @ self.weights.T + self.bias

    def log_probabilities(self, b: np.ndarray) -> np.ndarray:
        """Calibrated log q(c | t): (N, Db) -> (N, K)."""
        return log_softmax(self.scores(b) / self.temperature)


def fit_text(sample: TextSample, n_classes: int, seed: int) -> TextModel:
    """Multinomial logistic regression on the training split; penalty and temperature from the development split.

    Classes and corpora count equally, so that the many neutral sentences don't decide.
    """
    train, dev = sample.where(sample.split == "train"), sample.where(sample.split == "dev")
    projection = fit_projection(train.b, TEXT_FEATURE_DIM, seed)
    # unit mean variance, so that the penalty means the same whatever the projection's scale
    unit = 1 / np.sqrt(projection(train.b).var(axis=0).mean())
    t, t_dev = projection(train.b) * unit, projection(dev.b) * unit
    weights = balanced_weights(train.c, train.corpus)
    models = [
        LogisticRegression(C=penalty, max_iter=200).fit(t, train.c, sample_weight=weights) for penalty in _PENALTIES
    ]
    recalls = [_mean_ua(dev, model.predict(t_dev), n_classes) for model in models]
    model = models[int(np.argmax(recalls))]  # the stronger penalty of equals
    scores = t_dev @ model.coef_.T + model.intercept_
    return TextModel(
        projection,
        model.coef_ * unit,
        model.intercept_,
        temperature(scores, dev.c, balanced_weights(dev.c, dev.corpus)),
    )


def _mean_ua(sample: TextSample, predicted: np.ndarray, n_classes: int) -> float:
    """UA of predicted codes (N,), corpora counting equally."""
    corpora = [sample.corpus == name for name in np.unique(sample.corpus)]
    return float(np.mean([UA(sample.c[rows], predicted[rows], n_classes) for rows in corpora]))


def text_information(model: TextModel, sample: TextSample) -> float:
    """I(c; t) in nats on the development split, classes counting equally: log K + E log q(c | t), not below 0.

    Barber and Agakov 2003; q is the calibrated last layer.
    """
    dev = sample.where(sample.split == "dev")
    log_q = model.log_probabilities(dev.b)
    of_true_class = log_q[np.arange(len(dev)), dev.c]
    weights = balanced_weights(dev.c, dev.corpus)
    return max(0.0, float(np.log(log_q.shape[1]) + np.average(of_true_class, weights=weights)))
