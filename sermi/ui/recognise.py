"""The tab "Recognise": a recording and, if wanted, its words in; an emotion out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, NamedTuple

import gradio as gr
from gradio.components.plot import PlotData

from sermi.ui import clips, html
from sermi.ui.engine import Analysis, Engine
from sermi.ui.examples import Example
from sermi.ui.explain import Updates, run_or_explain
from sermi.ui.limits import SENTENCE
from sermi.ui.model_choice import ModelChoice
from sermi.ui.progress import Followed
from sermi.ui.queues import AT_ONCE, INFERENCE, INTERNAL
from sermi.ui.uploads import Uploads


class Transcription(NamedTuple):
    """A transcript that nobody typed, and the recording that it belongs to."""

    path: str
    text: str


NO_TRANSCRIPTION = Transcription("", "")


@dataclass(frozen=True)
class Inputs:
    """What a visitor gives."""

    audio: gr.Audio
    transcript: gr.Textbox
    model: ModelChoice
    transcribe: gr.Button
    recognise: gr.Button

    @property
    def checkpoint(self) -> gr.Dropdown:
        """Its name is the value."""
        return self.model.checkpoint

    @classmethod
    def build(cls, engine: Engine) -> Inputs:
        """Lay them out in a card."""
        with gr.Column(elem_classes="card inputs"):
            audio = gr.Audio(
                label="Your recording",
                sources=["microphone", "upload"],
                type="filepath",
                editable=False,
                buttons=[],
                elem_id="recording",
                waveform_options=gr.WaveformOptions(
                    waveform_color="#9aa0a6", waveform_progress_color="#5b6472", show_recording_waveform=True
                ),
            )
            gr.HTML('<p class="hint">wav, flac, mp3, ogg, m4a, webm, mp4; ' + SENTENCE + "</p>")
            transcript = gr.Textbox(
                label="What was said (optional)",
                placeholder="Type the words, or let them be transcribed",
                lines=2,
                max_lines=6,
                elem_id="transcript",
            )
            model = ModelChoice.build(engine)
            with gr.Row(elem_classes="actions"):
                transcribe = gr.Button("Transcribe for me", variant="secondary", elem_id="transcribe")
                recognise = gr.Button("Recognise", variant="primary", elem_id="recognise")
        return cls(audio=audio, transcript=transcript, model=model, transcribe=transcribe, recognise=recognise)


@dataclass(frozen=True)
class Results:
    """What shows an analysis."""

    verdict: gr.HTML
    figures: gr.Column
    probabilities_caption: gr.HTML
    probabilities: gr.Plot
    sources_caption: gr.HTML
    sources: gr.Plot
    table: gr.HTML
    timeline_block: gr.Column
    timeline_caption: gr.HTML
    timeline: gr.Plot

    @classmethod
    def build(cls) -> Results:
        """Lay them out in cards."""
        with gr.Column(elem_classes="card result"):
            verdict = gr.HTML(html.empty(), elem_id="verdict")
            with gr.Column(visible=False, elem_classes="figures") as figures:
                probabilities_caption = gr.HTML()
                probabilities = gr.Plot(show_label=False, container=False, elem_id="probabilities")
                sources_caption = gr.HTML()
                sources = gr.Plot(show_label=False, container=False, elem_id="sources")
                table = gr.HTML()
        with gr.Column(visible=False, elem_classes="card course") as timeline_block:
            timeline_caption = gr.HTML()
            timeline = gr.Plot(show_label=False, container=False, elem_id="timeline")
        return cls(
            verdict=verdict,
            figures=figures,
            probabilities_caption=probabilities_caption,
            probabilities=probabilities,
            sources_caption=sources_caption,
            sources=sources,
            table=table,
            timeline_block=timeline_block,
            timeline_caption=timeline_caption,
            timeline=timeline,
        )

    def components(self) -> list[Any]:
        """All of them."""
        return list(vars(self).values())

    def show(self, analysis: Analysis, seconds: float | None) -> Updates:
        """The analysis. seconds: how long it took, None where that says nothing."""
        from sermi import plots

        prediction = analysis.prediction
        if not html.has_speech(prediction):
            return self.hide(html.verdict(prediction))
        probabilities = plots.describe_probabilities(prediction.probabilities)
        sources = plots.describe_sources(prediction)
        timeline = f"{plots.describe_speech(prediction)}. {plots.describe_timeline(prediction)}"
        return {
            self.verdict: html.verdict(prediction, seconds),
            self.figures: gr.update(visible=True),
            self.probabilities_caption: html.section("How likely each emotion is", probabilities, "probabilities"),
            self.probabilities: plots.probability_bars(prediction.probabilities),
            self.sources_caption: html.section("What the voice and the words say", sources, "sources"),
            self.sources: plots.sources(prediction),
            self.table: html.table(prediction),
            self.timeline_block: gr.update(visible=True),
            self.timeline_caption: html.section("How it changes over the recording", timeline, "timeline"),
            self.timeline: plots.timeline(analysis.recording, prediction),
        }

    def hide(self, verdict: str) -> Updates:
        """Only the verdict's place with something in it: figures of another recording would mislead."""
        return {
            **dict.fromkeys((self.probabilities, self.sources, self.timeline), None),
            **dict.fromkeys((self.probabilities_caption, self.sources_caption, self.table, self.timeline_caption), ""),
            self.figures: gr.update(visible=False),
            self.timeline_block: gr.update(visible=False),
            self.verdict: verdict,
        }


class Events:
    """The handlers, from the values of components to what to show in others."""

    def __init__(self, engine: Engine, uploads: Uploads, inputs: Inputs, results: Results, visitor: gr.State) -> None:
        """visitor: holds the last recording's Utterance, or None."""
        self.engine = engine
        self.uploads = uploads
        self.inputs = inputs
        self.results = results
        self.visitor = visitor
        self.transcription = gr.State(NO_TRANSCRIPTION)

    def on_model(
        self, path: str | None, transcript: str, checkpoint: str, transcription: Transcription, request: gr.Request
    ) -> Iterator[Updates]:
        """`on_recognise` where there is a recording; nothing where there is none."""
        if path:
            yield from self.on_recognise(path, transcript, checkpoint, transcription, request)
        else:
            yield {self.results.verdict: gr.skip()}

    def on_recognise(
        self, path: str | None, transcript: str, checkpoint: str, transcription: Transcription, request: gr.Request
    ) -> Iterator[Updates]:
        """A sign of life, then the emotion."""
        session = request.session_hash or ""
        self.uploads.show(session, path)
        transcription = Transcription(*transcription)
        ready = self.engine.is_ready(checkpoint)
        updates: Updates = {self.results.verdict: html.working("Listening…" if ready else "Waking the model up…")}
        if path and transcription.text and transcription.path != path:
            # The transcription of the last recording says nothing about this one; what a person typed stays.
            if transcript == transcription.text:
                transcript = updates[self.inputs.transcript] = ""
            transcription = NO_TRANSCRIPTION
        yield updates | {self.transcription: transcription}
        started = time.perf_counter()
        with closing(Followed(lambda report: self.engine.analyse(path, transcript, checkpoint, report))) as analysing:
            for done_s, all_s in analysing:
                if not self.uploads.is_shown(session, path):
                    break
                yield {self.results.verdict: html.working_through(done_s, all_s)}
            # what was removed or replaced meanwhile must not come back, nor its features stay
            is_shown = self.uploads.is_shown(session, path)
            yield self._answer(analysing, started if ready else None) if is_shown else {self.results.verdict: gr.skip()}

    def _answer(self, analysing: Followed[Analysis], started: float | None) -> Updates:
        """What came out. started: when, None where that says nothing."""

        def act() -> Updates:
            analysis = analysing.result()
            seconds = None if started is None else time.perf_counter() - started
            utterance = analysis.utterance if html.has_speech(analysis.prediction) else None
            return self.results.show(analysis, seconds) | {self.visitor: utterance}

        return run_or_explain(act, lambda sentence: self.results.hide(html.problem(sentence)) | {self.visitor: None})

    def on_transcribe(self, path: str | None) -> Iterator[Updates]:
        """Write the words of the recording into the text box; what was typed stays when that fails."""
        button = self.inputs.transcribe
        yield {button: gr.update(value="Transcribing…", interactive=False)}

        def act() -> Updates:
            text, warning = self.engine.transcribe(path)
            if warning:
                gr.Warning(warning)
            if not text:
                gr.Info("No words were heard; the voice decides alone.")
                return {}
            return {self.inputs.transcript: text, self.transcription: Transcription(str(path), text)}

        updates = run_or_explain(act, lambda sentence: {self.results.verdict: html.problem(sentence)})
        yield updates | {button: gr.update(value="Transcribe for me", interactive=True)}

    def on_clear(self, request: gr.Request) -> Updates:
        """The recording was removed."""
        self.uploads.show(request.session_hash or "", None)
        return self.results.hide(html.empty()) | {self.visitor: None}

    def on_example(self, example: Example) -> Callable[[], Updates]:
        """A handler that puts an example in the place of the visitor's recording."""

        def handle() -> Updates:
            path = str(example.path)
            return {
                self.inputs.audio: path,
                self.inputs.transcript: example.words,
                self.transcription: Transcription(path, example.words),
            }

        return handle


def build(engine: Engine, uploads: Uploads, visitor: gr.State) -> None:
    """Lay the tab out inside the current gr.Blocks and connect it. visitor: holds the last recording's Utterance, or None."""
    with gr.Column(elem_classes="stage"):
        inputs = Inputs.build(engine)
        results = Results.build()
        buttons = clips.build()
    # An empty figure that nobody sees makes the browser fetch plotly while the visitor is still speaking.
    with gr.Column(elem_classes="preload"):
        gr.Plot(PlotData(type="plotly", plot='{"data": [], "layout": {}}'), show_label=False, container=False)
    events = Events(engine, uploads, inputs, results, visitor)
    _connect(events, buttons)


def _connect(events: Events, buttons: list[tuple[Example, gr.Button]]) -> None:
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
    inputs.model.connect().success(events.on_model, **answer)
    inputs.transcribe.click(
        events.on_transcribe,
        inputs.audio,
        [inputs.transcript, events.transcription, inputs.transcribe, results.verdict],
        **INTERNAL,
        **INFERENCE,
    ).success(events.on_model, **answer)
    inputs.audio.clear(events.on_clear, None, [*results.components(), events.visitor], **AT_ONCE)
    for example, button in buttons:
        button.click(
            events.on_example(example), None, [inputs.audio, inputs.transcript, events.transcription], **AT_ONCE
        ).success(events.on_recognise, **answer)
