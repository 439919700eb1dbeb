"""Stage C and the reports of a checkpoint, on features of two artificial corpora."""

from __future__ import annotations

import numpy as np
import pytest

from sermi.features import Features
from sermi.labels import class_set
from sermi.quality import WORDS
from sermi.voice import VoiceSettings
from train.checkpoint import stage_c
from train.checkpoint.generator_report import generator_report
from train.checkpoint.information import real_information
from train.checkpoint.recogniser_report import audio_report
from train.checkpoint.set_quality import RealSpeech
from train.checkpoint.stage_c import (
    OPTIONS,
    Option,
    chosen_option,
    last_layer,
    last_layer_report,
    out_of_fold_by_option,
    trained_generators,
)
from train.recogniser.selection import inner_folds
from train.recogniser.voices import Candidate, fit_audio_model
from train.samples import AudioSample

CANDIDATE = Candidate(8, VoiceSettings(0.2, 1.0))
K = 4


@pytest.fixture(scope="module")
def sample():
    """Four classes, eight speakers, two corpora that lie apart."""
    rng = np.random.default_rng(0)
    c = np.tile(np.arange(K), 160)
    speaker = np.repeat(np.arange(8), 80)
    corpus = speaker // 4
    a = rng.normal(size=(640, 12)) + 1.4 * np.eye(K, 12)[c] + 2 * np.eye(2, 12)[corpus][:, ::-1]
    a += 0.5 * rng.normal(size=(8, 12))[speaker]
    names = np.char.add("s", speaker.astype(str))
    return AudioSample(
        a=a[:, None].astype(np.float32),
        c=c,
        speaker=names,
        corpus=np.array(["one", "two"])[corpus],
        emphasis=np.ones(12, np.float32),
    )


@pytest.fixture(scope="module")
def tried(sample):
    return out_of_fold_by_option(sample, K, CANDIDATE, 0)


def test_every_option_is_scored_by_models_that_saw_no_such_corpus(sample, tried):
    recalls, scores = tried
    assert recalls.shape == (2, len(OPTIONS))
    assert len(scores) == len(OPTIONS)
    assert np.all((recalls > 0.5) & (recalls <= 1))
    for fold in inner_folds(sample, 0):
        model, _ = fit_audio_model(sample.where(~fold), K, CANDIDATE, 0)
        assert np.allclose(scores[0][fold], model.scores(sample.a[fold, 0]))
    for ua, predicted in zip(recalls.T, (table.argmax(1) for table in scores), strict=True):
        by_fold = [
            np.mean([np.mean(predicted[fold][sample.c[fold] == k] == k) for k in range(K)])
            for fold in inner_folds(sample, 0)
        ]
        assert ua == pytest.approx(by_fold)


LOGISTIC, GENERATED = Option(penalty=0.1), Option("match", 8, 0.01)


def recalls_with(logistic, generated):
    """UA of seven folds: of the discriminant, of an option of each other kind by so much more, and of the others by less."""
    plain = np.array([0.8, 0.6, 0.6, 0.4, 0.6, 0.5, 0.7])
    table = np.tile(plain[:, None] - 0.1, len(OPTIONS))
    table[:, 0] = plain
    table[:, OPTIONS.index(LOGISTIC)] = plain + logistic
    table[:, OPTIONS.index(GENERATED)] = plain + generated
    return table


STEADY, UNEVEN = np.linspace(0.01, 0.03, 7), np.array([0.3, -0.1, 0, 0, 0, 0, 0])


@pytest.mark.parametrize(
    ("logistic", "generated", "chosen"),
    [
        (-STEADY, STEADY, GENERATED),
        (STEADY, -STEADY, LOGISTIC),
        (STEADY, 2 * STEADY, GENERATED),
        (STEADY, STEADY, LOGISTIC),  # what the classifier gains is not the generator's
        (UNEVEN, UNEVEN, Option()),
        (-STEADY, UNEVEN, Option()),
        (-STEADY, -STEADY, Option()),
    ],
)
def test_a_kind_is_used_where_it_gains_more_over_simpler_ones_than_folds_differ(logistic, generated, chosen):
    recalls = recalls_with(logistic, generated)
    assert OPTIONS[chosen_option(recalls)] == chosen
    report = last_layer_report(recalls)
    assert Option(**report["chosen"]) == chosen
    of_logistic, of_generated = report["kinds"]
    assert of_logistic["gain"] == pytest.approx(logistic.mean(), abs=1e-4)
    assert of_generated["gain"] == pytest.approx(generated.mean() - max(0, logistic.mean()), abs=1e-4)


def test_what_was_tried_is_reported(tried):
    report = last_layer_report(tried[0])
    assert [option["UA"] for option in report["options"]] == [round(ua, 4) for ua in tried[0].mean(axis=0)]
    assert {option["regulariser"] for option in report["options"]} == {None, "match", "maximise", "off"}


def test_the_last_layer_is_the_discriminant_or_learns_from_samples_too(sample):
    audio, h = fit_audio_model(sample, K, CANDIDATE, 0)
    trained = dict(trained_generators(h, sample, K, seed=0, real_information=0.5))
    assert tuple(trained) == stage_c.REGULARISERS
    plain = last_layer(Option(), h, sample, audio=audio, generators=trained, seed=0)
    assert np.array_equal(plain.weights, audio.weights)
    real = last_layer(LOGISTIC, h, sample, audio=audio, generators={}, seed=0)
    assert np.mean(real.scores(h).argmax(1) == sample.c) > 0.6
    learnt = last_layer(Option("match", 2, 0.001), h, sample, audio=audio, generators=trained, seed=0)
    assert np.mean(learnt.scores(h).argmax(1) == sample.c) > 0.6
    assert not np.allclose(learnt.weights, audio.weights)


def test_a_generator_is_reported_as_real_speech_is(sample):
    _, h = fit_audio_model(sample, K, CANDIDATE, 0)
    real = real_information(h, sample, 0)
    t = np.random.default_rng(0).normal(size=(len(h), 3)) + 2 * np.eye(K, 3)[sample.c]
    trained = dict(trained_generators(h, sample, K, seed=0, t=t.astype(np.float32), real_text_information=0.4))
    rows = Features(h, sample.c, sample.speaker, t)
    speech = RealSpeech(
        h=h,
        c=sample.c,
        speaker=sample.speaker,
        corpus=sample.corpus,
        gender=np.full(len(h), ""),
        trained=np.ones(len(h), bool),
    )
    report = generator_report(trained, real=real, train=rows, sample=sample, speech=speech, seed=0)
    assert report["match"]["information"]["value"] == pytest.approx(real.value, rel=0.2)
    assert report["maximise"]["information"]["value"] > report["match"]["information"]["value"]
    assert set(report["match"]["quality"]) >= {"frechet", "coverage", "memorisation", "taught", "copies", "spread_rest"}
    assert report["match"]["verdict"]["word"] in WORDS
    assert report["match"]["log"][0]["step"] == 0
    assert report["match"]["pair_information_by_emotion"] > 0.02


def test_recalls_by_group_and_reliability_add_up(sample):
    rng = np.random.default_rng(1)
    probabilities = rng.dirichlet(np.ones(K), size=len(sample))
    gender = np.where(np.char.endswith(sample.speaker, "1"), "female", "male")
    report = audio_report(probabilities, sample, gender, class_set("open4"))
    assert sum(bin_["n"] for bin_ in report["reliability"]) == len(sample)
    right = sum(bin_["n"] * bin_["accuracy"] for bin_ in report["reliability"]) / len(sample)
    assert right == pytest.approx(report["WA"], abs=1e-3)
    assert sum(group["n"] for group in report["by_gender"].values()) == len(sample)
    assert set(report["by_speaker"]) == set(sample.speaker)
    predicted = probabilities.argmax(1)
    own = sample.speaker == "s3"
    recalls = [np.mean(predicted[own & (sample.c == k)] == k) for k in range(K)]
    assert report["by_speaker"]["s3"]["UA"] == pytest.approx(np.mean(recalls), abs=1e-4)
