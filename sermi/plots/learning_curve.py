"""The figure of what generated samples buy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from sermi.plots.style import COLOURS, GRID, TEXT, legend_below, style

if TYPE_CHECKING:
    from sermi.quality.learning_curve import LearningCurve


def benefit_curve(found: LearningCurve, n_real: int) -> go.Figure:
    """UA on speakers not fitted on, with and without generated samples: mean and range over the draws."""
    figure = go.Figure()
    lines = [
        ("real alone", found.alone, COLOURS["neutral"], "circle"),
        ("real + generated", found.together, COLOURS["sad"], "diamond"),
    ]
    for name, values, colour, symbol in lines:
        low, mean, high = (100 * f(values, axis=1) for f in (np.min, np.mean, np.max))
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        figure.add_scatter(
            x=[*found.sizes, *found.sizes[::-1]],
            y=[*high, *low[::-1]],
            fill="toself",
            fillcolor=f"rgba({red}, {green}, {blue}, 0.18)",
            line={"width": 0},
            hoverinfo="skip",
            showlegend=False,
            mode="lines",
        )
        figure.add_scatter(
            x=found.sizes,
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
    only = 100 * float(found.generated.mean())
    figure.add_hline(only, line={"color": TEXT, "width": 1.5, "dash": "dot"})
    figure.add_annotation(
        x=1, xref="paper", xanchor="right", y=only, yanchor="top", text="generated alone", showarrow=False
    )
    figure.add_vline(n_real, line={"color": TEXT, "width": 1})
    figure.update_layout(margin={"l": 4, "r": 12, "t": 8, "b": 44}, **legend_below(-0.25))
    figure.update_xaxes(
        title={"text": "real samples of each class", "font": {"size": 13}},
        type="log",
        tickvals=found.sizes,
        ticktext=[str(s) for s in found.sizes],
        gridcolor=GRID,
    )
    figure.update_yaxes(title={"text": "UA, %", "font": {"size": 13}}, gridcolor=GRID, nticks=6)
    return figure


def describe_benefit(found: LearningCurve, n_real: int) -> str:
    """What generated samples buy at n_real real ones of each class, in words."""
    i = found.sizes.index(n_real)
    alone, together, gains = 100 * found.alone[i], 100 * found.together[i], 100 * found.gain[i]
    return (
        f"With {n_real} real sample{'s' if n_real > 1 else ''} of each class, UA on other speakers is {alone.mean():.1f} % "
        f"alone and {together.mean():.1f} % with {found.n_generated} generated ones of each: {gains.mean():+.1f} points "
        f"({gains.min():+.1f} to {gains.max():+.1f} over {len(gains)} draws of speakers, which are the bands)."
    )
