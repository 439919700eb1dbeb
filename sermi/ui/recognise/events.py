"""The tab "Recognise": what happens on each event."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import gradio as gr

from sermi.ui import html
from sermi.ui.engine import Engine
from sermi.ui.examples import Example
from sermi.ui.explain import Updates, run_or_explain
from sermi.ui.recognise.components import Inputs, Results
from sermi.ui.uploads import Uploads


class Transcription(NamedTuple):
    """A transcript that nobody typed, and the recording that it belongs to."""

    path: str
    text: str


NO_TRANSCRIPTION = Transcription("", "")


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

        def act() -> Updates:
            analysis = self.engine.analyse(path, transcript, checkpoint)
            seconds = time.perf_counter() - started if ready else None
            return self.results.show(analysis, seconds) | {self.visitor: analysis.utterance}

        answer = run_or_explain(act, lambda sentence: self.results.hide(html.problem(sentence)) | {self.visitor: None})
        # what was removed or replaced meanwhile must not come back, nor its features stay
        yield answer if self.uploads.is_shown(session, path) else {self.results.verdict: gr.skip()}

    def on_transcribe(self, path: str | None) -> Iterator[Updates]:
        """Write the words of the recording into the text box; what was typed stays when that fails."""
        button = self.inputs.transcribe
        yield {button: gr.update(value="Transcribing…", interactive=False)}

        def act() -> Updates:
            text = self.engine.transcribe(path)
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
