"""The figure of what other sentences of a voice are worth, where no training met it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from sermi.known_sentences import KnownSentences
from sermi.plots.style import COLOURS, GRID, style

_COLOURS = (COLOURS["sad"], COLOURS["angry"], COLOURS["fearful"], COLOURS["disgust"])


def recall_by_known(lines: Mapping[str, Sequence[KnownSentences]]) -> go.Figure:
    """UA against the number of sentences known: a line where nothing is known of their emotion, dots where they are neutral.

    A line is dotted where fewer corpora have speakers with as many. lines: title of the encoder -> its points, as
    `describe_recall_by_known` takes them.
    """
    figure = go.Figure()
    numbers = sorted({point.n for points in lines.values() for point in points})
    for i, (title, points) in enumerate(lines.items()):
        colour = _COLOURS[i % len(_COLOURS)]
        unlabelled, neutral = ([point for point in points if point.neutral == known] for known in (False, True))
        n_alike = sum(point.n_corpora == unlabelled[0].n_corpora for point in unlabelled)
        figure.add_trace(_line(unlabelled[:n_alike], colour, "solid"))
        figure.add_trace(_line(unlabelled[n_alike - 1 :], colour, "dot"))
        figure.add_trace(_dots(unlabelled, title, colour, "circle", shift=0.0))
        figure.add_trace(_dots(neutral, f"{title}, neutral ones", colour, "diamond-open", shift=0.08))
    style(figure, 400)
    figure.update_layout(
        showlegend=True, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "itemclick": False}
    )
    figure.update_xaxes(
        title={"text": "other sentences known of the voice", "font": {"size": 13}},
        tickvals=[_place(n) for n in numbers],
        ticktext=[str(n) for n in numbers],
        gridcolor=GRID,
        zeroline=False,
    )
    figure.update_yaxes(title={"text": "UA", "font": {"size": 13}}, tickformat=".0%", gridcolor=GRID, zeroline=False)
    return figure


def _place(n: int) -> float:
    """On the axis: the first sentences matter most."""
    return float(np.log2(1 + n))


def _line(points: Sequence[KnownSentences], colour: str, dash: str) -> go.Scatter:
    return go.Scatter(
        x=[_place(point.n) for point in points],
        y=[point.ua for point in points],
        mode="lines",
        line={"color": colour, "width": 2.5, "dash": dash},
        hoverinfo="skip",
        showlegend=False,
    )


def _dots(points: Sequence[KnownSentences], name: str, colour: str, symbol: str, *, shift: float) -> go.Scatter:
    return go.Scatter(
        x=[_place(point.n) + shift for point in points],
        y=[point.ua for point in points],
        mode="markers",
        name=name,
        marker={"color": colour, "size": 10, "symbol": symbol, "line": {"width": 2, "color": colour}},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [point.interval[1] - point.ua for point in points],
            "arrayminus": [point.ua - point.interval[0] for point in points],
            "color": colour,
            "thickness": 1.5,
        },
        customdata=[(f"{name}, {point.title}", *point.interval) for point in points],
        hovertemplate="%{customdata[0]}: %{y:.1%} (%{customdata[1]:.1%} to %{customdata[2]:.1%})<extra></extra>",
        showlegend=bool(points),
    )


def describe_recall_by_known(lines: Mapping[str, Sequence[KnownSentences]]) -> str:
    """What a first sentence gives, the most that all corpora have, and the most neutral ones.

    lines: title of the encoder -> its points, that with nothing known first, then from few sentences to many.
    """
    sentences = []
    for title, (first, *others) in lines.items():
        parts = [f"{_percent(first.ua)} (UA) with nothing known of the voice"]
        unlabelled = [point for point in others if not point.neutral and point.n_corpora == first.n_corpora]
        neutral = [point for point in others if point.neutral]
        parts += [f"{_percent(point.ua)} with {point.n} other sentences" for point in unlabelled[-1:]]
        parts += [f"{_percent(point.ua)} with {point.n} known to be neutral" for point in neutral[-1:]]
        sentences.append(f"{title}: {', '.join(parts)}.")
    return " ".join([*sentences, *_fewer_corpora(lines)])


def table_of_known(lines: Mapping[str, Sequence[KnownSentences]]) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the figure's numbers: a row for each number of sentences, a column for each line."""
    by_title = {title: {point.title: point for point in points} for title, points in lines.items()}
    kinds = list(dict.fromkeys(kind for points in by_title.values() for kind in points))
    rows = [[kind, *(_cell(points.get(kind)) for points in by_title.values())] for kind in kinds]
    return ["Sentences known", *(f"{title}: UA, % (95 %)" for title in by_title)], rows


def _cell(point: KnownSentences | None) -> str:
    if point is None:
        return ""
    low, high = point.interval
    return f"{100 * point.ua:.1f} ({100 * low:.1f} to {100 * high:.1f})"


def _fewer_corpora(lines: Mapping[str, Sequence[KnownSentences]]) -> list[str]:
    most = max(point.n_corpora for points in lines.values() for point in points)
    fewer = {(point.title, point.n_corpora) for points in lines.values() for point in points if point.n_corpora < most}
    return [
        f"Only {n} of {most} corpora have speakers with sentences enough for {title}." for title, n in sorted(fewer)
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"
