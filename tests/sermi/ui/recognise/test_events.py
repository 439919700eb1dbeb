"""The handlers behind the tab, without a server."""

from __future__ import annotations

from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from sermi.audio import Recording
from sermi.errors import AudioError
from sermi.predictor import Prediction, Segment
from sermi.ui.engine import Analysis, Engine
from sermi.ui.examples import examples
from sermi.ui.recognise.components import Inputs, Results
from sermi.ui.recognise.events import NO_TRANSCRIPTION, Events, Transcription
from sermi.ui.uploads import Uploads

P = {"happy": 0.8, "sad": 0.2}


class FakeEngine(Engine):
    """Records what it is asked, answers at once, and raises `error` where there is one."""

    def __init__(self):
        super().__init__()
        self.calls, self.error, self.words, self.utterance = [], None, "good morning", object()

    def is_ready(self, name):
        return True

    def analyse(self, path, transcript, name):
        self.calls.append((path, transcript, name))
        if self.error:
            raise self.error
        words = P if transcript else None
        prediction = Prediction("happy", 0.8, True, P, P, words, transcript or None, 1.0, [Segment(0, 1, P)], [])
        return Analysis(Recording(np.ones(16_000, np.float32), 1.0), prediction, self.utterance)

    def transcribe(self, path):
        if self.error:
            raise self.error
        return self.words


@pytest.fixture
def events(tmp_path):
    engine = FakeEngine()
    with gr.Blocks():
        return Events(engine, Uploads(tmp_path), Inputs.build(engine), Results.build(), gr.State(None))


@pytest.fixture(autouse=True)
def toasts(monkeypatch):
    messages = []
    for kind in ("Warning", "Info"):
        monkeypatch.setattr(gr, kind, lambda message: messages.append(message))
    return messages


def run(events, path, transcript="", transcription=NO_TRANSCRIPTION, handler=None):
    request = SimpleNamespace(session_hash="me")
    return list((handler or events.on_recognise)(path, transcript, "open4", transcription, request))


def test_a_recording_that_is_removed_while_it_is_computed_does_not_come_back(events):
    request = SimpleNamespace(session_hash="me")
    answer = events.on_recognise("a.wav", "", "open4", NO_TRANSCRIPTION, request)
    next(answer)
    assert events.on_clear(request)[events.visitor] is None
    assert list(answer) == [{events.results.verdict: gr.skip()}]


def test_nor_does_one_that_is_replaced_meanwhile(events):
    request = SimpleNamespace(session_hash="me")
    first = events.on_recognise("a.wav", "", "open4", NO_TRANSCRIPTION, request)
    next(first)
    second = list(events.on_recognise("b.wav", "", "open4", NO_TRANSCRIPTION, request))
    assert list(first) == [{events.results.verdict: gr.skip()}]
    assert events.visitor in second[-1]


def test_sign_of_life_then_answer(events):
    working, answer = run(events, "a.wav", "what a day")
    results = events.results
    assert "Listening" in working[results.verdict]
    assert events.engine.calls == [("a.wav", "what a day", "open4")]
    assert "Happy, 80" in answer[results.verdict]
    assert answer[results.figures]["visible"]
    figures = [answer[plot] for plot in (results.probabilities, results.sources, results.timeline)]
    assert [type(figure).__name__ for figure in figures] == ["Figure"] * 3


def test_a_mistake_is_explained_twice_and_hides_old_figures(events, toasts):
    events.engine.error = AudioError("'x.wav' is silent; check the microphone and record again.")
    _, answer = run(events, "x.wav", "kept")
    assert toasts == [str(events.engine.error)]
    assert "is silent; check the microphone" in answer[events.results.verdict]
    assert answer[events.results.figures]["visible"] is False
    assert answer.keys() == {*events.results.components(), events.visitor}


def test_a_bug_is_one_polite_sentence_here_and_a_traceback_in_the_log(events, caplog):
    events.engine.error = RuntimeError("secret /path/inside")
    _, answer = run(events, "x.wav")
    assert "secret" not in answer[events.results.verdict]
    assert "try again" in answer[events.results.verdict]
    assert "secret /path/inside" in caplog.text


def test_a_transcription_of_the_last_recording_is_dropped(events):
    working, _ = run(events, "new.wav", "old words", Transcription("old.wav", "old words"))
    assert events.engine.calls == [("new.wav", "", "open4")]
    assert working[events.inputs.transcript] == ""
    assert working[events.transcription] == NO_TRANSCRIPTION


def test_typed_words_are_kept(events):
    working, _ = run(events, "new.wav", "my own words", Transcription("old.wav", "old words"))
    assert events.engine.calls == [("new.wav", "my own words", "open4")]
    assert events.inputs.transcript not in working


def test_a_transcription_of_this_recording_is_used(events):
    run(events, "a.wav", "words", Transcription("a.wav", "words"))
    assert events.engine.calls == [("a.wav", "words", "open4")]


def test_switching_the_model_without_a_recording_does_nothing(events):
    assert run(events, None, handler=events.on_model) == [{events.results.verdict: gr.skip()}]
    assert len(run(events, "a.wav", handler=events.on_model)) == 2
    assert events.engine.calls == [("a.wav", "", "open4")]


def test_transcribing(events):
    busy, done = events.on_transcribe("a.wav")
    assert busy[events.inputs.transcribe]["interactive"] is False
    assert done[events.inputs.transcript] == "good morning"
    assert done[events.transcription] == Transcription("a.wav", "good morning")
    assert done[events.inputs.transcribe]["interactive"] is True


def test_failing_to_transcribe_keeps_what_was_typed(events, toasts):
    events.engine.error = AudioError("no such luck")
    _, done = events.on_transcribe("a.wav")
    assert events.inputs.transcript not in done
    assert "no such luck" in done[events.results.verdict]
    assert done[events.inputs.transcribe]["interactive"] is True
    assert toasts == ["no such luck"]


def test_a_recording_without_words(events, toasts):
    events.engine.words = ""
    _, done = events.on_transcribe("a.wav")
    assert done.keys() == {events.inputs.transcribe}
    assert toasts == ["No words were heard; the voice decides alone."]


def test_examples_are_installed_and_short_enough():
    from sermi import audio

    assert len(examples()) == 4
    for example in examples():
        assert audio.read(example.path).duration_s <= audio.MAX_SECONDS
        assert example.caption


def test_what_is_kept_of_a_recording_goes_to_the_other_tabs_and_away_with_it(events):
    working, answer = run(events, "a.wav")
    assert events.visitor not in working
    assert answer[events.visitor] is events.engine.utterance
    events.engine.error = AudioError("no such luck")
    assert run(events, "a.wav")[1][events.visitor] is None
    assert events.on_clear(SimpleNamespace(session_hash="me"))[events.visitor] is None
