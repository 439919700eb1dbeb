"""How many rows are generated of each class."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np

_BALANCED = ("auto", "all")


def balances(strategy: Any) -> bool:
    """Whether all classes come out equally large, so that they can also be enlarged."""
    return isinstance(strategy, str) and strategy in _BALANCED


def rows_to_generate(strategy: Any, ratio: float, labels: np.ndarray) -> OrderedDict[Any, int]:
    """By label, in the order of classes; classes that a strategy leaves as they are may be missing.

    Args:
        strategy: a `sampling_strategy` of imbalanced-learn.
        ratio: generated on top of balance, for each row of the largest class; only where a strategy balances all classes.
        labels: (N,) of the real rows.

    Raises:
        ValueError: a strategy that doesn't fit the labels.
    """
    from imblearn.utils import check_sampling_strategy

    is_balancing = balances(strategy)
    counts = check_sampling_strategy("all" if is_balancing else strategy, labels, "over-sampling")
    more = round(ratio * int(np.unique(labels, return_counts=True)[1].max())) if is_balancing else 0
    return OrderedDict((label, int(n) + more) for label, n in counts.items())
