"""A search over hyper-parameters that doesn't stop at the edge of its grid.

The grid is a window onto ladders of values, one for each hyper-parameter, the same wherever it means the same. As long as a
neighbour of the best point on a ladder wasn't tried, as at the window's edge, it is, with all else as in the best.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

Point = Mapping[str, Any]
"""A value for each hyper-parameter."""
PENALTY, SPREAD = "penalty", "spread"
LADDERS: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        PENALTY: (1.0, 0.1, 0.01, 0.001, 0.0001, 0.00001),
        SPREAD: (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0),
        "steps": (0, 20, 60, 200, 600),
        "scale": (0.15, 0.3, 0.6, 1.0, 1.7, 2.8),
        "neighbours": (1, 3, 10, 30),
        "alpha": (0.05, 0.2, 1.0, 5.0),
        "shrinkage": (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9),
        "decay": (0.001, 0.01, 0.1, 1.0, 10.0),
    }
)
"""Values by hyper-parameter, in order. Others aren't ordered and have no edge."""
MAX_WIDENINGS = 6
"""Rounds of trying what lies beyond."""


@dataclass(frozen=True)
class Outcome:
    """What a search ended with."""

    point: Point
    value: float
    """At that point."""
    widened: Mapping[str, list[float]]
    """Values beyond the grid that were tried, by hyper-parameter."""
    at_edge: tuple[str, ...]
    """Hyper-parameters whose value is the last of its ladder, or of what could be tried."""


def search(grid: Sequence[Point], evaluate: Callable[[Sequence[Point]], Sequence[float]]) -> Outcome:
    """The best point. Ties go to the earlier one.

    Args:
        grid: The points to try first. A hyper-parameter that has one value in them is fixed.
        evaluate: Values of points, higher is better.
    """
    points, values = list(grid), list(evaluate(grid))
    axes = [axis for axis in grid[0] if axis in LADDERS and len({point[axis] for point in grid}) > 1]
    starts = {axis: _tried(grid, axis) for axis in axes}
    for _ in range(MAX_WIDENINGS):
        best = points[values.index(max(values))]
        new = [point for axis in starts for point in _neighbours(best, axis) if point not in points]
        if not new:
            break
        points += new
        values += evaluate(new)
    best = points[values.index(max(values))]
    tried = {axis: _tried(points, axis) for axis in starts}
    return Outcome(
        best,
        max(values),
        widened={axis: more for axis in starts if (more := [v for v in tried[axis] if v not in starts[axis]])},
        at_edge=tuple(axis for axis in starts if best[axis] in (tried[axis][0], tried[axis][-1])),
    )


def _tried(points: Sequence[Point], axis: str) -> list[float]:
    """In the order of the ladder."""
    return sorted({point[axis] for point in points}, key=LADDERS[axis].index)


def _neighbours(best: Point, axis: str) -> list[Point]:
    """The best point with the values before and after its own of an axis."""
    ladder, place = LADDERS[axis], LADDERS[axis].index(best[axis])
    return [{**best, axis: ladder[i]} for i in (place - 1, place + 1) if 0 <= i < len(ladder)]
