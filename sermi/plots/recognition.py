"""Figures of one recording: how likely each emotion is, what voice and words say, and how it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from sermi.audio import SAMPLE_RATE
from sermi.plots.style import COLOURS, GRID, ink_on, percent, ranked, style

if TYPE_CHECKING:
    from sermi.predictor import Prediction, Segment

SILENCE = "rgba(122, 128, 140, 0.45)"
_LABELLED = 0.15
"""Share of a row from which there is room for a label, on a phone too."""
_COLUMNS = 700
"""Columns of the waveform's envelope: about one a pixel on a laptop."""


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


def timeline(waveform: np.ndarray, prediction: Prediction) -> go.Figure:
    """The waveform ((samples,), 16 kHz) in the colour of the likeliest emotion, over the course of all probabilities.

    Both come from the voice alone, in sliding windows; the trimmed silence at either end stays grey.
    """
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.42, 0.58], vertical_spacing=0.05)
    _add_waveform(figure, waveform, prediction)
    first, last = prediction.segments[0], prediction.segments[-1]
    times = [first.start_s, *(_centre(segment) for segment in prediction.segments), last.end_s]
    padded = [first, *prediction.segments, last]
    for name in prediction.probabilities:
        values = [segment.probabilities[name] for segment in padded]
        figure.add_scatter(
            x=times,
            y=values,
            stackgroup="probability",
            name=name.capitalize(),
            mode="lines",
            line={"width": 0, "color": COLOURS[name]},
            fillcolor=COLOURS[name],
            customdata=[percent(value) for value in values],
            hovertemplate="%{customdata}",
            row=2,
            col=1,
        )
    style(figure, height=330)
    figure.update_layout(
        hovermode="x",
        showlegend=True,
        legend={
            "orientation": "h",
            "y": -0.16,
            "yanchor": "top",
            "x": 0,
            "traceorder": "normal",
            "itemclick": False,
            "itemdoubleclick": False,
            "font_size": 13,
        },
    )
    figure.update_xaxes(range=[0, prediction.duration_s], showgrid=False, zeroline=False)
    figure.update_xaxes(
        ticksuffix=" s", nticks=8, hoverformat=".1f", ticks="outside", ticklen=6, tickcolor=GRID, row=2, col=1
    )
    figure.update_xaxes(showticklabels=False, row=1, col=1)
    figure.update_yaxes(visible=False, range=[-1.05, 1.05], row=1, col=1)
    figure.update_yaxes(range=[0, 1], tickvals=[0.5, 1], ticktext=["50 % ", "100 % "], gridcolor=GRID, row=2, col=1)
    return figure


def _add_waveform(figure: go.Figure, waveform: np.ndarray, prediction: Prediction) -> None:
    for region in _with_silence(regions(prediction.segments), prediction.duration_s):
        x, low, high = _envelope(waveform, region.start_s, region.end_s)
        figure.add_scatter(
            x=[*x, *x[::-1]],
            y=[*high, *low[::-1]],
            fill="toself",
            fillcolor=COLOURS.get(region.emotion, SILENCE),
            line={"width": 0},
            mode="lines",
            hoverinfo="skip",
            showlegend=False,
            row=1,
            col=1,
        )


@dataclass(frozen=True)
class Region:
    """A stretch of a recording over which one emotion stays the likeliest; '' where nothing was said."""

    start_s: float
    end_s: float
    emotion: str


def regions(segments: Sequence[Segment]) -> list[Region]:
    """Overlapping windows as stretches side by side: a window speaks for the time that is nearest to its centre."""
    edges = [
        segments[0].start_s,
        *((_centre(a) + _centre(b)) / 2 for a, b in pairwise(segments)),
        segments[-1].end_s,
    ]
    stretches: list[Region] = []
    for segment, start, end in zip(segments, edges[:-1], edges[1:], strict=True):
        emotion = ranked(segment.probabilities)[0][0]
        if stretches and stretches[-1].emotion == emotion:
            start = stretches.pop().start_s
        stretches.append(Region(start, end, emotion))
    return stretches


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


def describe_timeline(prediction: Prediction, longest: int = 5) -> str:
    """The timeline in words: its stretches in order, or each emotion's share where there are more than `longest`."""
    stretches = regions(prediction.segments)
    if len(stretches) == 1:
        return f"The voice sounds {stretches[0].emotion} from beginning to end."
    if len(stretches) <= longest:
        parts = [f"{stretch.emotion} until {stretch.end_s:.1f} s" for stretch in stretches[:-1]]
        return f"The voice sounds {', then '.join(parts)}, then {stretches[-1].emotion}."
    shares: dict[str, float] = {}
    total = stretches[-1].end_s - stretches[0].start_s
    for stretch in stretches:
        shares[stretch.emotion] = shares.get(stretch.emotion, 0.0) + (stretch.end_s - stretch.start_s) / total
    parts = [f"{emotion} for {percent(share)} of the time" for emotion, share in ranked(shares)]
    return f"The voice changes {len(stretches) - 1} times: {', '.join(parts)}."


def _centre(segment: Segment) -> float:
    return (segment.start_s + segment.end_s) / 2


def _with_silence(stretches: list[Region], duration_s: float) -> list[Region]:
    before = Region(0.0, stretches[0].start_s, "")
    after = Region(stretches[-1].end_s, duration_s, "")
    return [region for region in (before, *stretches, after) if region.end_s - region.start_s > 0.01]


def _envelope(waveform: np.ndarray, start_s: float, end_s: float) -> tuple[list[float], list[float], list[float]]:
    """Times, lows and highs of a stretch of the waveform, relative to the peak of the whole."""
    step = max(1, len(waveform) // _COLUMNS)
    first = int(start_s * SAMPLE_RATE) // step
    columns = max(1, -(-int(end_s * SAMPLE_RATE) // step) - first)
    cut = waveform[first * step : (first + columns) * step]
    cut = np.pad(cut, (0, -len(cut) % step))
    peak = max(float(np.abs(waveform).max()), 1e-9)
    blocks = cut.reshape(-1, step) / peak
    times = (first + np.arange(len(blocks)) + 0.5) * step / SAMPLE_RATE
    return _rounded(np.clip(times, start_s, end_s)), _rounded(blocks.min(axis=1)), _rounded(blocks.max(axis=1))


def _rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), 4) for value in values]
