"""Values with their intervals: a dot and a line for each name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from sermi.plots.style import COLOURS, GRID, TEXT, style


def dots(
    by_name: Mapping[str, tuple[float, float, float]], *, sizes: Sequence[int] | int = 11, decimals: int = 1
) -> go.Figure:
    """Dots coloured where the whole interval is above 0.

    Args:
        by_name: name, as it is written -> (value, low, high), drawn from the bottom up.
        sizes: of the dots, pixels.
        decimals: of what is said of a dot under the mouse.
    """
    value, low, high = (np.array([values[i] for values in by_name.values()]) for i in range(3))
    number = f"+.{decimals}f"
    interval = f"(%{{customdata[0]:{number}}} to %{{customdata[1]:{number}}})"
    figure = go.Figure(
        go.Scatter(
            x=value,
            y=list(by_name),
            mode="markers",
            marker={"size": sizes, "color": [COLOURS["sad" if lower > 0 else "neutral"] for lower in low]},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": high - value,
                "arrayminus": value - low,
                "color": TEXT,
            },
            customdata=np.stack([low, high], axis=1),
            hovertemplate=f"%{{y}}: %{{x:{number}}} {interval}<extra></extra>",
        )
    )
    style(figure, 90 + 36 * len(by_name))
    figure.update_layout(margin={"l": 10, "r": 20, "t": 10, "b": 50}, showlegend=False)
    figure.update_xaxes(zeroline=True, zerolinecolor=TEXT, gridcolor=GRID, ticksuffix=" ")
    figure.update_yaxes(automargin=True, gridcolor=GRID, ticksuffix="  ")
    return figure
