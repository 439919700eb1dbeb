"""References without generated data, tuned on the same inner speakers as every augmenter.

They stand in every table, so that no gain can come from a baseline that was left weak.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from sermi.features import Features
from sermi.stats.calibration import balanced_weights
from sermi.stats.gaussians import class_gaussians
from sermi.stats.last_layer import PENALTIES, fit_last_layers
from train.comparison.search import PENALTY, Outcome, Point, search
from train.metrics import UA

_SHRINKAGES = (0.05, 0.1, 0.2, 0.3)
_DECAYS = (0.01, 0.1, 1.0)

Scores = Callable[[np.ndarray], np.ndarray]
"""From joint features (N, D) to class scores (N, K)."""


@dataclass(frozen=True)
class FittedReference:
    """A reference, tuned and fitted."""

    scores: Scores
    outcome: Outcome
    """What the inner folds chose."""

    @property
    def chosen(self) -> Point:
        """Its hyper-parameter, by name."""
        return self.outcome.point

    def predict(self, features: Features) -> np.ndarray:
        """(N,) codes."""
        return self.scores(features.joint).argmax(axis=1)


InnerFolds = Sequence[tuple[Features, Features]]
"""What is trained on and what is validated on."""
Reference = Callable[[Features, int, InnerFolds], FittedReference]
"""fit(train, n_classes, inner folds)."""


def _balanced_logistic(train: Features, n_classes: int, penalty: float) -> Scores:
    weights = balanced_weights(train.c)
    return fit_last_layers(train.joint, train.c, n_classes, [penalty], sample_weights=weights)[0].scores


def _discriminant(train: Features, n_classes: int, shrinkage: float, *, balanced: bool = True) -> Scores:
    """balanced: classes count equally, in the covariance and beforehand; otherwise recordings do."""
    share = np.bincount(train.c, minlength=n_classes) / len(train)
    means, factor = class_gaussians(train.joint, train.c, n_classes, shrinkage, balanced=balanced)
    centres = np.linalg.solve(factor, means.T).T
    weights = np.linalg.solve(factor.T, centres.T).T
    bias = -0.5 * (centres**2).sum(axis=1) + (0.0 if balanced else np.log(share))
    return lambda x: x @ weights.T + bias


def _network(train: Features, n_classes: int, decay: float) -> Scores:
    """One hidden layer of 256; three starts, averaged, because one is a lottery with so few samples."""
    batch = min(64, len(train))
    networks = [
        MLPClassifier((256,), alpha=decay, max_iter=40, learning_rate_init=1e-3, batch_size=batch, random_state=start)
        for start in range(3)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # stopping early is part of the recipe
        for network in networks:
            network.fit(train.joint, train.c)

    def scores(x: np.ndarray) -> np.ndarray:
        total = np.zeros((len(x), n_classes))
        for network in networks:
            total[:, network.classes_] += network.predict_proba(x)
        return total

    return scores


def _tuned(fit: Callable[[Features, int, float], Scores], name: str, values: Sequence[float]) -> Reference:
    """The reference that chooses its hyper-parameter on the inner folds. Ties go to the earlier value."""

    def reference(train: Features, n_classes: int, folds: InnerFolds) -> FittedReference:
        def recalls(points: Sequence[Point]) -> list[float]:
            return [float(np.mean([recall(point[name], *fold) for fold in folds])) for point in points]

        def recall(value: float, inner: Features, validation: Features) -> float:
            scores = fit(inner, n_classes, value)
            return UA(validation.c, scores(validation.joint).argmax(axis=1), n_classes)

        outcome = search([{name: value} for value in values], recalls)
        return FittedReference(fit(train, n_classes, outcome.point[name]), outcome)

    return reference


REFERENCES: Mapping[str, Reference] = {
    "reference: balanced logistic regression": _tuned(_balanced_logistic, PENALTY, PENALTIES),
    "reference: shrinkage LDA": _tuned(_discriminant, "shrinkage", _SHRINKAGES),
    "reference: unbalanced LDA": _tuned(partial(_discriminant, balanced=False), "shrinkage", _SHRINKAGES),
    "reference: MLP": _tuned(_network, "decay", _DECAYS),
}
"""Beside `none`, which is the logistic regression in which recordings count equally. In the LDA named first classes do."""
