"""The tab "Recognise": a recording and, if wanted, its words in; an emotion out."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.components.plot import PlotData

from sermi.ui.engine import Engine
from sermi.ui.examples import Example, examples
from sermi.ui.queues import AT_ONCE, INFERENCE, INTERNAL, LATEST
from sermi.ui.recognise.components import Inputs, Results
from sermi.ui.recognise.events import Events
from sermi.ui.uploads import Uploads


def build(engine: Engine, uploads: Uploads, visitor: gr.State) -> None:
    """Lay the tab out inside the current gr.Blocks and connect it. visitor: holds the last recording's Utterance, or None."""
    with gr.Column(elem_classes="stage"):
        inputs = Inputs.build(engine)
        results = Results.build()
        clips = _build_examples()
    # An empty figure that nobody sees makes the browser fetch plotly while the visitor is still speaking.
    with gr.Column(elem_classes="preload"):
        gr.Plot(PlotData(type="plotly", plot='{"data": [], "layout": {}}'), show_label=False, container=False)
    events = Events(engine, uploads, inputs, results, visitor)
    _connect(events, clips)


def _build_examples() -> list[tuple[Example, gr.Button]]:
    clips = examples()
    if not clips:
        return []
    with gr.Column(elem_classes="card examples"):
        gr.HTML(
            "<h3>Or try one of these</h3>"
            '<p class="caption">Real speech that comes with the speech encoder. Nobody has labelled it with an emotion, '
            "so there is no right answer.</p>"
        )
        with gr.Row(elem_classes="clips"):
            return [(clip, gr.Button(f"{clip.title}\n{clip.caption}", elem_classes="clip")) for clip in clips]


def _connect(events: Events, clips: list[tuple[Example, gr.Button]]) -> None:
    inputs, results = events.inputs, events.results
    answer: dict[str, Any] = {
        "inputs": [inputs.audio, inputs.transcript, inputs.checkpoint, events.transcription],
        "outputs": [inputs.transcript, events.transcription, *results.components(), events.visitor],
        **INTERNAL,
        **INFERENCE,
    }
    gr.on(
        [inputs.audio.stop_recording, inputs.audio.upload, inputs.recognise.click, inputs.transcript.submit],
        events.on_recognise,
        **answer,
    )
    inputs.checkpoint.input(events.on_model, **LATEST, **answer)
    inputs.transcribe.click(
        events.on_transcribe,
        inputs.audio,
        [inputs.transcript, events.transcription, inputs.transcribe, results.verdict],
        **INTERNAL,
        **INFERENCE,
    ).success(events.on_model, **answer)
    inputs.audio.clear(events.on_clear, None, [*results.components(), events.visitor], **AT_ONCE)
    for example, button in clips:
        button.click(
            events.on_example(example), None, [inputs.audio, inputs.transcript, events.transcription], **AT_ONCE
        ).success(events.on_recognise, **answer)
