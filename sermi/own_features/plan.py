"""What `sermi augment` would do and about how long it would take, from timings of a small piece on this machine."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from sermi.own_features.augmentation import augment, check_wanted
from sermi.own_features.gains import cross_validated_gains, design_of
from sermi.own_features.resamplers import available, targets, way
from sermi.own_features.table import FeatureTable

_PIECE = 160
"""Rows that are timed."""


def describe_plan(table: FeatureTable, *, times: float, with_report: bool, seed: int = 0) -> str:
    """What would be done, a line for each step, and how long it takes.

    Args:
        table: of the real rows.
        times: generated rows for each real one.
        with_report: whether gains are cross-validated.
        seed: of the piece that is timed.
    """
    y = table.y.to_numpy()
    wanted = targets(y, times)
    check_wanted(y, wanted)
    steps = [
        f"{label}: {(y == label).sum():,} real rows, {wanted[label] - (y == label).sum():,} to generate"
        for label in np.unique(y).tolist()
    ]
    seconds = _seconds(table, times, with_report, seed)
    if with_report:
        n_folds, n_repeats = design_of(table.X, table.y, groups=table.groups)
        ways = ", ".join(way(name).title for name in available())
        dealt = f", dealt {n_repeats} times" if n_repeats > 1 else ""
        kind = "speaker-disjoint" if table.groups is not None else "stratified"
        steps.append(f"compare by {n_folds} {kind} folds{dealt}: {ways}")
    return "\n".join([*(f"  {step}" for step in steps), f"  about {spelt(seconds)}"])


def _seconds(table: FeatureTable, times: float, with_report: bool, seed: int) -> float:
    """Of the whole table: what a piece takes, times how much larger the table is."""
    piece = _piece(table, seed)
    share = len(table) / len(piece)
    start = perf_counter()
    augment(piece, times=max(times, 1.0), seed=seed)
    seconds = share * (perf_counter() - start)
    if with_report:
        n_folds, n_repeats = design_of(table.X, table.y, groups=table.groups)
        start = perf_counter()
        cross_validated_gains(piece.X, piece.y, text=piece.text, times=times, n_folds=2, n_repeats=1, seed=seed)
        # half of the piece trains in two folds, and all but one fold of the table
        seconds += n_repeats * (n_folds - 1) * 2 * share * (perf_counter() - start) / 2
    return seconds


def _piece(table: FeatureTable, seed: int) -> FeatureTable:
    """Rows drawn of each class as far as there are some, without groups."""
    from dataclasses import replace

    rng = np.random.default_rng(seed)
    order = table.frame.iloc[rng.permutation(len(table))]
    each = max(4, _PIECE // table.y.nunique())
    rows = order.groupby(table.columns.label, observed=True).head(each)
    return FeatureTable(table.name, rows, replace(table.columns, group=None), table.blocks)


def spelt(seconds: float) -> str:
    """A duration in words, no more exact than it is known.

    >>> spelt(4), spelt(95), spelt(4000)
    ('5 seconds', '2 minutes', '1.1 hours')
    """
    if seconds < 60:
        return f"{max(5, 5 * round(seconds / 5))} seconds"
    return f"{round(seconds / 60)} minutes" if seconds < 3_600 else f"{seconds / 3_600:.1f} hours"
