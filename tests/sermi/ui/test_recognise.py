"""The handlers behind the tab, without a server."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from sermi.audio import Recording
from sermi.errors import AudioError
from sermi.predictor import Prediction, Segment
from sermi.ui import engine, recognise
from sermi.ui.examples import examples
from sermi.ui.recognise import Heard
from sermi.ui.uploads import Uploads

P = {"happy": 0.8, "sad": 0.2}
NOBODY = Heard("", "")


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """Replace the engine; what it was asked is recorded, and `error` is raised if set."""
    seen = SimpleNamespace(calls=[], error=None, toasts=[], uploads=Uploads(tmp_path))

    def analyse(path, transcript, checkpoint):
        seen.calls.append((path, transcript, checkpoint))
        if seen.error:
            raise seen.error
        words = P if transcript else None
        prediction = Prediction("happy", 0.8, True, P, P, words, transcript or None, 1.0, [Segment(0, 1, P)], [])
        return engine.Analysis(Recording(np.ones(16_000, np.float32), 1.0), prediction)

    monkeypatch.setattr(engine, "analyse", analyse)
    monkeypatch.setattr(engine, "is_ready", lambda name: True)
    monkeypatch.setattr(recognise.gr, "Warning", lambda message: seen.toasts.append(message))
    return seen


def run(asked, path, transcript="", heard=NOBODY, **options):
    handler = recognise._recognise(asked.uploads, **options)
    return list(handler(path, transcript, "open4", heard, SimpleNamespace(session_hash="me")))


def test_sign_of_life_then_answer(asked):
    working, answer = run(asked, "a.wav", "what a day")
    assert "Listening" in working[2]
    assert asked.calls == [("a.wav", "what a day", "open4")]
    assert "Happy, 80" in answer[2]
    assert answer[3]["visible"]
    assert [type(figure).__name__ for figure in (answer[5], answer[7], answer[11])] == ["Figure"] * 3


def test_a_mistake_is_told_twice_and_hides_old_figures(asked):
    asked.error = AudioError("'x.wav' is silent; check the microphone and record again.")
    _, answer = run(asked, "x.wav", "kept")
    assert asked.toasts == [str(asked.error)]
    assert "is silent; check the microphone" in answer[2]
    assert answer[3]["visible"] is False
    assert answer[0] == recognise.gr.skip()


def test_a_bug_is_one_polite_sentence_here_and_a_traceback_in_the_log(asked, caplog):
    asked.error = RuntimeError("secret /path/inside")
    _, answer = run(asked, "x.wav")
    assert "secret" not in answer[2]
    assert "try again" in answer[2]
    assert "secret /path/inside" in caplog.text


def test_machine_words_of_the_last_recording_are_dropped(asked):
    working, _ = run(asked, "new.wav", "old words", Heard("old.wav", "old words"))
    assert asked.calls == [("new.wav", "", "open4")]
    assert working[:2] == ["", NOBODY]


def test_typed_words_are_kept(asked):
    working, _ = run(asked, "new.wav", "my own words", Heard("old.wav", "old words"))
    assert asked.calls == [("new.wav", "my own words", "open4")]
    assert working[0] == recognise.gr.skip()


def test_machine_words_of_this_recording_are_used(asked):
    run(asked, "a.wav", "words", Heard("a.wav", "words"))
    assert asked.calls == [("a.wav", "words", "open4")]


def test_switching_the_model_without_a_recording_does_nothing(asked):
    assert len(run(asked, None, only_with_audio=True)) == 1
    assert asked.calls == []


def test_transcribing(monkeypatch):
    monkeypatch.setattr(engine, "transcribe", lambda path: "good morning")
    busy, done = recognise._transcribe("a.wav", "")
    assert busy[2]["interactive"] is False
    assert done[:2] == ["good morning", Heard("a.wav", "good morning")]
    assert done[2]["interactive"] is True


def test_failing_to_transcribe_keeps_what_was_typed(monkeypatch):
    def fail(path):
        raise AudioError("no such luck")

    monkeypatch.setattr(engine, "transcribe", fail)
    monkeypatch.setattr(recognise.gr, "Warning", lambda *_, **__: None)
    _, done = recognise._transcribe("a.wav", "typed")
    assert done[0] == "typed"
    assert "no such luck" in done[3]
    assert done[2]["interactive"] is True


def test_examples_are_installed_and_short_enough():
    from sermi import audio

    assert len(examples()) == 4
    for example in examples():
        assert audio.read(example.path).duration_s <= audio.MAX_SECONDS
        assert example.caption


def test_what_is_left_of_a_recording_goes_to_the_other_tabs_and_away_with_it(asked, monkeypatch):
    left = object()
    plain = engine.analyse
    monkeypatch.setattr(engine, "analyse", lambda *given: replace(plain(*given), utterance=left))
    working, answer = run(asked, "a.wav")
    assert working[-1] == recognise.gr.skip()
    assert answer[-1] is left
    asked.error = AudioError("no such luck")
    assert run(asked, "a.wav")[1][-1] is None
    assert recognise._cleared(asked.uploads)(SimpleNamespace(session_hash="me"))[-1] is None
