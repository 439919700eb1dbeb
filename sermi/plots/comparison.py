"""Figures of a comparison of augmenters."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from sermi.plots.style import COLOURS, GRID, TEXT, style, wrapped


def gains(
    by_name: Mapping[str, tuple[float, float, float]], *, marked: str = "", rival: tuple[str, float] | None = None
) -> go.Figure:
    """What each augmenter is worth: a dot for the gain in UA (0 to 1) over real data alone, a line for its 95 % interval.

    Args:
        by_name: name -> (gain, low, high), drawn from the bottom up.
        marked: which one is set in bold, with a larger dot.
        rival: name and gain of one that is drawn as a line across.
    """
    names = [f"<b>{wrapped(name)}</b>" if name == marked else wrapped(name) for name in by_name]
    gain, low, high = (np.array([100 * values[i] for values in by_name.values()]) for i in range(3))
    figure = go.Figure(
        go.Scatter(
            x=gain,
            y=names,
            mode="markers",
            marker={
                "size": [17 if name == marked else 11 for name in by_name],
                "color": [COLOURS["sad"] if lower > 0 else COLOURS["neutral"] for lower in low],
            },
            error_x={"type": "data", "symmetric": False, "array": high - gain, "arrayminus": gain - low, "color": TEXT},
            customdata=np.stack([low, high], axis=1),
            hovertemplate="%{y}: %{x:+.1f} (%{customdata[0]:+.1f} to %{customdata[1]:+.1f})<extra></extra>",
        )
    )
    style(figure, 90 + 36 * len(names))
    figure.update_layout(margin={"l": 10, "r": 20, "t": 26 if rival else 10, "b": 50}, showlegend=False)
    if rival:
        name, value = rival
        figure.add_vline(100 * value, line={"color": TEXT, "width": 1.5, "dash": "dot"})
        figure.add_annotation(
            x=100 * value, y=1, yref="paper", yanchor="bottom", text=f"{name} {100 * value:+.1f}", showarrow=False
        )
    figure.update_xaxes(title="gain in UA, points", rangemode="tozero", ticksuffix=" ")
    figure.update_xaxes(zeroline=True, zerolinecolor=TEXT, gridcolor=GRID)
    figure.update_yaxes(automargin=True, gridcolor=GRID, ticksuffix="  ")
    return figure


def describe_gains(by_name: Mapping[str, tuple[float, float, float]]) -> str:
    """`gains` in one sentence."""
    ordered = sorted(by_name.items(), key=lambda item: -item[1][0])
    listed = ", ".join(
        f"{name} {100 * gain:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})" for name, (gain, low, high) in ordered
    )
    return f"Gain in UA over real data alone, in points with 95 % intervals: {listed}."
