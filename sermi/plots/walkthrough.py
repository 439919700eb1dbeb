"""Figures of the walkthrough, large enough for the back of a room."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from sermi.plots.style import COLOURS, GRID, TEXT, style


def bars(values: Mapping[str, float], *, unit: str, ceiling: float, what: str) -> go.Figure:
    """A bar a row with its value written at its end. unit: "%" for shares from 0 to 1, else written after the number."""
    names = list(values)

    def written(value: float) -> str:
        return f"{100 * value:.1f} %" if unit == "%" else f"{value:.2f} {unit}"

    figure = go.Figure(
        go.Bar(
            x=list(values.values()),
            y=names,
            orientation="h",
            marker={"color": [COLOURS["neutral"], *[COLOURS["sad"]] * (len(names) - 1)], "cornerradius": 5},
            text=[written(value) for value in values.values()],
            textposition="outside",
            textfont={"size": 17},
            cliponaxis=False,
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )
    style(figure, 80 + 62 * len(names))
    figure.update_layout(bargap=0.4)
    figure.update_xaxes(
        range=[0, 1.18 * ceiling],
        title=what,
        gridcolor=GRID,
        zerolinecolor=TEXT,
        tickformat=".0%" if unit == "%" else ".1f",
    )
    figure.update_yaxes(autorange="reversed", showgrid=False, ticksuffix="  ", tickfont={"size": 16})
    return figure


def describe_bars(values: Mapping[str, float], *, unit: str) -> str:
    """The bars in words.

    >>> describe_bars({"Real": 0.5, "Generated": 0.25}, unit="nats")
    'Real 0.50 nats, generated 0.25 nats.'
    """
    written = [
        f"{name} {100 * value:.1f} %" if unit == "%" else f"{name} {value:.2f} {unit}" for name, value in values.items()
    ]
    return ", ".join([written[0], *(one[0].lower() + one[1:] for one in written[1:])]) + "."
