"""Unweighted average recall over the classes that there are."""

from __future__ import annotations

import numpy as np


def macro_recall(true: np.ndarray, predicted: np.ndarray) -> float:
    """Mean over the classes in `true` of the share of their samples that were recognised; both (N,) codes.

    Classes that a set doesn't have can't be recalled in it: use `train.metrics.UA` where all K must count.

    >>> macro_recall(np.array([0, 0, 2]), np.array([0, 1, 2]))
    0.75
    """
    return float(np.mean([np.mean(predicted[true == k] == k) for k in np.unique(true)]))
