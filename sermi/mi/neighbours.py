"""Nearest-neighbour estimates: nothing is trained, so they check the critics; for few dimensions only."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import digamma

from sermi.mi import confounds, inputs
from sermi.mi.basis import fit_basis
from sermi.mi.canonical import matched
from sermi.mi.interface import MIError, MIEstimate
from sermi.mi.marginals import fit_marginals

MOST_DIMENSIONS = 16
_ROWS = 256
_N_SUBSETS = 30
_NORMAL_95 = 1.96
_TIE = 1e-9
"""Spread of the noise that parts equal values, on features of spread 1 (as Kraskov et al. 2004 do)."""


@dataclass(frozen=True)
class NearestNeighbourInformation:
    """I(x; y) from distances to neighbours: KSG for features y, Ross for labels y.

    More than `dimensions` features go to that many principal components, which can only lose information. The estimates are
    consistent, but with many dimensions, or more information than some nats, they fall short: neighbours are then far away.

    Attributes:
        n_neighbours: k; fewer err less and vary more.
        dimensions: of either side at most, up to 16.
        max_samples: distances are between all pairs, so of more samples a random part is taken.
        seed: of that part, of ties and of the interval.
        control: also measure on shuffled pairs.
    """

    n_neighbours: int = 3
    dimensions: int = MOST_DIMENSIONS
    max_samples: int = 4000
    seed: int = 0
    control: bool = True

    def __post_init__(self) -> None:
        if self.n_neighbours < 1:
            raise MIError(f"n_neighbours must be at least 1, not {self.n_neighbours}.")
        if not 1 <= self.dimensions <= MOST_DIMENSIONS:
            raise MIError(
                f"dimensions must be from 1 to {MOST_DIMENSIONS}, not {self.dimensions}: distances mean less in more."
            )
        if self.max_samples <= self.n_neighbours:
            raise MIError(f"max_samples must be above n_neighbours, not {self.max_samples}.")

    @property
    def name(self) -> str:
        """Of the estimator; an estimate says itself whether KSG or Ross it was."""
        return f"{self.n_neighbours} nearest neighbours"

    def estimate(self, x: Any, y: Any, groups: Any = None) -> MIEstimate:
        """I(x; y) in nats, an estimate that may err both ways, on at most `max_samples` of the samples.

        Args:
            x: (N, d) features.
            y: (N,) labels (integers, booleans or names), or features: (N, d') or (N,) fractions.
            groups: (N,) speakers; the interval is over them. Neighbours may be of the same one.

        Raises:
            MIError: the input can't be measured; the message says what to change.
        """
        table = inputs.features(x)
        given = inputs.array(y)
        discrete = given.ndim == 1 and given.dtype.kind != "f"
        other = inputs.labels(given)[1] if discrete else inputs.features(y, "y")
        inputs.same_length(table, other)
        if len(table) <= self.n_neighbours:
            raise MIError(f"{len(table)} samples have no {self.n_neighbours} neighbours each; give more samples.")
        group = inputs.group_codes(groups, len(table))
        rng = np.random.default_rng(self.seed)
        if len(table) > self.max_samples:
            rows = np.sort(rng.choice(len(table), self.max_samples, replace=False))
            table, other = table[rows], other[rows]
            group = None if group is None else np.unique(group[rows], return_inverse=True)[1]
        left, right = self._prepared(table, other, discrete)
        left = left + rng.normal(0, _TIE, left.shape)
        right = right if discrete else right + rng.normal(0, _TIE, right.shape)
        measure = self._ross if discrete else self._ksg
        value, ceiling = measure(left, right)
        margin = _NORMAL_95 * self._standard_error(measure, left, right, groups=group, rng=rng)
        control, within = None, None
        if self.control:
            control = measure(left, right[rng.permutation(len(right))])[0]
        if self.control and group is not None:
            within = measure(left, right[confounds.shuffle_within(group, rng)])[0]
        return MIEstimate(
            value=min(value, ceiling),
            interval=(min(value, ceiling) - margin, min(value + margin, ceiling)),
            ceiling=ceiling,
            control=control,
            kind="estimate",
            estimator=f"{'Ross' if discrete else 'KSG'}, {self.name}",
            n_train=0,
            n_eval=len(left),
            n_groups=None if group is None else int(group.max()) + 1,
            within_groups=within,
            warning=confounds.warning(
                table, other if discrete else None, group, value=value, within=within, seed=self.seed
            ),
        )

    def _prepared(self, x: np.ndarray, y: np.ndarray, discrete: bool) -> tuple[np.ndarray, np.ndarray]:
        """(N, d), (N, d') -> both with at most `dimensions` columns, labels as they are."""
        left = self._components(x)
        right = np.eye(int(y.max()) + 1)[y] if discrete else self._components(y)
        left, right = matched(left, right, self.seed)
        return left, y if discrete else right

    def _components(self, x: np.ndarray) -> np.ndarray:
        scores = fit_marginals(x)(x)
        return fit_basis(scores, self.seed, self.dimensions)(scores)

    def _standard_error(
        self,
        measure: Callable[[np.ndarray, np.ndarray], tuple[float, float]],
        x: np.ndarray,
        y: np.ndarray,
        *,
        groups: np.ndarray | None,
        rng: np.random.Generator,
    ) -> float:
        """From random halves of the samples, or of the groups: the delete-d jackknife (Shao and Wu 1989).

        Copies of a sample would be its own neighbours, so a bootstrap is out; and samples share neighbours, so the spread of
        their single contributions would be too small. With halves it is a little too large rather than too small.
        """
        units = np.arange(len(x)) if groups is None else groups
        n_units = int(units.max()) + 1
        kept = n_units // 2
        values = []
        for _ in range(_N_SUBSETS):
            rows = np.isin(units, rng.choice(n_units, kept, replace=False))
            if np.count_nonzero(rows) > self.n_neighbours:
                with suppress(MIError):  # a half may have no class twice where the whole has
                    values.append(measure(x[rows], y[rows])[0])
        if len(values) < 2:
            raise MIError(f"{len(x)} samples are too few for an interval; give more, or fewer neighbours.")
        return float(np.std(values) * np.sqrt(kept / (n_units - kept)))

    def _ksg(self, x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
        """Value and ceiling of Kraskov, Stögbauer and Grassberger 2004, eq. 8 (their first algorithm).

        I = ψ(k) + ψ(N) - <ψ(n_x + 1) + ψ(n_y + 1)>, with n the samples strictly nearer in one space than the k-th neighbour
        is in both together. At least k - 1 are, so no contribution passes ψ(N) - ψ(k).
        """
        k, n_samples = self.n_neighbours, len(x)
        contributions = np.empty(n_samples)
        for start in range(0, n_samples, _ROWS):
            rows = slice(start, start + _ROWS)
            x_far, y_far = (cdist(side[rows], side, "chebyshev") for side in (x, y))
            # each row counts itself at distance 0: it is neighbour number 0, and the "+ 1" of the equation
            radius = np.partition(np.maximum(x_far, y_far), k, axis=1)[:, k, None]
            n_x, n_y = (np.count_nonzero(far < radius, axis=1) for far in (x_far, y_far))
            contributions[rows] = digamma(k) + digamma(n_samples) - digamma(n_x) - digamma(n_y)
        return float(contributions.mean()), float(digamma(n_samples) - digamma(k))

    def _ross(self, x: np.ndarray, codes: np.ndarray) -> tuple[float, float]:
        """Value and ceiling of Ross 2014, eq. 2.

        I = ψ(N) - <ψ(N_c)> + ψ(k) - <ψ(m)>, with m the samples of all classes as near as the k-th neighbour of one's own.
        Classes with a single sample have none and are left out of the means, as Ross does. The ceiling is H(c); digammas of
        few samples would pass it by about (K - 1) / 2N.
        """
        sizes = np.bincount(codes)
        alone = sizes[codes] < 2
        if alone.all():
            raise MIError("Every label occurs once, so no sample has a neighbour of its own class; give fewer classes.")
        x, codes = x[~alone], codes[~alone]
        contributions = np.empty(len(x))
        for c in np.unique(codes):
            own = np.flatnonzero(codes == c)
            k = min(self.n_neighbours, len(own) - 1)
            for rows in np.split(own, np.arange(_ROWS, len(own), _ROWS)):
                far = cdist(x[rows], x, "chebyshev")
                radius = np.partition(far[:, own], k, axis=1)[:, k, None]
                near = np.count_nonzero(far <= radius, axis=1) - 1
                contributions[rows] = digamma(len(x)) - digamma(len(own)) + digamma(k) - digamma(near)
        shares = np.bincount(codes)[np.unique(codes)] / len(codes)
        return float(contributions.mean()), float(-np.sum(shares * np.log(shares)))
