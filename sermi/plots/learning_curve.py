"""The figure of the last layer fitted with and without generated samples, on few or many real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from sermi.plots.style import COLOURS, GRID, TEXT, legend_below, style

if TYPE_CHECKING:
    from sermi.quality.learning_curve import LearningCurve


def learning_curve_figure(curve: LearningCurve, n_real: int) -> go.Figure:
    """UA on speakers not fitted on, with and without generated samples: mean and range over the draws.

    n_real: real samples of each class, marked by a line.
    """
    figure = go.Figure()
    lines = [
        ("real alone", curve.alone, COLOURS["neutral"], "circle"),
        ("real + generated", curve.together, COLOURS["sad"], "diamond"),
    ]
    for name, values, colour, symbol in lines:
        low, mean, high = (100 * f(values, axis=1) for f in (np.min, np.mean, np.max))
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        figure.add_scatter(
            x=[*curve.sizes, *curve.sizes[::-1]],
            y=[*high, *low[::-1]],
            fill="toself",
            fillcolor=f"rgba({red}, {green}, {blue}, 0.18)",
            line={"width": 0},
            hoverinfo="skip",
            showlegend=False,
            mode="lines",
        )
        figure.add_scatter(
            x=curve.sizes,
            y=mean,
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2.5},
            marker={"symbol": symbol, "size": 8},
            customdata=np.stack([low, high], axis=1),
            hovertemplate=name
            + ", %{x} of each class: UA %{y:.1f} (%{customdata[0]:.1f} to %{customdata[1]:.1f})<extra></extra>",
        )
    style(figure, 320)
    only = 100 * float(curve.generated.mean())
    figure.add_hline(only, line={"color": TEXT, "width": 1.5, "dash": "dot"})
    figure.add_annotation(
        x=1, xref="paper", xanchor="right", y=only, yanchor="top", text="generated alone", showarrow=False
    )
    figure.add_vline(n_real, line={"color": TEXT, "width": 1})
    figure.update_layout(margin={"l": 4, "r": 12, "t": 8, "b": 44}, **legend_below(-0.25))
    figure.update_xaxes(
        title={"text": "real samples of each class", "font": {"size": 13}},
        type="log",
        tickvals=curve.sizes,
        ticktext=[str(s) for s in curve.sizes],
        gridcolor=GRID,
    )
    figure.update_yaxes(title={"text": "UA, %", "font": {"size": 13}}, gridcolor=GRID, nticks=6)
    return figure


def describe_learning_curve(curve: LearningCurve, n_real: int) -> str:
    """The curve at `n_real` real samples of each class, in words."""
    i = curve.sizes.index(n_real)
    alone, together, gains = 100 * curve.alone[i], 100 * curve.together[i], 100 * curve.gain[i]
    return (
        f"With {n_real} real sample{'s' if n_real > 1 else ''} of each class, UA on other speakers is {alone.mean():.1f} % "
        f"alone and {together.mean():.1f} % with {curve.n_generated} generated ones of each: {gains.mean():+.1f} points "
        f"({gains.min():+.1f} to {gains.max():+.1f} over {len(gains)} draws of speakers, which are the bands)."
    )
