"""Figures of what was measured: how good a checkpoint is and for whom, and what information is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from sermi.plots.style import COLOURS, FONT, GRID, TEXT, percent, style, wrapped

_UNIT = "\N{NO-BREAK SPACE}%"
INK = COLOURS["sad"]
"""The colour of what has no emotion of its own."""


def confusion(classes: Sequence[str], counts: Sequence[Sequence[int]]) -> go.Figure:
    """Rows are what was acted, columns what was recognised; each cell its share of the row. counts: (K, K)."""
    shares = _shares(counts)
    names = [name.capitalize() for name in classes]
    many = len(names) > 5  # then a phone has no room for units
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=names,
            y=names,
            zmin=0,
            zmax=1,
            colorscale=[[0, "rgba(41, 118, 216, 0.03)"], [1, INK]],
            showscale=False,
            xgap=3,
            ygap=3,
            text=[[percent(float(value)) for value in row] for row in shares],
            hovertemplate="%{y} heard as %{x}: %{text}<extra></extra>",
        )
    )
    for i, row in enumerate(shares):
        for j, share in enumerate(row):
            figure.add_annotation(
                x=names[j],
                y=names[i],
                text=percent(float(share)).removesuffix(_UNIT if many else ""),
                showarrow=False,
                font={"size": 13, "family": FONT, "color": "#fff" if share > 0.55 else TEXT},
            )
    style(figure, 60 + 48 * len(names))
    figure.update_yaxes(autorange="reversed", showgrid=False, ticksuffix="  ", tickfont={"size": 13})
    figure.update_xaxes(side="top", showgrid=False, tickfont={"size": 13})
    return figure


def describe_confusion(classes: Sequence[str], counts: Sequence[Sequence[int]]) -> str:
    """The recall of each class and the largest mistake."""
    shares = _shares(counts)
    recalls = ", ".join(f"{name} {percent(float(shares[i, i]))}" for i, name in enumerate(classes))
    wrong = shares - np.diag(np.diag(shares))
    i, j = np.unravel_index(wrong.argmax(), wrong.shape)
    return (
        f"Heard right: {recalls}. Most often mistaken: {classes[i]} for {classes[j]} ({percent(float(wrong[i, j]))})."
    )


def reliability(bins: Sequence[tuple[float, float, int]]) -> go.Figure:
    """Accuracy against confidence; dots on the diagonal keep their word. bins: (confidence, accuracy, recordings)."""
    confidence, accuracy, n = (np.array(values, float) for values in zip(*bins, strict=True))
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": TEXT, "dash": "dot", "width": 1}, hoverinfo="skip"
    )
    figure.add_scatter(
        x=confidence,
        y=accuracy,
        mode="lines+markers",
        line={"color": INK, "width": 2},
        marker={"color": INK, "size": 7 + 15 * np.sqrt(n / n.max())},
        customdata=n,
        hovertemplate="said %{x:.0%}, right %{y:.0%} of %{customdata} recordings<extra></extra>",
    )
    style(figure, 340)
    figure.update_xaxes(
        title="how sure it said it was", range=[0, 1.03], tickformat=".0%", gridcolor=GRID, zeroline=False
    )
    figure.update_yaxes(
        title="how often it was right", range=[0, 1.03], tickformat=".0%", gridcolor=GRID, zeroline=False
    )
    return figure


def describe_reliability(bins: Sequence[tuple[float, float, int]], ece: float) -> str:
    """The expected calibration error and the worst bin."""
    confidence, accuracy, n = max(bins, key=lambda one: abs(one[0] - one[1]) * one[2])
    return (
        f"Confidence and accuracy are {100 * ece:.1f} points apart on average. Where it said {percent(confidence)}, "
        f"it was right {percent(accuracy)} of the time ({n} recordings)."
    )


def recalls(groups: Mapping[str, tuple[float, int | None]]) -> go.Figure:
    """A dot a group: its mean recall, sorted. groups: name -> (recall, recordings, if their number is known)."""
    ordered = sorted(groups.items(), key=lambda item: item[1][0])
    names = [name.replace("_", " ") for name, _ in ordered]
    values, n = [value for _, (value, _) in ordered], [count for _, (_, count) in ordered]
    figure = go.Figure()
    for name, value in zip(names, values, strict=True):
        figure.add_scatter(
            x=[0, value], y=[name, name], mode="lines", line={"color": GRID, "width": 6}, hoverinfo="skip"
        )
    figure.add_scatter(
        x=values,
        y=names,
        mode="markers+text",
        marker={"size": 11, "color": INK},
        text=[percent(value) for value in values],
        textposition="middle right",
        cliponaxis=False,
        customdata=[f" of {count} recordings" if count else "" for count in n],
        hovertemplate="%{y}: %{x:.1%}%{customdata}<extra></extra>",
    )
    style(figure, 46 + max(22, 30 - len(names) // 4) * len(names))
    figure.update_xaxes(
        range=[0, 1.08], tickformat=".0%", tickvals=[0, 0.25, 0.5, 0.75, 1], gridcolor=GRID, zeroline=False
    )
    figure.update_yaxes(type="category", showgrid=False, ticksuffix="  ", dtick=1, range=[-0.6, len(names) - 0.4])
    return figure


def describe_recalls(groups: Mapping[str, tuple[float, int | None]], what: str) -> str:
    """Best, worst and the gap."""
    (low, (least, _)), *_, (high, (most, _)) = sorted(groups.items(), key=lambda item: item[1][0])
    return (
        f"Mean recall by {what}: from {percent(least)} ({low.replace('_', ' ')}) to {percent(most)} "
        f"({high.replace('_', ' ')})."
    )


def information_against_gain(points: Mapping[str, tuple[float, float]], real: float | None) -> go.Figure:
    """A dot an augmenter: how much its set carries about the emotion, in nats, and what it is worth, in UA from 0 to 1.

    points: title -> (information, gain). real: what real features carry about a new speaker, drawn as a line.
    """
    x, y = ([value[i] for value in points.values()] for i in range(2))
    figure = go.Figure(
        go.Scatter(
            x=x,
            y=[100 * value for value in y],
            mode="markers+text",
            marker={"size": 12, "color": INK},
            text=list(points),
            textposition=_apart(x, y),
            textfont={"size": 11},
            cliponaxis=False,
            hovertemplate="%{text}: %{x:.2f} nats, %{y:+.1f} points<extra></extra>",
        )
    )
    if real is not None:
        figure.add_vline(x=real, line={"color": TEXT, "dash": "dot", "width": 1})
        figure.add_annotation(
            x=real, y=0, yref="paper", text="real, new speakers", showarrow=False, xshift=4, xanchor="left", yshift=8
        )
    style(figure, 360)
    low, high = min(x), max(x)
    figure.update_xaxes(
        title="I(c; ĥ) of the set, nats", range=[low - 0.18, high + 0.18], gridcolor=GRID, zeroline=False
    )
    figure.update_yaxes(title="gain in UA, points", gridcolor=GRID, zeroline=True, zerolinecolor=TEXT)
    return figure


def _apart(x: Sequence[float], y: Sequence[float]) -> list[str]:
    """Where each label goes: above its dot, or below it where a label above would cover another."""
    width, height = (max(values) - min(values) or 1.0 for values in (x, y))
    places: list[str] = []
    for i in range(len(x)):
        near = [j for j in range(i) if abs(x[i] - x[j]) < 0.3 * width and abs(y[i] - y[j]) < 0.08 * height]
        above = any(places[j] == "top center" for j in near)
        places.append("bottom center" if above else "top center")
    return places


def describe_information_against_gain(points: Mapping[str, tuple[float, float]], real: float | None) -> str:
    """Every dot in words."""
    listed = ", ".join(f"{name} {nats:.2f} nats for {100 * gain:+.1f}" for name, (nats, gain) in points.items())
    against = "" if real is None else f" Real features carry {real:.2f} nats about speakers left out."
    return f"Information and gain in UA, points: {listed}.{against}"


def recall_by_size(rows: Sequence[tuple[float, float, float, float, float]], title: str) -> go.Figure:
    """UA against the number of training recordings, real alone and with generated features.

    rows: (recordings, UA without, UA with, low and high gain, paired), from the fewest recordings to the most.
    """
    n, without, with_generated, low, high = (np.array(values, float) for values in zip(*rows, strict=True))
    figure = go.Figure()
    for values, name, colour, symbol in (
        (without, "real data alone", COLOURS["neutral"], "circle"),
        (with_generated, title, INK, "diamond"),
    ):
        ours = values is with_generated
        figure.add_scatter(
            x=n,
            y=values,
            mode="lines+markers",
            name=name,
            line={"color": colour, "width": 3},
            marker={"size": 11, "symbol": symbol},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": without + high - values if ours else np.zeros(len(n)),
                "arrayminus": values - without - low if ours else np.zeros(len(n)),
                "color": colour,
                "visible": ours,
            },
            hovertemplate=f"{name}, %{{x:,.0f}} recordings: %{{y:.1%}}<extra></extra>",
            showlegend=True,
        )
    style(figure, 380)
    figure.update_layout(
        showlegend=True, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "itemclick": False}
    )
    figure.update_xaxes(
        title="recordings to train on",
        type="log",
        gridcolor=GRID,
        zeroline=False,
        tickvals=n,
        ticktext=[f"{v:,.0f}" for v in n],
    )
    figure.update_yaxes(tickformat=".0%", gridcolor=GRID, zeroline=False, title="UA on speakers left out")
    return figure


def describe_recall_by_size(rows: Sequence[tuple[float, float, float, float, float]]) -> str:
    """Each point in words."""
    listed = "; ".join(
        f"{n:,.0f} recordings, {100 * without:.1f} to {100 * most:.1f} ({100 * low:+.1f} to {100 * high:+.1f})"
        for n, without, most, low, high in rows
    )
    return f"UA in per cent without and with generated features, with the gain's interval: {listed}."


def quality(measures: Sequence[str], table: Mapping[str, Sequence[float]]) -> go.Figure:
    """How far each set is from what real speech of other speakers reaches, as a ratio: 1 is real speech.

    table: way -> a ratio for each measure.
    """
    names = [wrapped(name) for name in table]
    figure = go.Figure()
    symbols = ("circle", "diamond", "square", "triangle-up", "triangle-down", "x")
    colours = (INK, *(COLOURS[emotion] for emotion in ("happy", "disgust", "fearful", "sad", "angry")))
    for i, measure in enumerate(measures):
        figure.add_scatter(
            x=[ratios[i] for ratios in table.values()],
            y=names,
            mode="markers",
            name=measure,
            marker={"size": 12, "symbol": symbols[i % 6], "color": colours[i % 6]},
            hovertemplate="%{y}, " + measure + ": %{x:.2f} of real speech<extra></extra>",
            showlegend=True,
        )
    figure.add_vline(x=1, line={"color": TEXT, "dash": "dot", "width": 1})
    style(figure, 130 + 36 * len(names))
    figure.update_layout(
        showlegend=True, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "itemclick": False}
    )
    figure.update_xaxes(title="ratio to real speech (1)", gridcolor=GRID, zeroline=False, rangemode="tozero")
    figure.update_yaxes(automargin=True, gridcolor=GRID, ticksuffix="  ")
    return figure


def describe_quality(measures: Sequence[str], table: Mapping[str, Sequence[float]]) -> str:
    """Every ratio in words."""
    listed = "; ".join(
        f"{name}: " + ", ".join(f"{what.lower()} {value:.2f}" for what, value in zip(measures, values, strict=True))
        for name, values in table.items()
    )
    return f"As ratios to what real features of the training speakers reach, {listed}."


def nearest_to_real(table: Mapping[str, Sequence[float]]) -> str:
    """The way whose ratios are nearest to 1: as factors, on average over all measures."""
    distance = {name: float(np.abs(np.log(np.maximum(values, 1e-3))).mean()) for name, values in table.items()}
    return min(distance, key=distance.__getitem__)


def describe_change(classes: Sequence[str], before: Sequence[Sequence[int]], after: Sequence[Sequence[int]]) -> str:
    """How the recall of each class changes, in points."""
    change = np.diag(_shares(after)) - np.diag(_shares(before))
    ordered = sorted(zip(classes, change, strict=True), key=lambda item: -item[1])
    listed = ", ".join(f"{name} {100 * value:+.1f}" for name, value in ordered)
    return f"Recall against real data alone, points: {listed}."


def _shares(counts: Sequence[Sequence[int]]) -> np.ndarray:
    table = np.asarray(counts, float)
    return table / np.maximum(table.sum(axis=1, keepdims=True), 1)
