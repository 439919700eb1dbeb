"""Columns of a table in their own kind and range: to scores of mean 0 and spread 1, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

_CELLS = 2**19
"""Of a table that are worked on at once, to bound memory."""
_KNOTS = 256
"""Quantiles that a ranked column is kept by."""
_LEVELS = 10
"""Distinct values up to which a column of fractions counts as discrete, if each comes five times on average."""
_REPEATS = 5
_CENTRAL, _NEARLY_ALL = 0.5, 0.99
_HEAVY = 6.0
"""Range of nearly all values over that of the central half from which tails are heavy; 3.8 for a normal distribution."""
_NEAR = 3.0
"""Spreads from the mean within which a bound cuts a column's distribution off."""
_PILE = 0.01
"""Share of values that lie exactly at an end from which it is a bound."""
_WHOLE = 2.0**53
"""Beyond, every number is whole, and it means nothing."""


@dataclass(frozen=True)
class Columns:
    """Maps between a table's columns and scores. Each column by itself, and monotonically.

    Most columns are only standardised, for bending them would bend what is linear between them. Those with heavy tails, a bound
    that cuts them off, or few distinct values go through their empirical distribution to normal scores. Coming back, such a
    column stays within the values that it had, as those of whole numbers do, and a discrete one takes these values only; no
    column crosses a bound.
    """

    centre: np.ndarray
    """(d,) means; of ranked columns those of their normal scores, as values that come often shift them."""
    spread: np.ndarray
    """(d,) standard deviations, likewise; 0 for constant columns."""
    low: np.ndarray
    """(d,) the least that may come back; -infinity where there is no bound."""
    high: np.ndarray
    """(d,) the most."""
    whole: np.ndarray
    """(d,) bool, columns of whole numbers."""
    discrete: np.ndarray
    """(d,) bool, columns that take their own values only."""
    ranked: np.ndarray
    """(r,) which columns go through their distribution."""
    knots: np.ndarray
    """(m, r) quantiles of these."""

    def scores(self, x: np.ndarray) -> np.ndarray:
        """(N, d) float32 of x (N, d); a constant column has 0."""
        out = np.empty(x.shape, dtype=np.float32)
        usable = np.where(self.spread > 0, self.spread, 1.0)
        for part in _parts(len(x), x.shape[1]):
            out[:, part] = (x[:, part].astype(np.float64) - self.centre[part]) / usable[part]
        out[:, self.spread == 0] = 0
        for column, knots in zip(self.ranked, self.knots.T, strict=True):
            normal = _normal_scores(x[:, column].astype(np.float64), knots)
            out[:, column] = (normal - self.centre[column]) / self.spread[column]
        return out

    def values(self, scores: np.ndarray) -> np.ndarray:
        """(N, d) float64 in the columns' own kinds and ranges, of scores (N, d)."""
        x = scores * self.spread + self.centre
        shares = _shares(len(self.knots))
        for column, knots in zip(self.ranked, self.knots.T, strict=True):
            share = ndtr(scores[:, column].astype(np.float64))
            if self.discrete[column]:
                x[:, column] = knots[np.minimum((share * len(knots)).astype(np.int64), len(knots) - 1)]
            else:
                x[:, column] = np.interp(share, shares, knots)
        x[:, self.whole] = np.round(x[:, self.whole])
        return np.clip(x, self.low, self.high, out=x)


def fit_columns(x: np.ndarray) -> Columns:
    """From a table x (N, d) of finite numbers, whatever their scale."""
    d = x.shape[1]
    centre, spread = np.zeros(d), np.zeros(d)
    low, high = np.full(d, -np.inf), np.full(d, np.inf)
    whole, discrete, ranked = (np.zeros(d, dtype=bool) for _ in range(3))
    knots: list[np.ndarray] = []
    for part in _parts(len(x), d):
        ordered = np.sort(x[:, part].astype(np.float64), axis=0)
        centre[part], spread[part] = _moments(ordered)
        whole[part], discrete[part] = _kinds(ordered)
        low[part], high[part], is_cut = _bounds(ordered, centre[part], spread[part])
        ranked[part] = (discrete[part] | is_cut | _is_heavy(ordered)) & (spread[part] > 0)
        kept = ranked[part] | whole[part] | (spread[part] == 0)
        low[part], high[part] = np.where(kept, ordered[0], low[part]), np.where(kept, ordered[-1], high[part])
        knots.append(_knots(ordered[:, ranked[part]]))
        for column, own in zip(np.flatnonzero(ranked[part]), knots[-1].T, strict=True):
            normal = _normal_scores(ordered[:, column], own)
            centre[part][column], spread[part][column] = normal.mean(), normal.std()
    kinds = {"whole": whole, "discrete": discrete, "ranked": np.flatnonzero(ranked)}
    return Columns(centre, spread, low, high, **kinds, knots=np.concatenate(knots, axis=1))


def _parts(n_rows: int, n_columns: int) -> list[slice]:
    """Of the columns, each of some rows' worth of cells."""
    width = max(1, _CELLS // max(1, n_rows))
    return [slice(start, min(start + width, n_columns)) for start in range(0, n_columns, width)]


def _shares(n: int) -> np.ndarray:
    return (np.arange(n) + 0.5) / max(n, 1)


def _knots(ordered: np.ndarray) -> np.ndarray:
    """(m, r) values that were there, from ends to ends, of columns sorted (N, r)."""
    rows = np.round(np.linspace(0, len(ordered) - 1, min(len(ordered), _KNOTS))).astype(np.int64)
    return ordered[rows]


def _normal_scores(values: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """(N,) normal scores of a column (N,) by its quantiles (m,); values that come often go to the middle of what they span."""
    normal = ndtri(_shares(len(knots)))
    up, down = np.interp(values, knots, normal), -np.interp(-values, -knots[::-1], -normal[::-1])
    return (up + down) / 2


def _moments(ordered: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means and standard deviations (d,) of columns sorted (N, d), of any size that a number may have."""
    size = np.abs(ordered[[0, -1]]).max(axis=0)
    unit = np.where(size > 0, size, 1.0)
    scaled = ordered / unit
    spread = np.where(ordered[0] < ordered[-1], scaled.std(axis=0) * unit, 0.0)
    return scaled.mean(axis=0) * unit, spread


def _kinds(ordered: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which columns hold whole numbers, and which take few enough values to keep to them (d,), (d,)."""
    is_whole = (ordered == np.round(ordered)).all(axis=0) & (np.abs(ordered[[0, -1]]).max(axis=0) < _WHOLE)
    n_values = 1 + np.count_nonzero(np.diff(ordered, axis=0), axis=0)
    few = n_values <= min(_LEVELS, len(ordered) // _REPEATS)
    return is_whole, few | (is_whole & (n_values <= _KNOTS))


def _bounds(ordered: np.ndarray, centre: np.ndarray, spread: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The least and the most (d,) that columns sorted (N, d) may hold, and whether a bound cuts them off.

    Numbers without a sign keep without one, shares between 0 and 1 stay there, and an end where values pile up is a bound.
    """
    first, last, n_piled = ordered[0], ordered[-1], max(3, int(_PILE * len(ordered)))
    piled = len(ordered) > 2 * n_piled
    low = np.where(first >= 0, 0.0, -np.inf)
    high = np.where(last <= 0, 0.0, np.where((first >= 0) & (last <= 1), 1.0, np.inf))
    low = np.where(piled & (ordered[min(n_piled, len(ordered) - 1)] == first), first, low)
    high = np.where(piled & (ordered[-min(n_piled + 1, len(ordered))] == last), last, high)
    return low, high, (centre - _NEAR * spread < low) | (centre + _NEAR * spread > high)


def _is_heavy(ordered: np.ndarray) -> np.ndarray:
    return _range(ordered, _NEARLY_ALL) > _HEAVY * _range(ordered, _CENTRAL)


def _range(ordered: np.ndarray, share: float) -> np.ndarray:
    """(d,) length of the central range that holds a share of each column sorted (N, d)."""
    last = len(ordered) - 1
    cut = (1 - share) / 2 * last
    return ordered[round(last - cut)] - ordered[round(cut)]
