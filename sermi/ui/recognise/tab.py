"""The tab "Recognise": a recording and, if wanted, its words in; an emotion out."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.components.plot import PlotData

from sermi.ui.engine import Engine
from sermi.ui.examples import Example
from sermi.ui.queues import AT_ONCE, INFERENCE, INTERNAL, LATEST, LIVE, OVERLAPPING
from sermi.ui.recognise import clips
from sermi.ui.recognise.components import Inputs, Results
from sermi.ui.recognise.events import Events, Visits
from sermi.ui.recognise.live import LiveEvents
from sermi.ui.recognise.many import ManyCard
from sermi.ui.recognise.many_events import ManyEvents
from sermi.ui.recognise.voice_card import VoiceCard
from sermi.ui.recognise.voice_events import VoiceEvents


def build(engine: Engine, visits: Visits, visitor: gr.State) -> ManyEvents:
    """Lay the tab out inside the current gr.Blocks and connect it; what is to be asked when a visitor leaves.

    visits: what is kept of visitors on the server; visitor: holds the last recording's Utterance, or None.
    """
    with gr.Column(elem_classes="stage"):
        inputs = Inputs.build(engine)
        card = VoiceCard.build(engine)
        results = Results.build()
        buttons = clips.build()
        many = ManyCard.build()
    # An empty figure that nobody sees makes the browser fetch plotly while the visitor is still speaking.
    with gr.Column(elem_classes="preload"):
        gr.Plot(PlotData(type="plotly", plot='{"data": [], "layout": {}}'), show_label=False, container=False)
    events = Events(engine, visits, inputs=inputs, results=results, card=card, visitor=visitor)
    answer: dict[str, Any] = {
        "inputs": [inputs.audio, inputs.transcript, inputs.checkpoint, events.transcription],
        "outputs": [inputs.transcript, inputs.refusal, events.transcription, *_shown(events)],
        **INTERNAL,
        **INFERENCE,
        **OVERLAPPING,
    }
    now = results.live.now
    now.input(LiveEvents(engine, visits.voices).on_window, inputs.checkpoint, now, **INTERNAL, **LIVE, **OVERLAPPING)
    of_many = ManyEvents(engine, visits.uploads, many)
    of_many.connect(inputs.checkpoint)
    _connect(events, answer, buttons)
    _connect_voice(VoiceEvents(events), events, answer)
    return of_many


def _shown(events: Events) -> list[Any]:
    """What changes when there is a recording, and when there is none any more."""
    inputs = events.inputs
    to_read = [inputs.to_read, inputs.calm_sentence]
    game = inputs.game.components()
    return [*events.results.components(), *events.card.components(), *to_read, *game, events.visitor]


def _connect(events: Events, answer: dict[str, Any], buttons: list[tuple[Example, gr.Button]]) -> None:
    """answer: the options of all that ends with one."""
    inputs, results = events.inputs, events.results
    inputs.audio.stop_recording(events.on_recorded, **answer)
    inputs.audio.upload(events.on_recognise, **answer)
    gr.on([inputs.recognise.click, inputs.transcript.submit], events.on_again, **answer | LATEST)
    inputs.model.connect().success(events.on_model, **answer)
    inputs.transcribe.click(
        events.on_transcribe,
        inputs.audio,
        [inputs.transcript, events.transcription, inputs.transcribe, results.verdict],
        **INTERNAL,
        **INFERENCE,
    ).success(events.on_model, **answer)
    inputs.refused.change(events.on_refused, inputs.refused, inputs.refusal, **AT_ONCE, **LATEST)
    inputs.audio.clear(events.on_clear, inputs.checkpoint, _shown(events), **AT_ONCE, **OVERLAPPING)
    for example, button in buttons:
        button.click(
            events.on_example(example), None, [inputs.audio, inputs.transcript, events.transcription], **AT_ONCE
        ).success(events.on_again, **answer)


def _connect_voice(voice: VoiceEvents, events: Events, answer: dict[str, Any]) -> None:
    inputs, card = events.inputs, events.card
    emptied = [inputs.audio, inputs.transcript, *_shown(events)]
    for button, handler, then in (
        (card.another, voice.on_another, "another"),
        (card.calm, voice.on_read, "record"),
        (inputs.game.go_on, voice.on_play, "record"),
    ):
        button.click(handler, inputs.checkpoint, emptied, **AT_ONCE).success(
            None, None, None, js=f"() => window.sermi.{then}()"
        )
    for button in (card.someone_else, events.results.someone_else):
        button.click(voice.on_someone_else, inputs.checkpoint, emptied, **AT_ONCE)
    inputs.game.end.click(voice.on_end, None, inputs.game.components(), **AT_ONCE)
    inputs.not_now.click(voice.on_not_now, None, [inputs.to_read, inputs.calm_sentence], **AT_ONCE)
    card.known.select(voice.on_remove, inputs.checkpoint, card.components(), **AT_ONCE, **OVERLAPPING).success(
        events.on_model, **answer
    )
