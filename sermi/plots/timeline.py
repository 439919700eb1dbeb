"""How the emotion changes over a recording: its waveform in the colours of emotions, over the course of probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from sermi.plots.style import COLOURS, GRID, TEXT, percent, ranked, style
from sermi.speech import NO_SPEECH, Span, intersection

if TYPE_CHECKING:
    from sermi.audio import Recording
    from sermi.prediction import Prediction, Segment

SILENCE = "rgba(122, 128, 140, 0.45)"
_COLUMNS = 2_400
"""Columns of the waveform's envelope: a quarter of a second each in ten minutes."""
_BRIDGED_S = 0.4
"""Pauses that are too short to be seen as such."""
_ZOOMED_S = 20.0
"""From this length on there is something to zoom into."""


def timeline(recording: Recording, prediction: Prediction) -> go.Figure:
    """The waveform in the colour of the likeliest emotion, over the course of all probabilities.

    Both come from the voice alone, in sliding windows; in pauses the waveform is grey and the course blank. In what is longer
    a slider below chooses a stretch, and a button goes back to the whole.
    """
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.42, 0.58], vertical_spacing=0.05)
    _add_waveform(figure, recording, prediction)
    _add_course(figure, prediction)
    is_zoomed = prediction.duration_s >= _ZOOMED_S
    style(figure, height=410 if is_zoomed else 330)
    figure.update_layout(
        hovermode="x",
        showlegend=True,
        legend={
            "orientation": "h",
            "y": -0.42 if is_zoomed else -0.16,
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
    figure.update_yaxes(
        range=[0, 1], tickvals=[0.5, 1], ticktext=["50 % ", "100 % "], gridcolor=GRID, zeroline=False, row=2, col=1
    )
    if is_zoomed:
        _add_zoom(figure, prediction.duration_s)
    return figure


@dataclass(frozen=True)
class Region:
    """A stretch of speech over which one emotion stays the likeliest."""

    start_s: float
    end_s: float
    emotion: str


def regions(prediction: Prediction) -> list[Region]:
    """Overlapping windows as stretches of speech side by side: a window speaks for the time that is nearest to its centre."""
    if not prediction.segments:
        return []
    edges = [0.0, *((a + b) / 2 for a, b in pairwise(map(_centre, prediction.segments))), prediction.duration_s]
    stretches: list[Region] = []
    speech = _bridged(prediction.speech)
    for segment, window in zip(prediction.segments, pairwise(edges), strict=True):
        emotion = ranked(segment.probabilities)[0][0]
        for start, end in intersection(speech, window):
            is_next = stretches and stretches[-1].emotion == emotion and stretches[-1].end_s == start
            stretches.append(Region(stretches.pop().start_s if is_next else start, end, emotion))
    return stretches


def describe_timeline(prediction: Prediction, longest: int = 5) -> str:
    """The timeline in words: its stretches in order, or each emotion's share where there are more than `longest`."""
    stretches = regions(prediction)
    if not stretches:
        return NO_SPEECH
    turns = [a for a, b in pairwise(stretches) if a.emotion != b.emotion]
    if not turns:
        return f"The voice sounds {stretches[0].emotion} from beginning to end."
    if len(turns) < longest:
        parts = [f"{turn.emotion} until {spelt(turn.end_s)}" for turn in turns]
        return f"The voice sounds {', then '.join(parts)}, then {stretches[-1].emotion}."
    shares: dict[str, float] = {}
    total = sum(stretch.end_s - stretch.start_s for stretch in stretches)
    for stretch in stretches:
        shares[stretch.emotion] = shares.get(stretch.emotion, 0.0) + (stretch.end_s - stretch.start_s) / total
    parts = [f"{emotion} for {percent(share)} of the time" for emotion, share in ranked(shares)]
    return f"The voice changes {len(turns)} times: {', '.join(parts)}."


def describe_speech(prediction: Prediction) -> str:
    """How much of the recording is speech: '2.1 s of speech in 15 s'."""
    if prediction.duration_s - prediction.speech_s < _BRIDGED_S:
        return f"{spelt(prediction.duration_s)} of speech"
    return f"{spelt(prediction.speech_s)} of speech in {spelt(prediction.duration_s)}"


def spelt(seconds: float) -> str:
    """A time as people say it.

    >>> spelt(2.14), spelt(15.0), spelt(125.3), spelt(180)
    ('2.1 s', '15 s', '2 min 5 s', '3 min')
    """
    if round(seconds) >= 3_600:
        return f"{round(seconds / 60) // 60} h {round(seconds / 60) % 60} min"
    if round(seconds) >= 60:
        rest = round(seconds) % 60
        return f"{round(seconds) // 60} min" + f" {rest} s" * bool(rest)
    return f"{seconds:.1f}".removesuffix(".0") + " s"


def _add_waveform(figure: go.Figure, recording: Recording, prediction: Prediction) -> None:
    """One trace a colour, whose stretches lie apart."""
    extremes = recording.extremes(_COLUMNS)
    extremes = extremes / max(float(np.abs(extremes).max()), 1e-9)
    edges = np.linspace(0, prediction.duration_s, len(extremes) + 1)
    centres = (edges[1:] + edges[:-1]) / 2
    emotions = np.full(len(centres), "", object)
    for region in regions(prediction):
        emotions[(centres >= region.start_s) & (centres < region.end_s)] = region.emotion
    bounds = [0, *(np.flatnonzero(emotions[1:] != emotions[:-1]) + 1).tolist(), len(centres)]
    outlines: dict[str, tuple[list[float | None], list[float | None]]] = {}
    for first, last in pairwise(bounds):
        x, y = outlines.setdefault(emotions[first], ([], []))
        times = [edges[first], *centres[first:last], edges[last]]
        low, high = (np.pad(extremes[first:last, i], 1, mode="edge") for i in (0, 1))
        x += [None, *_rounded([*times, *times[::-1]], 3)]
        y += [None, *_rounded([*high, *low[::-1]], 3)]
    for emotion, (x, y) in outlines.items():
        figure.add_scatter(
            x=x[1:],
            y=y[1:],
            fill="toself",
            fillcolor=COLOURS.get(emotion, SILENCE),
            line={"width": 0},
            mode="lines",
            hoverinfo="skip",
            showlegend=False,
            row=1,
            col=1,
        )


def _add_course(figure: go.Figure, prediction: Prediction) -> None:
    """Every class as an area, stacked, blank in pauses."""
    centres = [_centre(segment) for segment in prediction.segments]
    for name in prediction.probabilities:
        probabilities = [segment.probabilities[name] for segment in prediction.segments]
        times: list[float] = []
        values: list[float | None] = []
        for start, end in _bridged(prediction.speech) if centres else ():
            inside = [start, *(centre for centre in centres if start < centre < end), end]
            times += _rounded([start, *inside, end], 3)
            values += [None, *_rounded(np.interp(inside, centres, probabilities), 4), None]
        figure.add_scatter(
            x=times,
            y=values,
            stackgroup="probability",
            name=name.capitalize(),
            mode="lines",
            line={"width": 0, "color": COLOURS[name]},
            fillcolor=COLOURS[name],
            customdata=["" if value is None else percent(value) for value in values],
            hovertemplate="%{customdata}",
            row=2,
            col=1,
        )


def _add_zoom(figure: go.Figure, duration_s: float) -> None:
    """A slider below, because a drag on the figure itself should scroll a phone's page."""
    figure.update_xaxes(fixedrange=False)
    figure.update_xaxes(
        rangeslider={"visible": True, "thickness": 0.14, "range": [0, duration_s], "bgcolor": GRID}, row=2, col=1
    )
    whole = {f"{axis}.range": [0, duration_s] for axis in ("xaxis", "xaxis2")}
    figure.update_layout(
        updatemenus=[
            {
                "type": "buttons",
                "buttons": [{"label": "Whole recording", "method": "relayout", "args": [whole]}],
                "showactive": False,
                "x": 1,
                "xanchor": "right",
                "y": 1.02,
                "yanchor": "bottom",
                "bgcolor": "rgba(0, 0, 0, 0)",
                "bordercolor": GRID,
                "font": {"size": 12, "color": TEXT},
                "pad": {"t": 0, "b": 2, "l": 0, "r": 0},
            }
        ],
        margin_t=34,
    )


def _bridged(spans: Sequence[Span]) -> list[Span]:
    """Spans without the shortest pauses between them."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and start - joined[-1][1] < _BRIDGED_S:
            start = joined.pop()[0]
        joined.append((start, end))
    return joined


def _centre(segment: Segment) -> float:
    return (segment.start_s + segment.end_s) / 2


def _rounded(values: Sequence[float] | np.ndarray, digits: int) -> list[float]:
    return [round(float(value), digits) for value in values]
