"""The benchmark as a plotly figure: measured against true information, one panel a family of tasks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from sermi.plots.style import FONT, GRID, TEXT

COLOURS: Mapping[str, str] = MappingProxyType(
    {"InfoNCE": "#2976D8", "SMILE": "#E2B24A", "NWJ": "#6E9359", "MINE": "#C2330F", "KSG": "#6F45B0"}
)
PANELS = ("Optimal critic, batches of 128", "Trained critics, Gaussian", "Trained critics, cubic")


def figure(table: pd.DataFrame) -> go.Figure:
    """Of the rows whose tasks have levels of information. Intervals are error bars; the dotted line is the truth.

    table: columns task, true_mi, estimator, value, low, high.
    """
    drawn = make_subplots(rows=1, cols=len(PANELS), shared_yaxes=True, subplot_titles=PANELS, horizontal_spacing=0.04)
    optimal = table["estimator"].str.contains("optimal")
    families = [optimal, ~optimal & table["task"].str.startswith("Gaussian"), table["task"].str.startswith("Cubic")]
    top = table["true_mi"].max() if len(table) else 1.0
    for column, family in enumerate(families, start=1):
        drawn.add_scatter(
            x=[0, top],
            y=[0, top],
            mode="lines",
            line={"color": TEXT, "width": 1, "dash": "dot"},
            hoverinfo="skip",
            showlegend=False,
            row=1,
            col=column,
        )
        for name, colour in COLOURS.items():
            rows = table[family & table["estimator"].str.startswith(name)].sort_values("true_mi")
            if rows.empty:
                continue
            drawn.add_scatter(
                x=rows["true_mi"].tolist(),
                y=rows["value"].round(3).tolist(),
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "array": (rows["high"] - rows["value"]).clip(lower=0).round(3).tolist(),
                    "arrayminus": (rows["value"] - rows["low"]).clip(lower=0).round(3).tolist(),
                    "thickness": 1,
                },
                mode="lines+markers",
                name=name,
                legendgroup=name,
                showlegend=column == 2,
                line={"color": colour, "width": 2},
                hovertemplate=f"{name}: %{{y:.2f}} of %{{x:.2f}} nats<extra></extra>",
                row=1,
                col=column,
            )
    drawn.update_layout(
        template="none",
        height=420,
        margin={"l": 60, "r": 10, "t": 40, "b": 60},
        paper_bgcolor="rgba(0, 0, 0, 0)",
        plot_bgcolor="rgba(0, 0, 0, 0)",
        font={"family": FONT, "color": TEXT, "size": 13},
        legend={"orientation": "h", "y": -0.18},
    )
    drawn.update_xaxes(title_text="true MI (nats)", gridcolor=GRID, zeroline=False)
    drawn.update_yaxes(gridcolor=GRID, zeroline=False)
    drawn.update_yaxes(title_text="measured MI (nats)", row=1, col=1)
    return drawn
