"""What a page shows of a checkpoint's generators, against the shipped checkpoints."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from sermi import audio, predictor
from sermi import checkpoint as checkpoints
from sermi.cli import app
from sermi.encoders.moonshine import assets_folder
from sermi.errors import SermiError
from sermi.generated_voices import training_design
from sermi.ui.explorer import TOLERANCE, Explorer, verdict
from sermi.ui.sample_request import MAX_SHOWN, SampleRequest


@pytest.fixture(scope="module", params=["open4", "open7"])
def explorer(request):
    return Explorer(checkpoints.load(request.param))


@pytest.fixture(scope="module")
def request_(explorer):
    return SampleRequest("open4", explorer.classes, 20, seed=3)


def test_a_map_is_the_same_whatever_lies_on_it(explorer, request_):
    for projection in ("pca", "emotion"):
        before = explorer.real_map(projection)
        explorer.generate(replace(request_, noise_scale=2.0))
        assert np.array_equal(before, explorer.real_map(projection))
        generated = explorer.generate(request_)
        assert explorer.project(generated.h, projection).shape == (len(generated.c), 2)
        alone = explorer.project(generated.h[5:6], projection)
        assert np.allclose(alone, explorer.project(generated.h, projection)[5:6], atol=1e-3)


def test_principal_components_hold_most_of_what_two_directions_can(explorer):
    h = explorer.checkpoint.reference.h
    variances = np.linalg.svd(h - h.mean(axis=0), compute_uv=False)[:2] ** 2 / (len(h) - 1)
    assert np.allclose(explorer.real_map("pca").var(axis=0, ddof=1), variances, rtol=1e-3)


def test_emotion_axes_keep_real_emotions_apart_better(explorer):
    """They come from the generator's classes, so real features of speakers that it never met are a fair trial."""

    def between(projection: str) -> float:
        xy, c = explorer.real_map(projection), explorer.checkpoint.reference.c
        inside = sum(xy[c == k].var(axis=0) * (c == k).mean() for k in np.unique(c))
        return float((1 - inside / xy.var(axis=0)).mean())

    assert between("emotion") > between("pca") + 0.1


def test_tsne_places_what_it_is_given_and_leaves_out_what_is_too_much(explorer):
    rng = np.random.default_rng(0)
    apart = [rng.normal(0, 1, (700, 20)), rng.normal(40, 1, (30, 20)), rng.normal(0, 1, (1, 20))]
    real, generated, visitor = explorer.tsne(apart)
    assert [len(real), len(generated), len(visitor)] == [700, 30, 1]
    assert np.isfinite(generated).all()
    assert np.isfinite(visitor).all()
    assert np.isfinite(real[:, 0]).sum() == 400
    away = np.linalg.norm(generated.mean(axis=0) - np.nanmean(real, axis=0))
    assert away > 2 * np.linalg.norm(generated - generated.mean(axis=0), axis=1).mean()


def test_a_sample_in_full_agrees_with_the_table(explorer, request_):
    generated = explorer.generate(replace(request_, pairs=True))
    row = generated.table().iloc[7]
    one = explorer.details(generated, 7)
    assert (one.number, one.emotion) == (row["id"], row["emotion"])
    assert one.score == pytest.approx(row["mi_nats"], abs=1e-4)
    assert one.words == pytest.approx(row["words_nats"], abs=1e-4)
    assert one.nearest.row == row["nearest_real"]
    assert one.nearest.distance == pytest.approx(row["distance"], abs=1e-4)
    assert one.nearest_text.row == row["nearest_real_text"]
    assert sum(one.probabilities.values()) == pytest.approx(1)
    k = len(explorer.classes)
    assert one.score == pytest.approx(np.log(k * one.probabilities[one.emotion]), abs=1e-4)
    real = explorer.checkpoint.reference
    distances = np.linalg.norm(real.h - generated.h[7], axis=1)
    assert distances.argmin() == one.nearest.row
    assert explorer.classes[real.c[one.nearest.row]] == one.nearest.emotion


def test_samples_that_are_not_there(explorer, request_):
    generated = explorer.generate(request_)
    for number in (-1, len(generated.c)):
        with pytest.raises(SermiError, match="numbered from 0"):
            explorer.details(generated, number)


@pytest.mark.parametrize("n", [0, -3, MAX_SHOWN + 1])
def test_more_than_a_map_holds_is_one_sentence(n):
    with pytest.raises(SermiError, match="Ask for 1 to 2,000 samples of an emotion"):
        SampleRequest("open4", ("sad",), n)


def test_the_shipped_generators_get_the_verdicts_that_their_figures_call_for(explorer):
    measured = explorer.checkpoint.metrics["generators"]
    real = explorer.real_information
    assert real.value == measured["real"]["information"]["value"]
    kinds = {
        name: verdict(measured[name]["information"]["value"], real.value, explorer.ceiling).kind
        for name in ("match", "maximise")
    }
    assert kinds == {"match": "alike", "maximise": "over-conditioned"}


def test_information_is_measured_on_all_emotions_whatever_was_asked_for(explorer):
    request = SampleRequest("open4", ("sad",), 5, regulariser="match", noise_scale=4.0)
    measured = explorer.information(request)
    codes, voices = training_design(explorer.checkpoint)
    share = np.bincount(codes) / len(codes)
    assert measured.ceiling == pytest.approx(-share @ np.log(share), abs=1e-3)
    assert len(voices.number.unique()) == sum(
        corpus["speakers"] for corpus in explorer.checkpoint.config.training["audio"].values()
    )
    assert abs(measured.control) < 0.05
    assert verdict(measured.value, explorer.real_information.value, explorer.ceiling).kind == "blurred"


def test_a_verdict_changes_where_it_says_that_it_does():
    assert verdict(1 + TOLERANCE - 0.01, 1, 2).kind == "alike"
    assert verdict(1 + TOLERANCE + 0.01, 1, 2).kind == "over-conditioned"
    assert verdict(1 - TOLERANCE - 0.01, 1, 2).kind == "blurred"


def test_a_recording_has_its_place_and_its_words(explorer):
    recording = audio.read(assets_folder() / "beckett.wav")
    model = predictor.Predictor(explorer.checkpoint)
    _, utterance = model.predict_with_embeddings(recording, "Ever tried.")
    h, t = explorer.project_recording(utterance)
    assert h.shape == (explorer.checkpoint.config.shape.feature_dim,)
    assert np.allclose(t, model.text_feature("Ever tried."), atol=1e-5)
    assert explorer.project_recording(replace(utterance, b=None))[1] is None
    with pytest.raises(SermiError, match="another kind of model"):
        explorer.project_recording(replace(utterance, frontend="another"))


def test_map_table_download_and_command_line_say_the_same(explorer, request_, tmp_path):
    import pandas as pd

    generated = explorer.generate(replace(request_, checkpoint=explorer.checkpoint.config.class_set))
    out = tmp_path / "samples.csv"
    arguments = ["generate", "--emotion", "all", "--n", "20", "--seed", "3", "--out", str(out)]
    done = CliRunner().invoke(app, [*arguments, "--checkpoint", explorer.checkpoint.config.class_set])
    assert done.exit_code == 0, done.output
    written = pd.read_csv(out)
    expected = generated.table()
    assert list(written) == list(expected)
    pd.testing.assert_frame_equal(written, expected, check_dtype=False, atol=1e-4, rtol=1e-4)
