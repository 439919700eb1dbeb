"""What is kept of visitors' voices, and what leaves."""

from __future__ import annotations

from dataclasses import replace
from threading import Thread

import numpy as np

from sermi.predictor import Utterance
from sermi.ui import voices as module
from sermi.ui.voices import MAX_SENTENCES, Sentence, VisitorVoice, Voices


def sentence(path, *, seed=None, frontend="moonshine", **options):
    a = np.random.default_rng(sum(map(ord, path)) if seed is None else seed).normal(size=8)
    return Sentence(path, Utterance(a, None, frontend), options.pop("emotion", "happy"), **options)


def voice_of(*sentences):
    voice = VisitorVoice()
    for one in sentences:
        voice = voice.with_sentence(one)
    return voice


def paths(voice):
    return [one.path for one in voice.sentences]


def test_the_same_recording_counts_once_and_keeps_its_place():
    voice = voice_of(sentence("/a", seed=1), sentence("/b", seed=2), sentence("/a", seed=1, emotion="sad"))
    assert [(one.path, one.number, one.emotion) for one in voice.sentences] == [("/a", 1, "sad"), ("/b", 2, "happy")]


def test_the_same_sound_under_another_name_counts_once():
    assert len(voice_of(sentence("/a", seed=1), sentence("/copy", seed=1)).sentences) == 1


def test_the_same_sound_stays_known_to_be_calm():
    calm = sentence("/calm", seed=1, asked="neutral")
    assert [one.asked for one in voice_of(calm, sentence("/copy", seed=1)).sentences] == ["neutral"]
    assert [one.asked for one in voice_of(calm, sentence("/copy", seed=1, asked="angry")).sentences] == ["angry"]


def test_each_encoder_knows_what_it_encoded():
    voice = voice_of(sentence("/a"), sentence("/b"), sentence("/b", frontend="whisper"))
    assert len(voice.of("moonshine")) == 2
    assert len(voice.of("whisper")) == 1
    assert paths(voice.without_recording("/b")) == ["/a"]


def test_the_oldest_sentence_that_is_not_known_to_be_calm_makes_room():
    calm = sentence("/calm", asked="neutral")
    voice = voice_of(calm, *(sentence(f"/{i}", seed=i) for i in range(MAX_SENTENCES)))
    assert len(voice.sentences) == MAX_SENTENCES
    assert paths(voice)[:2] == ["/calm", "/1"]
    all_calm = voice_of(*(sentence(f"/{i}", seed=i, asked="neutral") for i in range(MAX_SENTENCES + 1)))
    assert paths(all_calm)[0] == "/1"


def test_later_sentences_change_what_earlier_ones_sound_like():
    voice = voice_of(sentence("/a"), sentence("/b")).with_sentence(sentence("/c"), {1: "sad"}, frozenset({0, 2}))
    assert [one.emotion for one in voice.sentences] == ["sad", "happy", "happy"]
    assert voice.left_out == {2, 3}


def test_a_sentence_taken_out_does_not_come_back_while_its_recording_is_on_the_page():
    voice = voice_of(sentence("/a"), sentence("/b")).without(2, shown="/b")
    assert paths(voice.with_shown("/b").with_sentence(sentence("/b"))) == ["/a"]
    assert paths(voice.with_shown("/c").with_shown("/b").with_sentence(sentence("/b"))) == ["/a", "/b"]
    assert paths(voice.without(7, shown="/b")) == ["/a"]


def test_someone_else_begins_with_what_sounded_like_someone_else():
    voice = replace(voice_of(sentence("/a")), stranger=sentence("/b"))
    assert [(one.path, one.number) for one in voice.of_someone_else().sentences] == [("/b", 2)]
    assert voice.with_shown("/c").of_someone_else().sentences == ()
    assert voice.without_recording("/b").stranger is None


def test_visitors_share_nothing_and_leave_nothing():
    voices = Voices()
    voices.change("me", lambda voice: voice.with_sentence(sentence("/a")))
    assert voices.of("you") == VisitorVoice()
    voices.drop("me")
    voices.drop("nobody")
    assert voices.of("me") == VisitorVoice()


def test_a_page_that_was_lost_is_forgotten_after_an_hour(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    voices = Voices()
    voices.change("lost", lambda voice: voice.with_sentence(sentence("/a")))
    now[0] = module.MAX_AGE_S + 1.0
    voices.change("me", lambda voice: voice.with_sentence(sentence("/b")))
    assert not voices.of("lost").sentences
    assert voices.of("me").sentences


def test_nothing_is_lost_where_requests_run_at_once():
    n = 8
    voices = Voices()
    add = [
        Thread(target=voices.change, args=("me", lambda voice, i=i: voice.with_sentence(sentence(f"/{i}", seed=i))))
        for i in range(n)
    ]
    for thread in add:
        thread.start()
    for thread in add:
        thread.join()
    assert sorted(one.number for one in voices.of("me").sentences) == list(range(1, n + 1))
