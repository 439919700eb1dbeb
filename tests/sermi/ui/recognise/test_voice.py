"""What a visitor's voice takes in and lets go: recordings a, b and c of one visitor, as files that were sent."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from sermi.known_sentences import KnownSentences
from sermi.predictor import Utterance
from sermi.ui.examples import examples
from sermi.ui.recognise import html
from sermi.ui.recognise.events import NO_TRANSCRIPTION
from sermi.ui.recognise.voice_events import VoiceEvents
from sermi.ui.voiced import Standing
from sermi.ui.voices import Sentence
from tests.sermi.ui.recognise.stand_in import ME, run


@pytest.fixture
def speak(events, tmp_path):
    def spoken(name, *, into=None):
        path = tmp_path / name / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
        events.uploads.add([path], "me")
        return run(events, str(path), handler=into or events.on_recorded)

    return spoken


@pytest.fixture
def card(events):
    return VoiceEvents(events)


def known(events, session="me"):
    return [Path(one.path).name for one in events.voices.of(session).sentences]


def test_a_recording_is_context_of_the_next_one(events, card, speak):
    speak("a")
    card.on_another("open4", ME)
    answer = speak("b")[-1]
    assert events.engine.context == [([], None), (["a"], None)]
    assert "heard twice" in answer[events.card.known]
    assert known(events) == ["a", "b"]


def test_the_same_recording_again_counts_once(events, speak):
    speak("a")
    speak("a", into=events.on_model)
    assert known(events) == ["a"]


def test_examples_are_of_another_voice(events, speak):
    speak("a")
    answer = run(events, str(examples()[0].path))[-1]
    assert events.engine.context[-1] == ([], None)
    assert known(events) == ["a"]
    assert "Heard once" in answer[events.card.known]


def test_too_little_speech_and_someone_else_stay_out(events, card, speak):
    speak("a")
    events.engine.is_enough = False
    assert "too little speech" in speak("b")[-1][events.card.known]
    events.engine.is_enough, events.engine.standing = True, Standing(fits=False)
    assert speak("c")[-1][events.results.mismatch]["visible"]
    assert known(events) == ["a"]
    assert card.on_someone_else("open4", ME)[events.results.mismatch]["visible"] is False
    assert known(events) == ["c"]
    assert events.inputs.audio in card.on_someone_else("open4", ME)
    assert known(events) == []


def test_what_is_removed_leaves_and_what_is_replaced_stays(events, card, speak):
    for name in "abc":
        speak(name)
    updates = events.on_clear("open4", ME)
    assert known(events) == ["a", "b"]
    assert "has left your voice" in updates[events.card.known]
    assert "has left" not in events.on_clear("open4", ME)[events.card.known]
    card.on_remove("open4", SimpleNamespace(number=1), ME)
    card.on_remove("open4", SimpleNamespace(number="no number"), ME)
    assert known(events) == ["b"]


def test_a_recording_removed_while_it_is_computed_does_not_stay(events, tmp_path):
    (tmp_path / "a").touch()
    answer = events.on_recorded(str(tmp_path / "a"), "", "open4", NO_TRANSCRIPTION, ME)
    next(answer)
    events.on_clear("open4", ME)
    list(answer)
    assert known(events) == []


def test_what_was_read_calmly_is_known_to_be_calm(events, card, speak):
    assert card.on_read("open4", ME)[events.inputs.to_read]["visible"]
    assert events.inputs.to_read not in events.on_clear("open4", ME)  # from files to the microphone: it stays as it is
    working, answer = speak("a")
    assert working[events.inputs.to_read]["visible"] is False
    assert "how you sound when calm" in answer[events.card.known]
    speak("a", into=events.on_recognise)
    events.engine.standing = Standing(emotions={1: "sad"})
    speak("b")
    assert events.engine.context == [([], "neutral"), (["a"], "neutral"), (["a"], None)]


@pytest.mark.parametrize("instead", ["upload", "not now", "another"])
def test_what_was_not_read_is_not(events, card, speak, instead):
    card.on_read("open4", ME)
    if instead == "not now":
        card.on_not_now(ME)
    elif instead == "another":
        card.on_another("open4", ME)
    speak("a", into=events.on_recognise if instead == "upload" else events.on_recorded)
    assert events.engine.context == [([], None)]


def test_it_says_what_a_sentence_changed(events, speak):
    speak("a")
    events.engine.standing = Standing(emotions={1: "sad"})
    assert "not happy but sad" in speak("b")[-1][events.card.known]
    assert events.voices.of("me").sentences[0].emotion == "sad"


def test_models_with_another_encoder_know_nothing_of_it(events, speak):
    speak("a")
    events.engine.frontend = "whisper"
    assert "1 sentence" not in run(events, None, handler=events.on_model)[0][events.card.known]
    events.engine.frontend = "moonshine"
    assert "1 sentence" in run(events, None, handler=events.on_model)[0][events.card.known]


def test_what_known_sentences_are_worth_is_what_was_measured():
    points = [
        KnownSentences(n, neutral, ua, (ua - 0.02, ua + 0.02), n_corpora)
        for n, neutral, ua, n_corpora in (
            (0, False, 0.6, 7),
            (1, False, 0.59, 7),
            (3, False, 0.66, 7),
            (20, False, 0.9, 5),
            (1, True, 0.7, 7),
        )
    ]

    def said(*asked):
        one = Utterance(np.ones(4), None, "moonshine")
        sentences = [Sentence(f"/{i}", one, "sad", emotion, i) for i, emotion in enumerate(asked)]
        text = html.voice(sentences, left_out=frozenset(), shown="", news="", knows_voices=True, new_voices=points)
        return re.findall("to know (.*?) of 100", text)

    assert said() == said(None) == said(None, None) == []
    assert said(None, None, None) == ["three sentences raised what was heard right from 60 to 66"]
    assert said(*[None] * 25) == said(None, None, None)  # 20 were measured on fewer corpora
    assert said(None, None, "neutral") == ["one calm sentence raised what was heard right from 60 to 70"]
