"""Columns that would leave nothing to the others, brought to a scale that critics can work with; the rest stay as they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_LARGEST, _SMALLEST = 30.0, 0.01
"""Of a column's spread over the median column's: beyond, it is a matter of units and says nothing of what counts."""
_REACH = 30.0
"""Spreads from the median from which a value is pulled in; a sample of 4,000 normal values ends at 4."""
_NORMAL_RANGE = 1.349
"""Central half of a normal distribution, in standard deviations."""


@dataclass(frozen=True)
class Taming:
    """Scales single columns and pulls far values in, monotonically; exactly the identity on a table that needs neither."""

    centre: np.ndarray
    """(d,) medians."""
    reach: np.ndarray
    """(d,): distance from the centre up to which values are as they were; infinite for constant columns."""
    factor: np.ndarray
    """(d,): of each column; 1 for most."""

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """(N, d) -> (N, d)."""
        around = x - self.centre
        far = np.abs(around) > self.reach
        if far.any():
            # the logarithm keeps the order of what is far
            reach = np.where(np.isfinite(self.reach), self.reach, 1.0)
            pulled = reach * (1 + np.log(np.maximum(np.abs(around) / reach, 1.0)))
            x = np.where(far, self.centre + np.sign(around) * pulled, x)
        unit = self.factor == 1
        return x if unit.all() else np.where(unit, x, (x - self.centre) * self.factor)


def fit_taming(x: np.ndarray) -> Taming:
    """From x: (N, d) float64.

    Spread is the central half's, which no tail moves; the standard deviation's where half the values are equal. A column far
    wider than the median one gets its spread, one far narrower the least that is not lost beside it.
    """
    low, centre, high = np.quantile(x, (0.25, 0.5, 0.75), axis=0)
    spread = (high - low) / _NORMAL_RANGE
    spread = np.where(spread > 0, spread, x.std(axis=0))
    changing = np.ptp(x, axis=0) > 0
    factor = np.ones(x.shape[1])
    if changing.any():
        usual = np.median(spread[changing])
        ratio = np.where(changing, spread / usual, 1.0)
        factor = np.where(ratio > _LARGEST, 1 / ratio, factor)
        factor = np.where(ratio < _SMALLEST, _SMALLEST / ratio, factor)
    return Taming(centre, np.where(changing, _REACH * spread, np.inf), factor)
