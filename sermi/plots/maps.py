"""Maps of features in two dimensions: generated samples among real ones, and a visitor's own."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from sermi.plots.style import COLOURS, GRID, TEXT, legend_below, style

if TYPE_CHECKING:
    from sermi.generate import Generated

_HOVER = (
    "<b>No. %{customdata[0]}, %{customdata[1]}</b><br>I(c; ĥ) %{customdata[2]:.2f} nats, %{customdata[3]:.2f} bits"
    "%{customdata[8]}<br>%{customdata[4]}<br>nearest real: No. %{customdata[5]}, %{customdata[6]}, "
    "%{customdata[7]:.1f} away<extra></extra>"
)
_TEXT_HOVER = (
    "<b>No. %{customdata[0]}, %{customdata[1]}</b><br>nearest real words: No. %{customdata[2]}, %{customdata[3]}"
    "<extra></extra>"
)


@dataclass(frozen=True)
class RealPoints:
    """Real features on a map."""

    xy: np.ndarray
    """(R, 2), NaN for rows left out."""
    c: np.ndarray
    """(R,) codes."""
    classes: Sequence[str]
    """Names of the codes."""


def sample_map(
    real: RealPoints,
    generated: Generated | None = None,
    xy: np.ndarray | None = None,
    *,
    own_recording: np.ndarray | None = None,
    extent: np.ndarray | None = None,
    height: int | None = None,
    legend: bool = True,
) -> go.Figure:
    """Real features hollow, generated ones filled in the colour of their emotion.

    Args:
        real: the real features.
        generated: the samples, N of them.
        xy: (N, 2), where they lie; rows of NaN are left out.
        own_recording: (2,), where the visitor's recording lies, drawn as a star.
        extent: (M, 2) points that must fit, so that maps side by side share their axes; None for those drawn.
        height: pixels, None for the place's own.
        legend: whether there is one.
    """
    figure = _real_points(real)
    if generated is not None and xy is not None:
        _add_generated(figure, real, generated, xy)
    if own_recording is not None:
        figure.add_scatter(
            x=[own_recording[0]],
            y=[own_recording[1]],
            name="You",
            mode="markers",
            marker={"symbol": "star", "size": 19, "color": "#111", "line": {"width": 1.5, "color": "#fff"}},
            hovertemplate="You: your last recording<extra></extra>",
        )
    _map_layout(figure, height)
    figure.update_layout(showlegend=legend)
    if extent is not None:
        low, high = np.nanmin(extent, axis=0), np.nanmax(extent, axis=0)
        (x_low, y_low), (x_high, y_high) = low - 0.04 * (high - low), high + 0.04 * (high - low)
        figure.update_xaxes(range=[x_low, x_high]).update_yaxes(range=[y_low, y_high])
    return figure


def text_map(real: RealPoints, generated: Generated, xy: np.ndarray, *, height: int | None = None) -> go.Figure:
    """The text features t̂ of pairs among real sentences' features. xy: (N, 2); height: pixels, None for the place's own."""
    figure = _real_points(real)
    nearest = np.empty(0, int) if generated.nearest_text is None else generated.nearest_text
    hover = [
        [number, generated.classes[code], int(row), real.classes[real.c[row]]]
        for number, (code, row) in enumerate(zip(generated.c, nearest, strict=True))
    ]
    for code in np.unique(generated.c):
        marker = {"symbol": "diamond", "size": 7, "color": COLOURS[generated.classes[code]], "line": {"width": 0}}
        rows = np.flatnonzero(generated.c == code)
        name = generated.classes[code].capitalize()
        _add_samples(figure, xy, rows, name=name, marker=marker, customdata=hover, template=_TEXT_HOVER)
    _map_layout(figure, height)
    return figure


def describe_map(generated: Generated, n_real: int, *, own_recording: bool = False, brief: bool = False) -> str:
    """The map in words.

    Args:
        generated: the samples, N of them.
        n_real: real features among them.
        own_recording: whether the visitor's recording is there.
        brief: beside another map that says the rest.
    """
    counts = Counter(generated.classes[code] for code in generated.c)
    listed = ", ".join(f"{count} {name}" for name, count in counts.items())
    n = len(generated.c)
    if brief:
        return f"{n:,} generated: {listed}."
    return (
        f"{n:,} generated features (filled) among {n_real:,} real ones (hollow) of speakers that the generator never "
        f"met: {listed}."
        f"{' The star is your last recording.' if own_recording else ''}"
    )


def describe_real(real: RealPoints, *, own_recording: bool = False) -> str:
    """The map of real features alone in words."""
    counts = Counter(real.classes[code] for code in real.c)
    listed = ", ".join(f"{count} {name}" for name, count in counts.items())
    star = " The star is your last recording." if own_recording else ""
    return f"{len(real.c):,} real features of speakers that the generator never met: {listed}.{star}"


def describe_text_map(generated: Generated) -> str:
    """The map of text features in words."""
    n = len(generated.c)
    return f"{n:,} generated text features t̂ (filled), one for each sample, among real sentences' features (hollow)."


def _real_points(real: RealPoints) -> go.Figure:
    figure = go.Figure()
    placed = np.isfinite(real.xy[:, 0])
    rows = np.flatnonzero(placed)
    figure.add_scatter(
        **_columns(real.xy[rows]),
        name="Real",
        mode="markers",
        marker={
            "size": 4.5,
            "color": "rgba(0, 0, 0, 0)",
            "opacity": 0.75,
            "line": {"width": 1, "color": [COLOURS[real.classes[code]] for code in real.c[rows]]},
        },
        customdata=[[int(row), real.classes[real.c[row]]] for row in rows],
        hovertemplate="Real No. %{customdata[0]}, %{customdata[1]}<extra></extra>",
        showlegend=False,
    )
    figure.add_scatter(  # in the legend a circle of no emotion stands for all of them
        x=[None], y=[None], name="Real", mode="markers", marker={"symbol": "circle-open", "size": 7, "color": TEXT}
    )
    return figure


def _add_generated(figure: go.Figure, real: RealPoints, generated: Generated, xy: np.ndarray) -> None:
    hover = _hover_data(generated, real)
    for code in np.unique(generated.c):
        colour, name = COLOURS[generated.classes[code]], generated.classes[code].capitalize()
        marker = {"size": 7, "color": colour, "line": {"width": 0.6, "color": "rgba(255, 255, 255, 0.7)"}}
        rows = np.flatnonzero(generated.c == code)
        _add_samples(figure, xy, rows, name=name, marker=marker, customdata=hover, template=_HOVER)


def _hover_data(generated: Generated, real: RealPoints) -> list[list[object]]:
    """What is shown of each sample that is pointed at."""
    percents = np.exp(generated.log_q)
    order = np.argsort(-percents, axis=1)
    return [
        [
            number,
            generated.classes[code],
            round(float(score), 4),
            round(float(score) / math.log(2), 4),
            ", ".join(f"{generated.classes[k]} {100 * p[k]:.0f} %" for k in ranks),
            int(row),
            real.classes[real.c[row]],
            round(float(distance), 2),
            "" if generated.words is None else f"<br>I(t; ĥ) {generated.words[number]:.2f} nats",
        ]
        for number, (code, score, p, ranks, row, distance) in enumerate(
            zip(generated.c, generated.score, percents, order, generated.nearest, generated.distance, strict=True)
        )
    ]


def _add_samples(
    figure: go.Figure,
    xy: np.ndarray,
    rows: np.ndarray,
    *,
    name: str,
    marker: Mapping[str, object],
    customdata: Sequence[Sequence[object]],
    template: str,
) -> None:
    rows = rows[np.isfinite(xy[rows, 0])]
    figure.add_scatter(
        **_columns(xy[rows]),
        name=name,
        mode="markers",
        marker=dict(marker),
        customdata=[customdata[row] for row in rows],
        hovertemplate=template,
        meta="generated",
    )


def _columns(xy: np.ndarray) -> dict[str, list[float]]:
    """Coordinates as short numbers: a map travels to the browser as text."""
    return {"x": xy[:, 0].astype(float).round(3).tolist(), "y": xy[:, 1].astype(float).round(3).tolist()}


def _map_layout(figure: go.Figure, height: int | None) -> None:
    style(figure, 400)
    figure.update_layout(
        height=height, hovermode="closest", margin={"l": 4, "r": 4, "t": 4, "b": 8}, **legend_below(-0.02)
    )
    axis = {"showticklabels": False, "zeroline": False, "showgrid": False, "ticks": "", "showline": True}
    figure.update_xaxes(**axis, linecolor=GRID, mirror=True)
    figure.update_yaxes(**axis, linecolor=GRID, mirror=True)
