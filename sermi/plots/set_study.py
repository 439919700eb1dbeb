"""How well measures of generated sets rank them by what they buy."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from sermi.plots.intervals import dots
from sermi.plots.style import wrapped


def rank_correlations(by_measure: Mapping[str, tuple[float, float, float]]) -> go.Figure:
    """A dot for each measure's rank correlation with the gain, a line for its interval.

    Args:
        by_measure: title -> (correlation, low, high), drawn from the top down.
    """
    figure = dots({wrapped(name): values for name, values in reversed(list(by_measure.items()))}, decimals=2)
    figure.update_xaxes(title="rank correlation with the gain", range=[-1.05, 1.05])
    return figure


def describe_rank_correlations(by_measure: Mapping[str, tuple[float, float, float]]) -> str:
    """The same in words: what tells, and what doesn't."""
    telling = [name for name, (_, low, _) in by_measure.items() if low > 0]
    misleading = [name for name, (_, _, high) in by_measure.items() if high < 0]
    parts = [f"Above chance: {', '.join(telling) or 'none'}."]
    if misleading:
        parts.append(f"The wrong way round: {', '.join(misleading)}.")
    return " ".join(parts)
