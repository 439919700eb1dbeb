"""The space in which neighbourhoods mean something: the leading components of real features, a few tens at most.

In very many dimensions every sample is about as far from every other, and new speakers lie outside all balls. So there are
as many components as still let real features of some speakers reach those of others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sermi.quality.deals import Deal
from sermi.quality.sets import NEIGHBOURS, FeatureSet
from sermi.quality.statistics import distance_blocks, prdc

CANDIDATES = (30, 20, 15, 10, 7, 5)
"""Numbers of components."""
SANE = 0.4
"""Of precision, recall, density and coverage of real against real the smallest, on average over deals, is at least so much."""


@dataclass(frozen=True)
class Space:
    """Components of one half of the speakers: to it the other half and what was generated are strangers alike."""

    centre: np.ndarray
    """(d,)."""
    axes: np.ndarray
    """(d, m), orthonormal columns, the leading one first."""

    @classmethod
    def of(cls, h: np.ndarray, weights: np.ndarray) -> Space:
        """All components of h (N, d), whose rows count by weights (N,)."""
        shares = weights / weights.sum()
        centre = shares @ h
        around = (h - centre) * np.sqrt(shares)[:, None]
        return cls(centre, np.linalg.eigh(around.T @ around)[1][:, ::-1])

    def leading(self, n: int) -> Space:
        """Its first n components."""
        return Space(self.centre, self.axes[:, :n])

    def __call__(self, h: np.ndarray) -> np.ndarray:
        """(N, m) components of h (N, d)."""
        return (h - self.centre) @ self.axes


def choose_components(deals: Sequence[Deal], spaces: Sequence[Space]) -> int:
    """The most of `CANDIDATES` for which real against real is sane; where none is, the number that comes nearest to it."""
    least: dict[int, float] = {}
    for n in sorted({min(n, spaces[0].axes.shape[1]) for n in CANDIDATES}, reverse=True):
        of_deals = []
        for deal, whole in zip(deals, spaces, strict=True):
            space = whole.leading(n)
            of_deals.append(list(prdc_by_class(space(deal.target.h), space(deal.real.h), deal.target.c).values()))
        least[n] = float(np.mean(of_deals, axis=0).min())
        if least[n] >= SANE:
            return n
    return max(least, key=least.__getitem__)


def prdc_by_class(real: np.ndarray, other: np.ndarray, c: np.ndarray) -> dict[str, float]:
    """`prdc` of other beside real, both (N, d) with codes c (N,): within each class, mean over classes."""
    by_class = [prdc(real[c == k], other[c == k], NEIGHBOURS) for k in np.unique(c)]
    return {name: float(np.mean([measured[name] for measured in by_class])) for name in by_class[0]}


def nearest_corpus(deal: Deal, side: FeatureSet, space: Space) -> np.ndarray:
    """(n,) code of the corpus whose real feature of the first half, of the same class, is nearest to each of a side."""
    first, x = space(deal.target.h), space(side.h)
    nearest = np.empty(len(x), dtype=np.int64)
    for k in np.unique(side.c):
        rows = deal.target.c == k
        distances = np.concatenate([block for _, block in distance_blocks(x[side.c == k], first[rows])])
        nearest[side.c == k] = deal.corpus[rows][distances.argmin(axis=1)]
    return nearest
