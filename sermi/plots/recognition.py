"""Figures of one recording: how likely each emotion is, and what voice and words say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from sermi.plots.style import COLOURS, GRID, ink_on, percent, ranked, style

if TYPE_CHECKING:
    from sermi.prediction import Prediction

_LABELLED = 0.15
"""Share of a row from which there is room for a label, on a phone too."""


def probability_bars(probabilities: Mapping[str, float]) -> go.Figure:
    """One horizontal bar a class, in the order of the class set, with its probability written at its end."""
    classes, values = list(probabilities), list(probabilities.values())
    figure = go.Figure(
        go.Bar(
            x=values,
            y=[name.capitalize() for name in classes],
            orientation="h",
            marker={"color": [COLOURS[name] for name in classes], "cornerradius": 4},
            text=[percent(value) for value in values],
            textposition="outside",
            textfont={"size": 14},
            cliponaxis=False,
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )
    style(figure, height=40 * len(classes) + 16)
    figure.update_layout(bargap=0.42)
    figure.update_xaxes(visible=False, range=[0, 1.14])
    figure.update_yaxes(autorange="reversed", tickfont={"size": 14}, ticksuffix="  ", showgrid=False)
    return figure


def sources(prediction: Prediction) -> go.Figure:
    """What the voice alone, the words alone and both together say: a row each, every class a share of it.

    Without a transcript the words' row is an empty frame that says so, and there is no row for both.
    """
    rows: list[tuple[str, Mapping[str, float]]] = [("Voice", prediction.audio_only)]
    if prediction.text_only is not None:
        rows += [("Words", prediction.text_only), ("Together", prediction.probabilities)]
    figure = go.Figure()
    for name in prediction.probabilities:
        values = [row[name] for _, row in rows]
        figure.add_bar(
            x=values,
            y=[label for label, _ in rows],
            orientation="h",
            name=name.capitalize(),
            marker={"color": COLOURS[name], "line": {"width": 0}},
            text=[f"{name.capitalize()}<br>{percent(value)}" if value >= _LABELLED else "" for value in values],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            textfont={"color": ink_on(COLOURS[name]), "size": 12},
            customdata=[f"{name} {percent(value)}" for value in values],
            hovertemplate="%{y}: %{customdata}<extra></extra>",
        )
    labels = [label for label, _ in rows]
    if prediction.text_only is None:
        labels.append("Words")
        frame = {"line": {"color": GRID, "width": 1.5, "dash": "dot"}, "fillcolor": "rgba(0, 0, 0, 0)"}
        figure.add_shape(type="rect", x0=0, x1=1, y0=0.62, y1=1.38, **frame)
        figure.add_annotation(x=0.5, y="Words", text="no transcript given", showarrow=False, font={"size": 12})
    style(figure, height=54 * len(labels) + 8)
    figure.update_layout(barmode="stack", bargap=0.24, uniformtext={"minsize": 11, "mode": "hide"})
    figure.update_xaxes(visible=False, range=[0, 1])
    figure.update_yaxes(
        categoryorder="array",
        categoryarray=labels,
        range=[len(labels) - 0.5, -0.5],
        tickfont={"size": 14},
        ticksuffix="  ",
        showgrid=False,
    )
    return figure


def describe_probabilities(probabilities: Mapping[str, float]) -> str:
    """The bars in words.

    >>> describe_probabilities({"sad": 0.2, "happy": 0.8}).replace(chr(160), " ")
    'Happy 80 %, sad 20 %.'
    """
    return ", ".join(f"{name} {percent(value)}" for name, value in ranked(probabilities)).capitalize() + "."


def describe_sources(prediction: Prediction) -> str:
    """The comparison of voice and words in words."""
    voice, voice_p = ranked(prediction.audio_only)[0]
    if prediction.text_only is None:
        return "No transcript was given, so the voice decides alone."
    words, words_p = ranked(prediction.text_only)[0]
    both = ranked(prediction.probabilities)[0][0]
    if voice == words:
        return f"Voice ({percent(voice_p)}) and words ({percent(words_p)}) agree on {voice}."
    return (
        f"The voice alone says {voice} ({percent(voice_p)}), the words alone {words} ({percent(words_p)}); "
        f"together {both}."
    )
