"""Sentences of a visitor answered with each other, by a real model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sermi import audio, predictor
from sermi.encoders.moonshine import assets_folder
from sermi.ui.voiced import Standing, answer_with
from sermi.ui.voices import Sentence


@pytest.fixture(scope="module")
def model(checkpoints):
    return predictor.load(checkpoints / "open4")


@pytest.fixture(scope="module")
def encoded(model):
    """Four parts of somebody reading, one of somebody else who plays, and a moment of the first."""
    parts = [
        *np.array_split(audio.read(assets_folder() / "two_cities.wav").waveform, 6)[:4],
        np.array_split(audio.read(assets_folder() / "endgame_nagg_nell.wav").waveform, 6)[0],
    ]
    return [model.encode(audio.from_samples(part, audio.SAMPLE_RATE)) for part in (*parts, parts[0][8_000:20_000])]


def sentences_of(encoded):
    return [Sentence(f"/{i}", one.utterance, "sad", number=i) for i, one in enumerate(encoded, 1)]


def test_it_rests_on_the_others_and_changes_what_they_sound_like(model, encoded):
    others = sentences_of(encoded[:2])
    prediction, standing = answer_with(model, encoded[2], others, path="/new", asked=None)
    assert (prediction.context, standing.fits, standing.emotions.keys()) == (2, True, {1, 2})
    assert prediction.without_context != prediction.probabilities


def test_it_is_not_its_own_context(model, encoded):
    others = sentences_of(encoded[:2])
    for path in ("/2", "/copy"):
        assert answer_with(model, encoded[1], others, path=path, asked=None)[0].context == 1


def test_a_calm_reading_tells_the_others_more(model, encoded):
    alone = answer_with(model, encoded[0], [], path="/new", asked="neutral")
    assert alone[1] == Standing(left_out=frozenset())
    calm, unknown = (
        answer_with(model, encoded[1], [Sentence("/0", encoded[0].utterance, "sad", asked, 1)], path="/1", asked=None)[
            0
        ]
        for asked in ("neutral", None)
    )
    assert calm.probabilities != unknown.probabilities


def test_someone_else_and_too_little_add_nothing(model, encoded):
    others = sentences_of(encoded[:4])
    prediction, standing = answer_with(model, encoded[4], others, path="/new", asked=None)
    assert (prediction.context, standing) == (0, Standing(fits=False))
    assert not any("the others" in warning for warning in prediction.warnings)
    assert answer_with(model, encoded[5], others, path="/short", asked=None)[1].emotions == {}


def test_what_another_encoder_heard_says_nothing(model, encoded):
    utterance = predictor.Utterance(encoded[0].utterance.a, None, "another")
    prediction, standing = answer_with(
        model, encoded[1], [Sentence("/0", utterance, "sad", number=1)], path="/1", asked=None
    )
    assert (prediction.context, standing) == (0, Standing())


def test_sentences_that_were_said_as_told_tell_the_others_more(model, encoded):
    asked = [
        Sentence(f"/{i}", one.utterance, "sad", emotion, i)
        for i, (one, emotion) in enumerate(zip(encoded[:2], ("angry", "happy"), strict=True), 1)
    ]
    known, _ = answer_with(model, encoded[2], asked, path="/new", asked=None)
    unknown, _ = answer_with(model, encoded[2], [replace(one, asked=None) for one in asked], path="/new", asked=None)
    assert known.probabilities != unknown.probabilities
    same, _ = answer_with(model, encoded[2], asked, path="/new", asked="sad")
    assert same.probabilities == known.probabilities  # its own has no part in its answer
    nothing_known, _ = answer_with(
        model, encoded[2], [replace(one, asked="bored") for one in asked], path="/new", asked=None
    )
    assert nothing_known.probabilities == unknown.probabilities  # not an emotion of this model
