"""Comparisons by voice, on a simulated hierarchy in which the voice is most of what a clip shows."""

import json
import re
from itertools import combinations

import numpy as np
import pytest
from typer.testing import CliRunner

from sermi.errors import SermiError
from sermi.frontend import FrontendConfig
from sermi.voice.model import UNKNOWN
from train.checkpoint import stage_c
from train.cli import app
from train.comparison import voice_compare, voice_generators, voice_report
from train.comparison.voice_compare import described, inner_pairs, run
from train.comparison.voice_contexts import PROTOCOLS, Known, Voices
from train.comparison.voice_generators import Sermi
from train.comparison.voice_layers import DISCRIMINANTS, LOGISTIC, Weighed, fit_layers
from train.comparison.voice_methods import Augmented
from train.comparison.voice_references import (
    ClosedForm,
    Coral,
    MeanSubtracted,
    OffsetSubtracted,
    WithClips,
)
from train.comparison.voice_training import fit_training
from train.recogniser.voices import VoiceData, space_of_components
from train.samples import AudioSample

DIM, K, EACH, SPEAKERS = 5, 3, 8, 4
METHODS = (
    Augmented("none"),
    Augmented("gaussian"),
    Sermi("maximise"),
    WithClips(),
    MeanSubtracted(),
    Coral(),
    OffsetSubtracted(),
    ClosedForm(),
)
WITH_LABELS = ("none", "sermi-maximise", "reference: labelled clips added", "reference: closed form")


@pytest.fixture(scope="module")
def data():
    """Three corpora of voices that lie further apart than emotions do."""
    rng = np.random.default_rng(0)
    means = 0.2 * rng.normal(size=(K, DIM))
    a, rows = [], []
    for corpus in "abc":
        for speaker in range(SPEAKERS):
            offset = 0.6 * rng.normal(size=DIM)
            for k in range(K):
                a.append(means[k] + offset + 0.05 * rng.normal(size=DIM) + 0.1 * rng.normal(size=(EACH, DIM)))
                rows += [(k, f"{corpus}_{speaker}", corpus)] * EACH
    c, speaker, corpus = map(np.array, zip(*rows, strict=True))
    sample = AudioSample(np.concatenate(a)[:, None].astype(np.float32), c, speaker, corpus)
    return VoiceData(sample, np.ones(len(c), bool), K, 0, space_of_components)


def quickly(data, left_out, seed):
    """Generators are hardly trained."""
    training, h = fit_training(data, left_out, seed)
    object.__setattr__(training, "steps", min(training.steps, 1))
    return training, h


@pytest.fixture(scope="module")
def outcomes(data):
    few = [method for method in METHODS if method.name in WITH_LABELS]
    chosen = {"new-voice": METHODS, "few-labels": few}
    return {name: run(name, data, 0, methods=chosen[name], fit=quickly) for name in PROTOCOLS}


def reached(outcomes, protocol, known):
    context = voice_report.summarise(protocol, outcomes[protocol])[known]
    return {name: values["UA"] for name, values in context["methods"].items()}, context


def test_what_uses_the_voice_is_ahead_where_voices_lie_apart(outcomes):
    alone, _ = reached(outcomes, "new-voice", "0")
    ua, context = reached(outcomes, "new-voice", "8")
    assert "reference: closed form" in alone
    assert "reference: CORAL" not in alone
    for name in ("sermi-maximise", "reference: closed form", "reference: voice offset subtracted"):
        assert ua[name] > max(ua["none"], ua["gaussian"]) + 0.1, ua
        assert ua[name] > alone.get(name, alone["none"]) + 0.05
    low, high = context["methods"]["sermi-maximise"]["gain_interval_95"]
    assert 0 < low < context["methods"]["sermi-maximise"]["gain"] < high
    assert context["beside"]["sermi-maximise"]["augmenter"]["best"] == "gaussian"


def test_emotions_that_are_known_help_too(outcomes):
    ua, _ = reached(outcomes, "few-labels", "2 a class")
    assert min(ua["sermi-maximise"], ua["reference: closed form"]) > ua["none"] + 0.1
    assert ua["reference: labelled clips added"] > ua["none"]


def test_none_is_the_same_whatever_is_known_but_for_the_clips_that_count(outcomes):
    for outcome in outcomes["new-voice"]:
        counts = {known: by_method["none"] for known, by_method in outcome.counts.items()}
        assert counts["0"].shape == (1, SPEAKERS, K, K)
        assert counts["8"].shape[0] == voice_compare.N_DRAWS
        for known, table in counts.items():
            assert (table.sum(axis=(2, 3)) == K * EACH - int(known)).all()


def test_settings_are_chosen_on_all_other_corpora_or_on_the_nearest_in_the_alphabet():
    corpora = list("abcdefg")
    assert sorted(inner_pairs(corpora, None)) == sorted(combinations(corpora, 2))
    chosen_on = {one: {b if a == one else a for a, b in inner_pairs(corpora, 1) if one in (a, b)} for one in corpora}
    assert chosen_on["a"] == {"b", "g"}
    assert all(len(others) == 2 for others in chosen_on.values())
    assert inner_pairs(list("abc"), 1) == inner_pairs(list("abc"), None)


def test_no_corpus_that_is_left_out_trains_and_no_known_clip_is_scored(data):
    training, h = fit_training(data, ("a", "b"), 0)
    assert set(training.corpus) == {"c"}
    assert len(h) == len(data.sample)
    rows = data.sample.corpus == "a"
    scored = data.scored[rows] & (np.arange(rows.sum()) % 5 > 0)
    voices = Voices(h[rows], data.sample.c[rows], data.sample.speaker[rows], scored)
    for known in (Known(8), Known(2, labelled=True)):
        for _, name, clips, tested in voices.draws(known, K, n_draws=2, most=None, seed=0):
            assert (voices.speaker[tested] == name).all()
            assert voices.scored[tested].all()
            assert not (voices.h[tested][:, None] == clips.h[None]).all(axis=2).any()
            assert (clips.emotions == UNKNOWN).all() != known.labelled


def test_at_most_half_of_a_speakers_clips_are_known():
    rng = np.random.default_rng(0)
    c = np.repeat([0, 1], [5, 4])
    assert Known(5).draw(c, 2, rng) is None
    assert len(Known(4).draw(c, 2, rng)) == 4
    assert Known(3, labelled=True).draw(c, 2, rng) is None
    assert np.bincount(c[Known(2, labelled=True).draw(c, 2, rng)]).tolist() == [2, 2]


def test_voices_are_as_likely_as_those_of_checkpoints():
    assert voice_generators.VOICE_SPREAD == stage_c.VOICE_SPREAD


def test_parts_count_by_their_weights():
    rng = np.random.default_rng(0)
    h, c = rng.normal(size=(40, 3)), np.arange(40) % 2
    one, other = Weighed.evenly(h, c, 2), Weighed.evenly(h + 1, c, 2)
    for layer in (LOGISTIC[0], DISCRIMINANTS[0]):
        (alone,), (without,) = fit_layers([(one, 1.0)], [layer]), fit_layers([(one, 1.0), (other, 0.0)], [layer])
        assert np.allclose(alone.weights, without.weights)
        (both,), (turned,) = (fit_layers([(a, 1.0), (b, 4.0)], [layer]) for a, b in ((one, other), (other, one)))
        assert not np.allclose(both.bias, turned.bias)


def test_the_report_says_what_was_chosen_and_whether_aims_are_reached(outcomes, tmp_path):
    features = described("new-voice", FrontendConfig(), range(1))
    text = voice_report.write_report("new-voice", outcomes["new-voice"], tmp_path, command="x", features=features)
    record = json.loads((tmp_path / "new-voice.json").read_text(encoding="utf-8"))
    assert record["aims"][0]["reached"] is True
    assert "8 over none, interval above 0: reached" in text
    assert {run["fold"] for run in record["runs"]} == {"a", "b", "c"}
    assert record["runs"][0]["chosen"]["8"]["sermi-maximise"]["voice"]
    assert 0 < record["seconds_for_a_voice"]["most"] < 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ((), r"There is no folder '.*ravdess' for the corpus ravdess"),
        (("--splits", "3"), "'new-voice' compares all augmenters on whole corpora"),
    ],
)
def test_mistakes_are_one_sentence(tmp_path, options, sentence):
    arguments = ["compare", "new-voice", "--data", str(tmp_path), "--out", str(tmp_path / "out"), *options]
    error = CliRunner().invoke(app, arguments).exception
    assert isinstance(error, SermiError)
    assert re.search(sentence, str(error))
