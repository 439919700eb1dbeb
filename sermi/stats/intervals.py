"""Intervals of a mean over splits of the same speakers, and tests of whether two recognisers differ or are level.

Splits share speakers, so their results aren't independent: 20 splits of 24 speakers say hardly more than 24 speakers do.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from scipy import stats

MARGIN = 0.01
"""UA within which two recognisers are called level: a point, less than a fold's seeds move it."""
_LEVEL, _TOST_LEVEL = 0.95, 0.90
"""Two one-sided tests at 5 % are a 90 % interval inside the margin (Schuirmann 1987)."""
Verdict = Literal["higher", "lower", "level", "higher by less than the margin", "lower by less than the margin", "open"]
"""level: no further apart than the margin, by a test of that. open: neither a difference nor that could be shown."""


@dataclass(frozen=True)
class Interval:
    """A mean with its interval, which is without bounds where a single split leaves nothing to go by."""

    mean: float
    low: float
    high: float

    def ends(self, lowest: float = -1.0) -> list[float]:
        """Low and high of a share or, from -1, of a difference of shares, rounded to a hundredth of a per cent."""
        return [round(float(np.clip(end, lowest, 1.0)), 4) for end in (self.low, self.high)]


@dataclass(frozen=True)
class Design:
    """How splits of the same speakers lie to each other."""

    n_splits: int
    """J."""
    n_units: int
    """Speakers (or corpora) that are tested in any of them."""
    overlap: float
    """ρ: the mean over pairs of splits of |A ∩ B| / √(|A| |B|), of whom they test. 0 for the folds of a partition."""

    @classmethod
    def of(cls, tested: Sequence[Collection[str]]) -> Design:
        """Of the speakers that each split tests.

        >>> Design.of([{"a", "b"}, {"c", "d"}, {"a", "c"}])
        Design(n_splits=3, n_units=4, overlap=0.3333333333333333)
        """
        sets = [set(one) for one in tested]
        shares = [len(a & b) / np.sqrt(len(a) * len(b)) for a, b in combinations(sets, 2)]
        return cls(len(sets), len(set().union(*sets)), float(np.mean(shares)) if shares else 0.0)

    @classmethod
    def disjoint(cls, n_splits: int) -> Design:
        """Of folds that test nobody twice."""
        return cls(n_splits, n_splits, 0.0)

    def interval(self, values: np.ndarray, level: float = _LEVEL) -> Interval:
        """The corrected resampled t interval of a mean over splits (J,).

        Results of two splits are taken to correlate by ρ, so that with s² their sample variance the mean has the variance
        s² (1/J + (1 - 1/J) ρ) / (1 - ρ). Where n₂ of n₁ + n₂ speakers are drawn to be tested, ρ is n₂ / (n₁ + n₂) and this is
        s² (1/J + n₂/n₁), of Nadeau and Bengio (2003); for the folds of a partition it is s²/J. There are no more degrees of
        freedom than speakers allow. What another training set would change is in it only as far as splits differ in it.
        """
        n, mean = len(values), float(np.mean(values))
        if n < 2:
            return Interval(mean, -np.inf, np.inf)
        variance = np.var(values, ddof=1) * (1 / n + (1 - 1 / n) * self.overlap) / (1 - self.overlap)
        half = stats.t.ppf((1 + level) / 2, min(n, max(self.n_units, 2)) - 1) * np.sqrt(variance)
        return Interval(mean, float(mean - half), float(mean + half))

    def verdict(self, differences: np.ndarray, margin: float = MARGIN) -> Verdict:
        """What paired differences over splits (J,) show: a difference at 5 %, or, by two one-sided tests at 5 % each, that it
        is smaller than the margin."""
        wide, narrow = self.interval(differences), self.interval(differences, _TOST_LEVEL)
        level = -margin < narrow.low and narrow.high < margin
        if wide.low > 0:
            return "higher by less than the margin" if level else "higher"
        if wide.high < 0:
            return "lower by less than the margin" if level else "lower"
        return "level" if level else "open"
