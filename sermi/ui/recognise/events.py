"""The tab "Recognise": what happens on each event."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import NamedTuple

import gradio as gr

from sermi.ui import html
from sermi.ui.engine import Analysis, Engine
from sermi.ui.examples import Example
from sermi.ui.explain import Updates, run_or_explain
from sermi.ui.limits import too_large
from sermi.ui.progress import Followed, Report
from sermi.ui.recognise import html as voice_html
from sermi.ui.recognise.components import Inputs, Results
from sermi.ui.recognise.game import Game
from sermi.ui.recognise.voice_card import VoiceCard
from sermi.ui.requests import received, session_of
from sermi.ui.sessions import Runs, Sessions
from sermi.ui.uploads import Uploads
from sermi.ui.voiced import CALM
from sermi.ui.voices import Sentence, VisitorVoice, Voices


class Transcription(NamedTuple):
    """A transcript that nobody typed, and the recording that it belongs to."""

    path: str
    text: str


NO_TRANSCRIPTION = Transcription("", "")


@dataclass(frozen=True)
class Visits:
    """What is kept of visitors on the server."""

    uploads: Uploads
    voices: Voices
    runs: Sessions[Runs]
    """Which answer is the last that was asked for."""
    games: Sessions[Game]


class Events:
    """The handlers, from the values of components to what to show in others."""

    def __init__(
        self, engine: Engine, visits: Visits, *, inputs: Inputs, results: Results, card: VoiceCard, visitor: gr.State
    ) -> None:
        """Of one page.

        Args:
            engine: the app's checkpoints.
            visits: what is kept of visitors.
            inputs: what they give.
            results: what they get.
            card: what is known of their voice.
            visitor: holds the last recording's Utterance, or None.
        """
        self.engine = engine
        self.uploads, self.voices, self.runs, self.games = visits.uploads, visits.voices, visits.runs, visits.games
        self.inputs = inputs
        self.results = results
        self.card = card
        self.visitor = visitor
        self.transcription = gr.State(NO_TRANSCRIPTION)

    def on_model(
        self, path: str | None, transcript: str, checkpoint: str, transcription: Transcription, request: gr.Request
    ) -> Iterator[Updates]:
        """`on_again` where there is a recording; where there is none, what this model knows of the voice."""
        if path:
            yield from self.on_again(path, transcript, checkpoint, transcription, request)
        else:
            yield self.known(checkpoint, request)

    def on_again(
        self, path: str | None, transcript: str, checkpoint: str, transcription: Transcription, request: gr.Request
    ) -> Iterator[Updates]:
        """`on_recognise` of what is on the page.

        What a button sent before the page had the next recording is dropped: it would take that one's place, and its answer
        would stand beside the other's waveform.
        """
        session = session_of(request)
        if path and self.uploads.shown(session) and not self.uploads.is_shown(session, path):
            yield {self.results.verdict: gr.skip()}
        else:
            yield from self.on_recognise(path, transcript, checkpoint, transcription, request)

    def on_recorded(
        self, path: str | None, transcript: str, checkpoint: str, transcription: Transcription, request: gr.Request
    ) -> Iterator[Updates]:
        """`on_recognise` of what was spoken into the microphone, which may have been a calm sentence to be read."""
        if self.uploads.show(session_of(request), path):
            shown = self.uploads.shown(session_of(request))
            self.voices.change(
                session_of(request), lambda voice: voice if voice.reading is None else replace(voice, read=shown)
            )
        yield from self.on_recognise(path, transcript, checkpoint, transcription, request)

    def on_recognise(
        self, path: str | None, transcript: str, checkpoint: str, transcription: Transcription, request: gr.Request
    ) -> Iterator[Updates]:
        """A sign of life, then the emotion."""
        session = session_of(request)
        if not self.uploads.show(session, path):
            yield {self.results.verdict: gr.skip()}  # it was removed while it waited for its turn
            return
        runs = self.runs.of(session)
        run = runs.begin()

        def is_wanted() -> bool:
            return self.uploads.is_shown(session, path) and runs.is_last(run)

        if path:
            self.voices.change(session, lambda voice: voice.with_shown(self.uploads.shown(session)))
        transcription = Transcription(*transcription)
        ready = self.engine.is_ready(checkpoint)
        updates: Updates = {self.results.verdict: html.working("Listening…" if ready else "Waking the model up…")}
        if path and transcription.text and transcription.path != path:
            # The transcription of the last recording says nothing about this one; what a person typed stays.
            if transcript == transcription.text:
                transcript = updates[self.inputs.transcript] = ""
            transcription = NO_TRANSCRIPTION
        updates |= {self.transcription: transcription, self.inputs.refusal: ""}
        yield updates | (self.inputs.ask_to_read(None) if path else {})
        started = time.perf_counter()
        voice = self.voices.of(session)
        # An example is of another voice.
        sentences = voice.sentences if self.uploads.is_sent(path) else ()
        asked = self._asked_for(session, path)

        def analyse(report: Report) -> Analysis:
            return self.engine.analyse_sentence(path, transcript, checkpoint, sentences, asked=asked, report=report)

        def act() -> Updates:
            analysis = analysing.result()
            seconds = time.perf_counter() - started if ready else None
            utterance = analysis.utterance if html.has_speech(analysis.prediction) else None
            sure_from = self.engine.summary(checkpoint).sure_from
            updates = self.results.show(analysis, seconds, sure_from) | {self.visitor: utterance}
            game = self.games.of(session)
            if utterance is not None and self.uploads.is_sent(path):
                game.judge(analysis.prediction.emotion)
            updates |= self.inputs.game.show(game)
            return updates | self.known(checkpoint, request, self._learn(session, path, analysis, asked))

        with closing(Followed(analyse)) as analysing:
            for done_s, all_s in analysing:
                if not is_wanted():
                    break
                yield {self.results.verdict: html.working_through(done_s, all_s)}
            # what was removed or replaced meanwhile must not come back, nor its features stay; nor an answer to other words
            if is_wanted():
                yield run_or_explain(act, lambda problem: self._problem(problem, checkpoint, request))
                if path and not self.uploads.shown(session):
                    yield self.empty()  # removed while the answer was on its way
            else:
                yield {self.results.verdict: gr.skip()}

    def _problem(self, sentence: str, checkpoint: str, request: gr.Request) -> Updates:
        """A mistake in the answer's place, and what is known of the voice all the same."""
        return self.results.hide(html.problem(sentence)) | {self.visitor: None} | self.known(checkpoint, request)

    def _asked_for(self, session: str, path: str | None) -> str | None:
        """The emotion that a recording was to be said with: a calm sentence, or a round of the game."""
        if not self.uploads.is_sent(path):
            return None
        voice, shown = self.voices.of(session), self.uploads.shown(session)
        if voice.read and voice.read == shown:
            return CALM
        return voice.asked(shown) or self.games.of(session).asked

    def _learn(self, session: str, path: str | None, analysis: Analysis, asked: str | None) -> str:
        """Add a recording to the visitor's voice where it belongs there. What that changed, in words."""
        utterance, standing = analysis.utterance, analysis.standing
        if utterance is None or standing is None or not self.uploads.is_sent(path):
            return ""
        if not utterance.is_enough:
            return voice_html.TOO_LITTLE
        before = self.voices.of(session)
        sentence = Sentence(self.uploads.shown(session), utterance, analysis.prediction.emotion, asked)

        def change(voice: VisitorVoice) -> VisitorVoice:
            if not self.uploads.is_shown(session, path):
                return voice
            if not standing.fits:
                return replace(voice, stranger=sentence)
            return voice.with_sentence(sentence, standing.emotions, standing.left_out)

        after = self.voices.change(session, change)
        return voice_html.gained(before.sentences, standing.emotions, asked if after.count > before.count else None)

    def known(self, checkpoint: str, request: gr.Request, news: str = "") -> Updates:
        """What is known of a visitor's voice. news: what has just changed, '' for nothing."""
        session = session_of(request)
        return self.card.show(
            self.engine, checkpoint, self.voices.of(session), shown=self.uploads.shown(session), news=news
        )

    def on_transcribe(self, path: str | None, request: gr.Request) -> Iterator[Updates]:
        """Write the words of the recording into the text box; what was typed stays when that fails."""
        button, session = self.inputs.transcribe, session_of(request)
        yield {button: gr.update(value="Transcribing…", interactive=False)}

        def act() -> Updates:
            text, warning = self.engine.transcribe(path)
            if path and not self.uploads.holds(session, path):
                return {}  # removed or replaced meanwhile
            if warning:
                gr.Warning(warning)
            if not text:
                gr.Info("No words were heard; the voice decides alone.")
                return {}
            return {self.inputs.transcript: text, self.transcription: Transcription(str(path), text)}

        updates = run_or_explain(act, lambda sentence: {self.results.verdict: html.problem(sentence)})
        yield updates | {button: gr.update(value="Transcribe for me", interactive=True)}

    def on_refused(self, refused: str) -> Updates:
        """Why a file wasn't sent at all; the recorder is as it was."""
        try:
            name, n_bytes, *_ = json.loads(refused)
            sentence = too_large(str(name), float(n_bytes))
        except (ValueError, TypeError, RecursionError):
            return {self.inputs.refusal: gr.skip()}
        return {self.inputs.refusal: html.problem(sentence)}

    def on_clear(self, checkpoint: str, request: gr.Request) -> Updates:
        """The recording was removed: it leaves the voice as well. The recorder also says this when its source is changed."""
        session = session_of(request)
        shown = self.uploads.shown(session)
        holds_a_later_one = self.uploads.let_go(session, at=received(request))
        before = self.voices.of(session)
        after = self.voices.change(session, lambda voice: voice.without_recording(shown))
        news = voice_html.LEFT if len(after.sentences) < len(before.sentences) else ""
        # where there was none, an answer that is late would empty the page of the next one
        empty = self.empty() if shown and not holds_a_later_one else {}
        return empty | self.known(checkpoint, request, news)

    def empty(self) -> Updates:
        """The page without a recording.

        What is to be read stays as it is: this also answers a change of the recorder's source, and may come after the answer
        to what was pressed since.
        """
        return self.results.hide(html.empty()) | {self.visitor: None}

    def on_example(self, example: Example) -> Callable[[gr.Request], Updates]:
        """A handler that puts an example in the place of the visitor's recording."""

        def handle(request: gr.Request) -> Updates:
            path = str(example.path)
            self.uploads.show(session_of(request), path)
            return {
                self.inputs.audio: path,
                self.inputs.transcript: example.words,
                self.transcription: Transcription(path, example.words),
            }

        return handle
