"""Folds and splits that keep groups whole, and bootstrap intervals over groups or samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.special import stdtrit

from sermi.mi.interface import MIError

N_DRAWS = 1000
"""Bootstrap draws: the ends of a 95 % interval are then steady to about 3 % of its width."""
LEVEL = 0.95
_CELLS = 2_000_000
"""Of one chunk of bootstrap counts, to bound its memory."""


def deal_folds(
    n_folds: int, rng: np.random.Generator, *, labels: np.ndarray | None = None, groups: np.ndarray | None = None
) -> np.ndarray:
    """(N,) fold of each sample. Whole groups where there are any, dealt so that folds are about as large; else by class.

    Args:
        n_folds: at least 2.
        rng: source of the order.
        labels: (N,) codes; without groups every fold gets its share of every class.
        groups: (N,) codes.

    Raises:
        MIError: fewer samples or groups than folds.
    """
    if groups is None:
        if labels is None:
            raise TypeError("Either labels or groups are needed.")
        if len(labels) < n_folds:
            raise MIError(
                f"{len(labels)} samples can't be split into {n_folds} folds; give more samples or fewer folds."
            )
        # sorted by class, in random order within a class: every n-th sample then goes to the same fold
        order = np.lexsort((rng.random(len(labels)), labels))
        fold = np.empty(len(labels), dtype=np.int64)
        fold[order] = np.arange(len(labels)) % n_folds
        return fold
    sizes = np.bincount(groups)
    if len(sizes) < n_folds:
        raise MIError(
            f"{len(sizes)} groups can't be split into {n_folds} folds without dividing a group; "
            f"give more groups or fewer folds."
        )
    order = np.lexsort((rng.random(len(sizes)), -sizes))
    fold_sizes, fold_of_group = np.zeros(n_folds), np.empty(len(sizes), dtype=np.int64)
    for group in order:
        fold_of_group[group] = fold_sizes.argmin()
        fold_sizes[fold_of_group[group]] += sizes[group]
    return fold_of_group[groups]


def split(
    n_samples: int, shares: Sequence[float], rng: np.random.Generator, groups: np.ndarray | None = None
) -> list[np.ndarray]:
    """Sorted indices of parts with about these shares of the samples; groups stay whole, and each part gets at least one.

    Args:
        n_samples: N.
        shares: of each part, adding up to 1.
        rng: source of the order.
        groups: (N,) codes.

    Raises:
        MIError: fewer samples or groups than parts.
    """
    units = np.arange(n_samples) if groups is None else groups
    sizes = np.bincount(units, minlength=1)
    if len(sizes) < len(shares) or n_samples < len(shares):
        units_name = "samples" if groups is None else "groups"
        raise MIError(
            f"{min(len(sizes), n_samples)} {units_name} can't be split into {len(shares)} parts to fit, tune and measure on; "
            f"give more {units_name}."
        )
    order = rng.permutation(len(sizes))
    # the middle of each unit's span decides its part
    middle = (np.cumsum(sizes[order]) - sizes[order] / 2) / n_samples
    part = np.empty(len(sizes), dtype=np.int64)
    part[order] = np.searchsorted(np.cumsum(shares)[:-1], middle)
    for index in range(len(shares)):
        if not (part == index).any():
            fullest = np.bincount(part, minlength=len(shares)).argmax()
            part[np.flatnonzero(part == fullest)[0]] = index
    return [np.flatnonzero(part[units] == index) for index in range(len(shares))]


def bootstrap_counts(n_units: int, rng: np.random.Generator, n_draws: int = N_DRAWS) -> Iterator[np.ndarray]:
    """How often each unit is in a draw of n_units with replacement: (draws, n_units), in chunks of up to n_draws in all."""
    chunk = max(1, min(n_draws, _CELLS // n_units))
    for start in range(0, n_draws, chunk):
        rows = min(chunk, n_draws - start)
        drawn = rng.integers(0, n_units, (rows, n_units)) + n_units * np.arange(rows)[:, None]
        yield np.bincount(drawn.ravel(), minlength=rows * n_units).reshape(rows, n_units).astype(np.float64)


def mean_interval(
    contributions: np.ndarray, rng: np.random.Generator, groups: np.ndarray | None = None
) -> tuple[float, float]:
    """95 % percentile bootstrap interval of the mean of contributions (N,), over groups where they are given."""
    sums, sizes = group_sums(contributions, groups)
    draws = [(counts @ sums) / (counts @ sizes) for counts in bootstrap_counts(len(sums), rng)]
    return percentile_interval(np.concatenate(draws))


def group_sums(contributions: np.ndarray, groups: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Sums and sizes, each (G,), of contributions (N,) in each group that occurs; without groups, of each sample."""
    if groups is None:
        return contributions, np.ones(len(contributions))
    codes = np.unique(groups, return_inverse=True)[1]
    return np.bincount(codes, contributions), np.bincount(codes).astype(float)


def standard_error(contributions: np.ndarray, groups: np.ndarray | None) -> float:
    """Of the mean of contributions (N,), treating groups as the independent units; infinite for a single unit."""
    sums, sizes = group_sums(contributions, groups)
    if len(sums) < 2:
        return float("inf")
    around = sums - sizes * contributions.mean()
    return float(np.sqrt(np.sum(around**2) * len(sums) / (len(sums) - 1)) / sizes.sum())


def margin(contributions: np.ndarray, groups: np.ndarray | None, certainty: float) -> float:
    """How far the mean of contributions (N,) must be above 0 to be so with a one-sided certainty, by Student's t of N.

    Groups widen the standard error, not the t: with half a dozen speakers it would turn what they clearly show into nothing.
    """
    if len(contributions) < 2:
        return float("inf")
    return float(stdtrit(len(contributions) - 1, certainty)) * standard_error(contributions, groups)


def from_zero(value: float, interval: tuple[float, float]) -> tuple[float, tuple[float, float]]:
    """A value and its interval, of what is never negative: a critic below 0 knows less than nothing, and 0 bounds it too.

    >>> from_zero(-0.3, (-0.8, 0.4))
    (0.0, (0.0, 0.4))
    """
    low, high = interval
    return max(value, 0.0), (max(low, 0.0), max(high, 0.0))


def percentile_interval(draws: np.ndarray) -> tuple[float, float]:
    """The central 95 % of bootstrap draws."""
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
