"""Figures of a comparison of augmenters."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from sermi.plots.style import COLOURS, GRID, TEXT, style, wrapped


def gains(by_name: Mapping[str, tuple[float, float, float]]) -> go.Figure:
    """What each augmenter is worth: a dot for the gain in UA (0 to 1) over real data alone, a line for its 95 % interval.

    by_name: name -> (gain, low, high), drawn from the bottom up.
    """
    names = [wrapped(name) for name in by_name]
    gain, low, high = (np.array([100 * values[i] for values in by_name.values()]) for i in range(3))
    figure = go.Figure(
        go.Scatter(
            x=gain,
            y=names,
            mode="markers",
            marker={"size": 11, "color": [COLOURS["sad"] if lower > 0 else COLOURS["neutral"] for lower in low]},
            error_x={"type": "data", "symmetric": False, "array": high - gain, "arrayminus": gain - low, "color": TEXT},
            customdata=np.stack([low, high], axis=1),
            hovertemplate="%{y}: %{x:+.1f} (%{customdata[0]:+.1f} to %{customdata[1]:+.1f})<extra></extra>",
        )
    )
    style(figure, 90 + 36 * len(names))
    figure.update_layout(margin={"l": 10, "r": 20, "t": 10, "b": 50}, showlegend=False)
    figure.update_xaxes(title="gain in UA, points", zeroline=True, zerolinecolor=TEXT, gridcolor=GRID, ticksuffix=" ")
    figure.update_yaxes(automargin=True, gridcolor=GRID, ticksuffix="  ")
    return figure


def describe_gains(by_name: Mapping[str, tuple[float, float, float]]) -> str:
    """`gains` in one sentence."""
    ordered = sorted(by_name.items(), key=lambda item: -item[1][0])
    listed = ", ".join(
        f"{name} {100 * gain:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})" for name, (gain, low, high) in ordered
    )
    return f"Gain in UA over real data alone, in points with 95 % intervals: {listed}."
