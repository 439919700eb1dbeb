"""Distances to the nearest samples: copies, sets that repeat themselves, and samples that lie beyond everything real."""

from __future__ import annotations

import numpy as np

from sermi.quality.sets import FeatureSet
from sermi.quality.spread import class_means
from sermi.quality.statistics import distance_blocks, nearest_distance, rounding

_NEAR = 0.01
"""Quantile of the distances of training samples to each other under which a sample is a near copy."""


def nearest_other(x: np.ndarray, group: np.ndarray) -> np.ndarray:
    """(N,) distance of each of x (N, d) to the nearest sample of another group (N,); infinite where there is none."""
    return np.concatenate(
        [
            np.where(group[rows, None] == group, np.inf, distances).min(axis=1)
            for rows, distances in distance_blocks(x, x)
        ]
    )


def near_copy_distance(training: np.ndarray) -> float:
    """How near a sample is to one of training (M, d) to be called a near copy: nearer than 99 % of those are to another.

    >>> round(near_copy_distance(np.arange(100.0)[:, None] ** 2), 2)
    1.0
    """
    nearest, same = nearest_other(training, np.arange(len(training))), rounding(training)
    distinct = nearest[nearest > same]  # of samples that are in training twice nothing can be a near copy
    return float(np.quantile(distinct, _NEAR, method="lower")) if len(distinct) else same


def share_of_copies(x: np.ndarray, training: np.ndarray) -> float:
    """Share of x (N, d) that are near copies of a training sample (M, d): of new real samples about 0.01, of copies 1.

    A median distance can't see copies that are fewer than half.
    """
    return float((nearest_distance(x, training) <= near_copy_distance(training)).mean())


def share_beyond(x: FeatureSet, real: FeatureSet, weights: np.ndarray) -> float:
    """Share of x that lie further from the mean of real features of their class than any of these.

    weights: (N,) what real rows count in the mean.
    """
    means = class_means(real.h, real.c, weights)
    radius = np.linalg.norm(real.h - means[real.c], axis=1)
    furthest = np.array([radius[real.c == k].max() for k in range(len(means))])
    return float((np.linalg.norm(x.h - means[x.c], axis=1) > furthest[x.c]).mean())


def own_distance(x: np.ndarray, c: np.ndarray) -> float:
    """Median distance of each of x (N, d) to the nearest other one of its class c (N,)."""
    return float(np.median(np.concatenate([nearest_other(x[c == k], np.arange((c == k).sum())) for k in np.unique(c)])))
