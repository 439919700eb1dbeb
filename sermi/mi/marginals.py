"""Each feature on a scale that a critic can work with: information doesn't change under invertible maps, critics do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from sermi.mi.taming import Taming, fit_taming

_MAX_KNOTS = 1000
_CENTRAL, _NEARLY_ALL = 0.5, 0.99
_HEAVY = 6.0
"""Range of nearly all values over that of the central half from which tails are heavy; 3.8 for a normal distribution."""


@dataclass(frozen=True)
class Marginals:
    """Maps each column by itself, monotonically, so that no order is lost.

    Columns with heavy tails go to normal scores, through their empirical distribution: a cube or an exponential would leave
    nearly everything to a few samples. Others are only standardised, for bending them would bend what is linear between them.

    Columns keep the square root of the ratio of their spreads. Equal spreads would blow up the smallest components of an
    embedding, which are mostly noise; the spreads as given would leave everything to the units that features came in.
    """

    taming: Taming
    """What comes first."""
    knots: np.ndarray
    """(m, d): quantiles of the fitted samples."""
    scores: np.ndarray
    """(m, d): what they go to."""
    weights: np.ndarray
    """(d,): the new spreads, of mean square 1, 0 for a feature that never changed."""

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """(N, d) -> (N, d), within the range of the fitted scores. Ties go to the middle of what they span."""
        x = self.taming(x)
        out = np.empty_like(x)
        for column in range(x.shape[1]):
            values, knots, scores = x[:, column], self.knots[:, column], self.scores[:, column]
            up = np.interp(values, knots, scores)
            down = -np.interp(-values, -knots[::-1], -scores[::-1])
            out[:, column] = (up + down) / 2
        return out * self.weights


def fit_marginals(x: np.ndarray) -> Marginals:
    """From x: (N, d) float64."""
    taming = fit_taming(x)
    x = taming(x)
    shares = (np.arange(min(len(x), _MAX_KNOTS)) + 0.5) / min(len(x), _MAX_KNOTS)
    knots = np.quantile(x, shares, axis=0)
    centre, spread = x.mean(axis=0), x.std(axis=0)
    changing = np.ptp(knots, axis=0) > 0
    standardised = (knots - centre) / np.where(changing, spread, 1.0)
    scores = np.where(_range(x, _NEARLY_ALL) > _HEAVY * _range(x, _CENTRAL), ndtri(shares)[:, None], standardised)
    weights = np.where(changing, np.sqrt(spread), 0.0)
    size = np.sqrt(np.mean(weights**2))
    return Marginals(taming, knots, scores, weights / size if size else weights)


def _range(x: np.ndarray, share: float) -> np.ndarray:
    """(d,) length of the central range that holds a share of each column."""
    low, high = np.quantile(x, [(1 - share) / 2, (1 + share) / 2], axis=0)
    return high - low
