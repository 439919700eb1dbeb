"""Metrics of a recogniser. Each metric knows its name and which way is better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, recall_score


@dataclass(frozen=True)
class Metric:
    """A number from true codes and predicted codes, both (N,) int, and the number of classes K."""

    name: str
    """In results."""
    higher_is_better: bool
    compute: Callable[[np.ndarray, np.ndarray, int], float]
    """Of (true, predicted, K)."""

    def __call__(self, true: np.ndarray, predicted: np.ndarray, n_classes: int) -> float:
        return float(self.compute(true, predicted, n_classes))


def _unweighted_average_recall(true: np.ndarray, predicted: np.ndarray, n_classes: int) -> float:
    return recall_score(true, predicted, labels=range(n_classes), average="macro", zero_division=0)


def _macro_f1(true: np.ndarray, predicted: np.ndarray, n_classes: int) -> float:
    return f1_score(true, predicted, labels=range(n_classes), average="macro", zero_division=0)


UA = Metric("UA", True, _unweighted_average_recall)
"""Unweighted average recall: macro recall with all K classes in the mean, absent ones as 0."""
WA = Metric("WA", True, lambda true, predicted, _: accuracy_score(true, predicted))
"""Accuracy."""
MACRO_F1 = Metric("macro_F1", True, _macro_f1)
"""Macro F1 over all K classes."""
METRICS = (UA, WA, MACRO_F1)
"""What every result reports."""


def score(true: np.ndarray, predicted: np.ndarray, n_classes: int) -> dict[str, float]:
    """Every metric of `METRICS` by name, rounded to a hundredth of a per cent; true and predicted: (N,) codes.

    >>> score(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 0]), 2)
    {'UA': 0.75, 'WA': 0.75, 'macro_F1': 0.7333}
    """
    return {metric.name: round(metric(true, predicted, n_classes), 4) for metric in METRICS}


def confusion(true: np.ndarray, predicted: np.ndarray, n_classes: int) -> list[list[int]]:
    """Counts, rows are true classes and columns predicted ones."""
    return confusion_matrix(true, predicted, labels=range(n_classes)).tolist()


def expected_calibration_error(
    probabilities: np.ndarray, true: np.ndarray, n_bins: int = 15, *, weights: np.ndarray | None = None
) -> float:
    """Mean gap between confidence and accuracy over bins of confidence (Guo et al., arXiv 1706.04599, eq. 3).

    Args:
        probabilities: (N, K).
        true: (N,) codes.
        n_bins: M; bin m is ((m - 1) / M, m / M], and weighs as many as fall into it.
        weights: (N,) how much each answer counts; None for all alike.

    >>> p = np.array([[0.8, 0.2]] * 5)
    >>> round(expected_calibration_error(p, np.array([0, 0, 0, 0, 1])), 6)
    0.0
    """
    confidence, predicted = probabilities.max(axis=1), probabilities.argmax(axis=1)
    gap = (predicted == true) - confidence
    bins = np.digitize(confidence, np.arange(1, n_bins) / n_bins, right=True)
    share = np.ones(len(true)) if weights is None else weights
    gaps = [abs(np.sum((share * gap)[bins == b])) for b in range(n_bins)]
    return float(sum(gaps) / share.sum())
