"""Stage C on a corpus that had no part in its choice."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from sermi.errors import SermiError
from sermi.voice import VoiceSettings
from train.checkpoint import last_layers, stage_c
from train.checkpoint.stage_c import OPTIONS
from train.cli import app
from train.recogniser.voices import Candidate, fit_audio_model
from train.samples import AudioSample

K, CANDIDATE = 3, Candidate(6, VoiceSettings(0.2, 1.0))


@pytest.fixture(scope="module")
def sample():
    """Three corpora of four speakers; in the last one two emotions have changed places."""
    rng = np.random.default_rng(0)
    c = np.tile(np.arange(K), 120)
    speaker, corpus = np.repeat(np.arange(12), 30), np.repeat(np.arange(3), 120)
    shown = np.where((corpus == 2) & (c < 2), 1 - c, c)
    a = rng.normal(size=(360, 8)) + 2 * np.eye(K, 8)[shown] + 0.3 * rng.normal(size=(12, 8))[speaker]
    names = np.char.add("s", speaker.astype(str))
    return AudioSample(a[:, None].astype(np.float32), c, names, np.array(["one", "two", "wrong"])[corpus])


def test_a_corpus_has_no_part_in_what_is_chosen_for_it(sample, monkeypatch):
    monkeypatch.setattr(stage_c, "STEPS", dict.fromkeys(stage_c.REGULARISERS, 2))
    scored = np.arange(len(sample)) % 2 == 0
    run = last_layers.left_out(sample, scored, K, "wrong", CANDIDATE, 0)
    others = sample.where(sample.corpus != "wrong")
    inner, _ = stage_c.out_of_fold_by_option(others, K, CANDIDATE, 0)
    assert run["kinds"] == stage_c.last_layer_report(inner)["kinds"]
    audio, _ = fit_audio_model(others, K, CANDIDATE, 0)
    tested = sample.where((sample.corpus == "wrong") & scored)
    right = audio.scores(tested.a[:, 0]).argmax(1) == tested.c
    assert run["by_option"][0] == pytest.approx(np.mean([right[tested.c == k].mean() for k in range(K)]), abs=1e-4)
    assert run["by_option"][0] < 0.5  # of the three classes it has one right
    assert len(run["by_option"]) == len(OPTIONS)
    assert run["by_best_of_kind"][0] == run["by_option"][0]
    assert run["by_best_of_kind"][1] in run["by_option"][1:5]
    assert run["by_best_of_kind"][2] in run["by_option"][5:]
    assert run["by_choice"] in run["by_best_of_kind"]


@pytest.mark.parametrize("content", ["{}", "nonsense", json.dumps({"protocol": "ravdess", "frontend": {}, "runs": []})])
def test_something_else_than_an_evaluation_is_refused(tmp_path, content):
    (tmp_path / "evaluation.json").write_text(content)
    arguments = [
        "--data",
        str(tmp_path),
        "--evaluation",
        str(tmp_path / "evaluation.json"),
        "--out",
        str(tmp_path / "x"),
    ]
    error = CliRunner().invoke(app, ["last-layers", *arguments]).exception
    assert isinstance(error, SermiError)
    assert "is not a result of 'python -m train evaluate new-voice'" in str(error)
