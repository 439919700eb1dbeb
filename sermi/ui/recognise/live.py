"""The emotion while somebody speaks: of the last two seconds, about every half second.

The recorder keeps the recording, from which the final answer comes; beside it the page listens to the same sound and sends
its end as samples. They are answered in memory, and nothing of them is kept.
"""

from __future__ import annotations

import base64
import binascii
import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

import gradio as gr
import numpy as np

from sermi.errors import SermiError
from sermi.ui.engine import Engine
from sermi.ui.html import has_speech
from sermi.ui.recognise.html import bar
from sermi.ui.requests import session_of
from sermi.ui.voices import Voices

if TYPE_CHECKING:
    from sermi.prediction import Prediction

WINDOW_S, HOP_S = 2.0, 0.5
"""As the timeline of a recording has them."""
FIRST_S = 1.0
"""Seconds of sound from which on there is something to say."""
MAX_WINDOW_S = 2.5
MIN_RATE, MAX_RATE = 8_000, 96_000
"""Hz."""

OF_THE_LAST = "By the last two seconds; the answer to all of it comes when you stop."
NOTHING_YET = '<p class="moment"><b>Listening…</b></p>'
WANTED = "Show the emotion while I speak"
SENT = "For this the last two seconds are sent as you speak; they are answered and not stored."

_CONNECT = "window.sermi?.connectLive?.(element, props, trigger, watch);"


class Window(NamedTuple):
    """The last seconds of what is spoken."""

    take: int
    """Of which recording of the visit."""
    end_s: float
    """Where in the recording it ends."""
    rate: int
    """Samples a second."""
    samples: np.ndarray
    """(samples,) int16."""


@dataclass(frozen=True)
class LiveCard:
    """Its components."""

    now: gr.HTML
    """Has an event "input" for each window."""

    @staticmethod
    def build_choice() -> None:
        """Lay out, below the recorder, whether it is wanted: only the page itself needs to know."""
        gr.Checkbox(True, label=WANTED, info=SENT, interactive=True, container=False, elem_id="live-wanted")

    @classmethod
    def build(cls) -> LiveCard:
        """Lay it out above the answer; it is there while somebody speaks."""
        attributes = f'data-window="{WINDOW_S}" data-hop="{HOP_S}" data-first="{FIRST_S}"'
        return cls(
            now=gr.HTML(
                NOTHING_YET,
                html_template=f'<div class="live" {attributes}>${{value}}<ol class="moments" aria-hidden="true"></ol></div>',
                js_on_load=_CONNECT,
                elem_id="live",
            )
        )


class LiveEvents:
    """Its handlers."""

    def __init__(self, engine: Engine, voices: Voices) -> None:
        """voices: what is known of each visitor's, which these answers draw on as well."""
        self.engine = engine
        self.voices = voices

    def on_window(self, event: gr.EventData, checkpoint: str, request: gr.Request) -> str:
        """What the last seconds sound like."""
        window = parse(event._data)
        if window is None or not self.engine.is_ready(checkpoint):
            return ""
        try:
            prediction = self.engine.analyse_window(
                window.samples, window.rate, checkpoint, self.voices.of(session_of(request)).sentences
            )
        except SermiError:  # such as one of nothing but silence
            return moment(window, None)
        return moment(window, prediction if has_speech(prediction) else None)


def parse(data: Any) -> Window | None:
    """What the page sent; None where it isn't that.

    >>> parse({"take": 1, "end": 2, "rate": 16000, "pcm": "AAABAA=="}).samples
    array([0, 1], dtype=int16)
    """
    if not isinstance(data, dict) or not isinstance(data.get("pcm"), str):
        return None
    try:
        take, end_s, rate = int(data["take"]), float(data["end"]), int(data["rate"])
        size = 2 * MAX_WINDOW_S * rate
        if not (MIN_RATE <= rate <= MAX_RATE and math.isfinite(end_s) and len(data["pcm"]) <= 1.4 * size):
            return None
        samples = np.frombuffer(base64.b64decode(data["pcm"], validate=True), "<i2")
    except (KeyError, TypeError, ValueError, OverflowError, binascii.Error):
        return None
    return Window(take, end_s, rate, samples) if 0 < 2 * len(samples) <= size else None


def moment(window: Window, prediction: Prediction | None) -> str:
    """What is shown of a window. prediction: None where nobody speaks in it."""
    at = f'data-take="{window.take}" data-end="{window.end_s:.3f}"'
    if prediction is None:
        return f'<p class="moment" {at}><b>Listening…</b> <span>Nobody speaks at the moment.</span></p>'
    from sermi.plots import COLOURS, percent

    emotion, p = escape(prediction.emotion), prediction.confidence
    style = f"--emotion: {COLOURS[prediction.emotion]}; --share: {p:.3f}"
    return (
        f'<p class="moment" {at} data-emotion="{emotion}" style="{style}"><b>{emotion.capitalize()}, {percent(p)}</b> '
        f"<span>{OF_THE_LAST}</span></p>{bar(prediction.probabilities)}"
    )
