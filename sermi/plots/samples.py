"""Figures of generated samples: where they lie, what they tell, and what they buy."""

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
    from sermi.mi import MIEstimate

_BINS = 36
_ALIKE = "rgba(41, 118, 216, 0.14)"
_HOVER = (
    "<b>No. %{customdata[0]}, %{customdata[1]}</b><br>I(c; ĥ) %{customdata[2]:.2f} nats, %{customdata[3]:.2f} bits"
    "%{customdata[8]}<br>%{customdata[4]}<br>nearest real: No. %{customdata[5]}, %{customdata[6]}, "
    "%{customdata[7]:.1f} away<extra></extra>"
)
_TEXT_HOVER = (
    "<b>No. %{customdata[0]}, %{customdata[1]}</b><br>nearest real words: No. %{customdata[2]}, %{customdata[3]}"
)


@dataclass(frozen=True)
class RealPoints:
    """Real features on a map. xy: (R, 2), NaN for rows left out; c: (R,) codes; classes: their names."""

    xy: np.ndarray
    c: np.ndarray
    classes: Sequence[str]


def sample_map(
    real: RealPoints,
    made: Generated | None = None,
    xy: np.ndarray | None = None,
    kept: np.ndarray | None = None,
    you: np.ndarray | None = None,
    *,
    extent: np.ndarray | None = None,
    height: int | None = None,
    legend: bool = True,
) -> go.Figure:
    """Real features hollow, generated ones filled in the colour of their emotion, those a filter drops as grey crosses, and a
    star for the visitor's own recording.

    xy: (N, 2), where the samples `made` lie; kept: (N,) bool; you: (2,) or None.
    extent: (M, 2) points that must fit, so that maps side by side share their axes; None for those drawn. height: pixels,
    None for the place's own.
    """
    figure = _real_points(real)
    if made is not None and xy is not None:
        kept = np.ones(len(xy), bool) if kept is None else kept
        about = _about(made, real)
        if not kept.all():
            marker = {"symbol": "x-thin", "size": 5, "opacity": 0.7, "line": {"width": 1, "color": TEXT}}
            _add_samples(figure, xy, about, np.flatnonzero(~kept), "Dropped", marker, _HOVER)
        for code in np.unique(made.c):
            colour = COLOURS[made.classes[code]]
            marker = {"size": 7, "color": colour, "line": {"width": 0.6, "color": "rgba(255, 255, 255, 0.7)"}}
            rows = np.flatnonzero(kept & (made.c == code))
            _add_samples(figure, xy, about, rows, made.classes[code].capitalize(), marker, _HOVER)
    if you is not None:
        figure.add_scatter(
            x=[you[0]],
            y=[you[1]],
            name="You",
            mode="markers",
            marker={"symbol": "star", "size": 19, "color": "#111", "line": {"width": 1.5, "color": "#fff"}},
            hovertemplate="You: your last recording<extra></extra>",
        )
    _map_layout(figure, height)
    figure.update_layout(showlegend=legend)
    if extent is not None:
        low, high = np.nanmin(extent, axis=0), np.nanmax(extent, axis=0)
        (left, bottom), (right, top) = low - 0.04 * (high - low), high + 0.04 * (high - low)
        figure.update_xaxes(range=[left, right]).update_yaxes(range=[bottom, top])
    return figure


def text_map(real: RealPoints, made: Generated, xy: np.ndarray, *, height: int | None = None) -> go.Figure:
    """The text features t̂ of pairs among real sentences' features. xy: (N, 2)."""
    figure = _real_points(real)
    nearest = [] if made.nearest_text is None else made.nearest_text
    about = [
        [number, made.classes[code], int(row), real.classes[real.c[row]]]
        for number, (code, row) in enumerate(zip(made.c, nearest, strict=True))
    ]
    for code in np.unique(made.c):
        marker = {"symbol": "diamond", "size": 7, "color": COLOURS[made.classes[code]], "line": {"width": 0}}
        rows = np.flatnonzero(made.c == code)
        _add_samples(figure, xy, about, rows, made.classes[code].capitalize(), marker, _TEXT_HOVER + "<extra></extra>")
    _map_layout(figure, height)
    return figure


def information_gauge(sets: Mapping[str, MIEstimate], real: MIEstimate, ceiling: float, tolerance: float) -> go.Figure:
    """I(c; ·) of each generated set with its interval, beside real features, shuffled labels and the ceiling log K, nats.

    The band is where a set counts as informative as real features: `tolerance` of the real value to either side.
    """
    rows = {name.capitalize(): (made.value, *made.interval, COLOURS["sad"]) for name, made in sets.items()}
    rows["Real speech"] = (real.value, *real.interval, COLOURS["neutral"])
    controls = [made.control for made in sets.values() if made.control is not None]
    if controls:
        rows["Shuffled labels"] = (controls[0], controls[0], controls[0], COLOURS["neutral"])
    value, low, high = (np.array([row[i] for row in rows.values()]) for i in range(3))
    figure = go.Figure(
        go.Scatter(
            x=value,
            y=list(rows),
            mode="markers+text",
            marker={"size": 13, "color": [row[3] for row in rows.values()]},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": high - value,
                "arrayminus": value - low,
                "color": TEXT,
            },
            text=[f"{v + 0.0:.2f}" for v in value.round(2)],
            textposition="top center",
            customdata=np.stack([low, high, value / math.log(2)], axis=1),
            hovertemplate="%{y}: %{x:.2f} nats (%{customdata[0]:.2f} to %{customdata[1]:.2f}), %{customdata[2]:.2f} bits"
            "<extra></extra>",
            cliponaxis=False,
        )
    )
    style(figure, 96 + 52 * len(rows))
    figure.add_vrect(
        (1 - tolerance) * real.value, (1 + tolerance) * real.value, fillcolor=_ALIKE, line_width=0, layer="below"
    )
    figure.add_vline(ceiling, line={"color": TEXT, "width": 1.5, "dash": "dot"})
    figure.add_annotation(
        x=ceiling,
        y=1,
        yref="paper",
        yanchor="bottom",
        xanchor="right",
        text=f"ceiling log K {ceiling:.2f}",
        showarrow=False,
    )
    figure.update_layout(margin={"l": 4, "r": 12, "t": 26, "b": 44})
    start = min(0.0, float(low.min())) - 0.04 * ceiling
    figure.update_xaxes(
        title={"text": "I(c; ·), nats", "font": {"size": 13}},
        range=[start, 1.06 * ceiling],
        showgrid=True,
        gridcolor=GRID,
        zeroline=False,
    )
    figure.update_yaxes(range=[len(rows) - 0.5, -0.7], ticksuffix="  ", tickfont={"size": 14}, showgrid=False)
    return figure


def score_histogram(made: Generated, at_least: float | None = None) -> go.Figure:
    """How many samples of each emotion have which I(c; ĥ), stacked, with the filter's threshold."""
    edges = np.linspace(min(-1.0, float(made.score.min())), math.log(len(made.classes)), _BINS + 1)
    width = edges[1] - edges[0]
    figure = go.Figure()
    for code in np.unique(made.c):
        counts = np.histogram(np.minimum(made.score[made.c == code], edges[-1]), edges)[0]
        name = made.classes[code]
        figure.add_bar(
            x=edges[:-1] + width / 2,
            y=counts,
            width=0.92 * width,
            name=name.capitalize(),
            marker={"color": COLOURS[name], "line": {"width": 0}},
            hovertemplate=f"{name}: %{{y}} with about %{{x:.2f}} nats<extra></extra>",
        )
    style(figure, 270)
    if at_least is not None:
        figure.add_vline(at_least, line={"color": TEXT, "width": 2})
        figure.add_vrect(edges[0] - width, at_least, fillcolor="rgba(122, 128, 140, 0.16)", line_width=0)
    figure.update_layout(barmode="stack", margin={"l": 4, "r": 8, "t": 8, "b": 44}, **legend_below(-0.34))
    figure.update_xaxes(
        title={"text": "I(c; ĥ) of a sample, nats", "font": {"size": 13}},
        range=[edges[0] - width, edges[-1] + width],
        zeroline=True,
    )
    figure.update_xaxes(zerolinecolor=TEXT, showgrid=False)
    figure.update_yaxes(title={"text": "samples", "font": {"size": 13}}, gridcolor=GRID, nticks=5)
    return figure


def describe_map(made: Generated, kept: np.ndarray, n_real: int, *, you: bool = False, brief: bool = False) -> str:
    """The map in words; `brief` beside another that says the rest."""
    counts = Counter(made.classes[code] for code in made.c[kept])
    listed = ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"
    dropped = len(kept) - int(kept.sum())
    if brief:
        return f"{len(kept):,} generated: {listed}{f'; {dropped:,} dropped' if dropped else ''}."
    return (
        f"{len(kept):,} generated features (filled) among {n_real:,} real ones (hollow) of speakers that the generator never "
        f"met: {listed}{f'; {dropped:,} dropped by the filter' if dropped else ''}."
        f"{' The star is your last recording.' if you else ''}"
    )


def describe_real(real: RealPoints, *, you: bool = False) -> str:
    """The map of real features alone in words."""
    counts = Counter(real.classes[code] for code in real.c)
    return (
        f"{len(real.c):,} real features of speakers that the generator never met: "
        f"{', '.join(f'{count} {name}' for name, count in counts.items())}.{' The star is your last recording.' if you else ''}"
    )


def describe_text_map(made: Generated) -> str:
    """The map of text features in words."""
    return f"{len(made.c):,} generated text features t̂ (filled), one for each sample, among real sentences' features (hollow)."


def describe_gauge(sets: Mapping[str, MIEstimate], real: MIEstimate, ceiling: float) -> str:
    """The gauge in words."""
    parts = [
        f"{name.capitalize()}: {made.value:.2f} nats ({made.interval[0]:.2f} to {made.interval[1]:.2f}), {made.bits:.2f} bits"
        for name, made in sets.items()
    ]
    control = next((made.control for made in sets.values() if made.control is not None), None)
    shuffled = "" if control is None else f"; with shuffled labels {control + 0.0:.2f}"
    return (
        f"{'; '.join(parts)}. Real speech: {real.value:.2f} ({real.interval[0]:.2f} to {real.interval[1]:.2f}){shuffled}; at "
        f"most {ceiling:.2f}."
    )


def describe_scores(made: Generated, kept: np.ndarray) -> str:
    """The histogram in words."""
    means = ", ".join(f"{made.classes[code]} {made.score[made.c == code].mean():.2f}" for code in np.unique(made.c))
    against = int((made.score < 0).sum())
    return (
        f"On average {made.score.mean():.2f} nats a sample ({means}); {against:,} of {len(kept):,} speak for another emotion. "
        f"The filter keeps {int(kept.sum()):,}."
    )


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


def _about(made: Generated, real: RealPoints) -> list[list[object]]:
    """What the hover says of each sample."""
    percents = np.exp(made.log_q)
    order = np.argsort(-percents, axis=1)
    return [
        [
            number,
            made.classes[code],
            round(float(score), 4),
            round(float(score) / math.log(2), 4),
            ", ".join(f"{made.classes[k]} {100 * p[k]:.0f} %" for k in ranks),
            int(row),
            real.classes[real.c[row]],
            round(float(distance), 2),
            "" if made.words is None else f"<br>I(t; ĥ) {made.words[number]:.2f} nats",
        ]
        for number, (code, score, p, ranks, row, distance) in enumerate(
            zip(made.c, made.score, percents, order, made.nearest, made.distance, strict=True)
        )
    ]


def _add_samples(
    figure: go.Figure,
    xy: np.ndarray,
    about: Sequence[Sequence[object]],
    rows: np.ndarray,
    name: str,
    marker: Mapping[str, object],
    hover: str,
) -> None:
    rows = rows[np.isfinite(xy[rows, 0])]
    figure.add_scatter(
        **_columns(xy[rows]),
        name=name,
        mode="markers",
        marker=dict(marker),
        customdata=[about[row] for row in rows],
        hovertemplate=hover,
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
