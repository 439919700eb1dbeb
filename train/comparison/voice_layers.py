"""Last layers of the comparisons by voice: on real features, generated ones and clips of the voice, each weighed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import scipy.linalg

from sermi.stats.last_layer import FittedLastLayer, fit_last_layers


@dataclass(frozen=True)
class Layer:
    """How a last layer is fitted."""

    kind: Literal["logistic", "discriminant"]
    """Logistic regression, or a discriminant of Gaussian classes with one covariance."""
    strength: float
    """Penalty λ of the former, shrinkage γ of the latter's covariance towards a sphere."""


LOGISTIC = tuple(Layer("logistic", penalty) for penalty in (3.0, 1.0))
DISCRIMINANTS = tuple(Layer("discriminant", shrinkage) for shrinkage in (0.05, 0.2, 0.5))


@dataclass(frozen=True, eq=False)
class Moments:
    """Weighed sums by class, which add up over sets of features."""

    weight: np.ndarray
    """(K,)."""
    total: np.ndarray
    """(K, d), of features."""
    square: np.ndarray
    """(K, d, d), of products of features."""

    def discriminant(self, shrinkage: float) -> FittedLastLayer:
        """Of Gaussian classes that count equally, with covariance (1 - γ) S_w + γ tr(S_w)/d 1."""
        means = self.total / self.weight[:, None]
        within = np.mean(self.square / self.weight[:, None, None] - means[:, :, None] * means[:, None], axis=0)
        sphere = np.trace(within) / len(within) * np.eye(len(within))
        return discriminant(means, (1 - shrinkage) * within + shrinkage * sphere)


@dataclass(frozen=True, eq=False)
class Weighed:
    """Features with their codes and how much each counts."""

    h: np.ndarray
    """(n, d)."""
    c: np.ndarray
    """(n,) codes."""
    weights: np.ndarray
    """(n,), they sum to 1."""
    n_classes: int
    """K."""

    @classmethod
    def evenly(cls, h: np.ndarray, c: np.ndarray, n_classes: int) -> Weighed:
        """Features (n, d) of codes (n,) of which those classes that there are count equally."""
        weights = 1 / np.bincount(c)[c]
        return cls(h, c, weights / weights.sum(), n_classes)

    @cached_property
    def moments(self) -> Moments:
        """Of the features."""
        shape = (self.n_classes, self.h.shape[1])
        weight, total, square = np.zeros(shape[0]), np.zeros(shape), np.zeros((*shape, shape[1]))
        for k in np.unique(self.c):
            h, w = self.h[self.c == k].astype(np.float64), self.weights[self.c == k]
            weight[k], total[k], square[k] = w.sum(), w @ h, (h * w[:, None]).T @ h
        return Moments(weight, total, square)


Parts = Sequence[tuple[Weighed, float]]
"""Features with the factor that their weights count by."""


def fit_layers(parts: Parts, layers: Sequence[Layer]) -> list[FittedLastLayer]:
    """A last layer of all parts together for each way to fit it.

    Args:
        parts: of which one or more have features of each class.
        layers: ways. Discriminants take a part's moments, which it keeps, and so a millisecond each.
    """
    used = [(part, factor) for part, factor in parts if factor > 0]
    penalties = sorted({layer.strength for layer in layers if layer.kind == "logistic"}, reverse=True)
    fitted = dict(zip(penalties, _logistic(used, penalties), strict=True)) if penalties else {}
    if len(penalties) < len(set(layers)):
        sums = zip(*((f * p.moments.weight, f * p.moments.total, f * p.moments.square) for p, f in used), strict=True)
        moments = Moments(*(np.sum(one, axis=0) for one in sums))
    return [
        fitted[layer.strength] if layer.kind == "logistic" else moments.discriminant(layer.strength) for layer in layers
    ]


def _logistic(parts: Parts, penalties: Sequence[float]) -> list[FittedLastLayer]:
    h, c = (np.concatenate([getattr(part, name) for part, _ in parts]) for name in ("h", "c"))
    weights = np.concatenate([factor * part.weights for part, factor in parts])
    return fit_last_layers(h, c, parts[0][0].n_classes, penalties, sample_weights=weights)


def discriminant(means: np.ndarray, covariance: np.ndarray) -> FittedLastLayer:
    """That of equally probable Gaussian classes with means (K, d) and one covariance (d, d)."""
    weights = scipy.linalg.solve(covariance, means.T, assume_a="pos").T
    return FittedLastLayer(weights, -0.5 * np.sum(weights * means, axis=1))


def moved(layer: FittedLastLayer, offset: np.ndarray) -> FittedLastLayer:
    """The last layer that scores features h as the given one does h - offset (d,)."""
    return FittedLastLayer(layer.weights, layer.bias - layer.weights @ offset)
