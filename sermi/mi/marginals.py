"""Each feature on a normal scale: mutual information is the same under invertible maps, critics and distances are not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

_MAX_KNOTS = 1000


@dataclass(frozen=True)
class NormalScores:
    """Maps each column through its empirical distribution to a normal one; monotone, so no order is lost.

    Columns keep the square root of the ratio of their spreads. Equal spreads would blow up the smallest components of an
    embedding, which are mostly noise; the spreads as given would leave everything to the units that features came in.

    knots: (m, d) quantiles of the fitted samples; scores: (m,) the standard normal quantiles they go to; weights: (d,) the
    new spreads, of mean square 1, 0 for a feature that never changed.
    """

    knots: np.ndarray
    scores: np.ndarray
    weights: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """(N, d) -> (N, d), within the range of the fitted scores. Ties go to the middle of what they span."""
        out = np.empty_like(x)
        for column in range(x.shape[1]):
            knots, values = self.knots[:, column], x[:, column]
            up = np.interp(values, knots, self.scores)
            down = -np.interp(-values, -knots[::-1], -self.scores[::-1])
            out[:, column] = (up + down) / 2
        return out * self.weights


def fit_normal_scores(x: np.ndarray) -> NormalScores:
    """From x: (N, d) float64."""
    shares = (np.arange(min(len(x), _MAX_KNOTS)) + 0.5) / min(len(x), _MAX_KNOTS)
    knots = np.quantile(x, shares, axis=0)
    weights = np.where(np.ptp(knots, axis=0) > 0, np.sqrt(x.std(axis=0)), 0.0)
    size = np.sqrt(np.mean(weights**2))
    return NormalScores(knots, ndtri(shares), weights / size if size else weights)
