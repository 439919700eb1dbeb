"""Figures of a comparison of augmenters."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from sermi.plots.intervals import dots
from sermi.plots.style import TEXT, wrapped


def gains(
    by_name: Mapping[str, tuple[float, float, float]], *, marked: str = "", rival: tuple[str, float] | None = None
) -> go.Figure:
    """What each augmenter is worth: a dot for the gain in UA (0 to 1) over real data alone, a line for its 95 % interval.

    Args:
        by_name: name -> (gain, low, high), drawn from the bottom up.
        marked: which one is set in bold, with a larger dot.
        rival: name and gain of one that is drawn as a line across.
    """
    points = {
        f"<b>{wrapped(name)}</b>" if name == marked else wrapped(name): (100 * gain, 100 * low, 100 * high)
        for name, (gain, low, high) in by_name.items()
    }
    figure = dots(points, sizes=[17 if name == marked else 11 for name in by_name])
    if rival:
        name, value = rival
        figure.update_layout(margin={"t": 26})
        ends = [0.0, 100 * value, *(100 * end for _, low, high in by_name.values() for end in (low, high))]
        span = max(ends) - min(ends)
        # fixed, since plotly would make room for the whole line of text on the axis
        figure.update_xaxes(range=[min(ends) - 0.05 * span, max(ends) + 0.05 * span])
        figure.add_vline(100 * value, line={"color": TEXT, "width": 1.5, "dash": "dot"})
        figure.add_annotation(
            x=100 * value,
            y=1,
            yref="paper",
            xanchor="right" if 100 * value > min(ends) + span / 2 else "left",
            yanchor="bottom",
            text=f"{name} {100 * value:+.1f}",
            showarrow=False,
        )
    figure.update_xaxes(title="gain in UA, points", rangemode="tozero")
    return figure


def describe_gains(by_name: Mapping[str, tuple[float, float, float]]) -> str:
    """`gains` in one sentence."""
    ordered = sorted(by_name.items(), key=lambda item: -item[1][0])
    listed = ", ".join(
        f"{name} {100 * gain:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})" for name, (gain, low, high) in ordered
    )
    return f"Gain in UA over real data alone, in points with 95 % intervals: {listed}."
