import json

import numpy as np
import pandas as pd
import pytest
import torch
from typer.testing import CliRunner

from sermi import checkpoint as checkpoints
from sermi.cli import app
from sermi.errors import CheckpointError, SermiError
from sermi.generate import critics, generate, write
from sermi.mi import label_scores, shared_label_scores


@pytest.fixture(scope="module", params=["open4", "open7"])
def checkpoint(request):
    return checkpoints.load(request.param)


def test_shipped_generators_make_their_own_class(checkpoint):
    made = generate(checkpoint, checkpoint.config.classes, 100, seed=0)
    k = len(checkpoint.config.classes)
    assert made.h.shape == (100 * k, checkpoint.config.shape.feature_dim)
    assert (made.score <= np.log(k) + 1e-6).all()
    assert made.score.mean() > 0.15
    # a wrong label on the same samples is told apart
    assert label_scores(made.h, (made.c + 1) % k, critics(checkpoint).audio).mean() < made.score.mean() - 0.3


def test_maximised_information_is_over_conditioned_and_matched_is_near_the_real_value(checkpoint):
    """Each by the figures that were measured when it was trained."""
    measured = checkpoint.metrics["generators"]
    real = measured["real"]["information"]["value"]
    assert measured["match"]["information"]["value"] == pytest.approx(real, rel=0.15)
    assert measured["maximise"]["information"]["value"] > 1.15 * real


def test_the_same_seed_gives_the_same_samples_in_every_format(checkpoint, tmp_path):
    made, *others = (generate(checkpoint, names, 5, seed=7) for names in (["angry"], "angry", ["angry", "angry"]))
    for again in others:
        assert np.array_equal(made.h, again.h)
    for suffix in (".npz", ".csv", ".parquet"):
        write(made, tmp_path / f"samples{suffix}", about={"seed": 7})
        assert json.loads((tmp_path / f"samples{suffix}.json").read_text()) == {"seed": 7}
    csv, parquet = pd.read_csv(tmp_path / "samples.csv"), pd.read_parquet(tmp_path / "samples.parquet")
    archive = np.load(tmp_path / "samples.npz", allow_pickle=False)
    columns = [f"h{i}" for i in range(made.h.shape[1])]
    for table in (csv[columns].to_numpy(), parquet[columns].to_numpy(), archive["h"]):
        assert np.allclose(table, made.h, atol=1e-4)
    assert csv["emotion"].tolist() == archive["emotion"].tolist() == ["angry"] * 5
    assert np.allclose(csv["mi_nats"], archive["mi_nats"], atol=1e-4)
    assert np.allclose(csv["mi_bits"], csv["mi_nats"] / np.log(2), atol=2e-4)


def test_nearest_real_features_are_the_nearest(checkpoint):
    made = generate(checkpoint, ["sad"], 20, seed=1)
    distances = np.linalg.norm(made.h[:, None].astype(float) - checkpoint.reference.h[None], axis=-1)
    assert np.array_equal(made.nearest, distances.argmin(1))
    assert np.allclose(made.distance, distances.min(1), rtol=1e-3)


def test_words_pairs_and_noise_scale_change_what_is_made(checkpoint):
    plain = generate(checkpoint, ["happy"], 50)
    wide = generate(checkpoint, ["happy"], 50, noise_scale=2.0)
    told = generate(checkpoint, ["happy"], 50, t=checkpoint.reference.t[0])
    paired = generate(checkpoint, ["happy"], 50, pairs=True)
    assert wide.h.std(0).mean() > 1.5 * plain.h.std(0).mean()
    assert wide.score.mean() < plain.score.mean()
    assert not np.allclose(told.h, plain.h)
    assert paired.t.shape == (50, checkpoint.config.shape.text_feature_dim)
    assert plain.t is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((["joyful"], 5), "joyful"),
        (([], 5), "at least one emotion; this checkpoint has angry"),
        (("angr", 5), "'angr' is not an emotion"),
        ((["sad"], 0), "1 to 10000"),
        ((["sad"], 10_001), "1 to 10000"),
    ],
)
def test_a_wrong_request_is_one_sentence(arguments, said):
    with pytest.raises(SermiError, match=said):
        generate(checkpoints.load("open4"), *arguments)


def test_other_mistakes_are_one_sentence_too(tmp_path):
    checkpoint = checkpoints.load("open4")
    with pytest.raises(CheckpointError, match="match"):
        generate(checkpoint, ["sad"], 5, regulariser="minimise")
    with pytest.raises(SermiError, match="noise scale"):
        generate(checkpoint, ["sad"], 5, noise_scale=0)
    with pytest.raises(SermiError, match="width"):
        generate(checkpoint, ["sad"], 5, t=np.zeros(3))
    made = generate(checkpoint, ["sad"], 5)
    with pytest.raises(SermiError, match=r"\.parquet"):
        write(made, tmp_path / "samples.pkl", about={})
    with pytest.raises(SermiError, match="no folder"):
        write(made, tmp_path / "nowhere" / "samples.csv", about={})


def test_the_command_writes_what_the_function_makes(tmp_path):
    out = tmp_path / "samples.csv"
    arguments = [
        "generate",
        "--emotion",
        "angry",
        "--n",
        "8",
        "--seed",
        "3",
        "--text",
        "Leave me alone!",
        "--out",
        str(out),
    ]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "8 samples" in result.output
    from sermi.predictor import load

    t = load("open4").text_feature("Leave me alone!")
    made = generate(checkpoints.load("open4"), ["angry"], 8, seed=3, t=t)
    written = pd.read_csv(out)
    assert np.allclose(written[[f"h{i}" for i in range(made.h.shape[1])]], made.h, atol=1e-4)
    assert np.allclose(written["mi_nats"], made.score, atol=1e-3)
    assert json.loads(out.with_suffix(".csv.json").read_text())["settings"]["text"] == "Leave me alone!"


def test_words_are_scored_through_the_emotion_they_share(checkpoint):
    """Pairs of the generator go together better than its samples with each other's words."""
    made = generate(checkpoint, checkpoint.config.classes, 200, pairs=True)
    assert "words_nats" in made.summary()
    strangers = shared_label_scores(made.h, made.t[::-1], critics(checkpoint).audio, critics(checkpoint).text)
    assert made.words.mean() > strangers.mean() + 0.03
    assert generate(checkpoint, ["sad"], 3).words is None


def test_class_scores_are_the_last_layers_and_agree_with_the_score(checkpoint):
    made = generate(checkpoint, checkpoint.config.classes, 10)
    assert np.allclose(made.log_q, checkpoint.model.last_layer(torch.from_numpy(made.h)).numpy(), atol=1e-5)
    assert np.allclose(np.exp(made.log_q).sum(axis=1), 1)
    k = len(checkpoint.config.classes)
    assert np.allclose(made.score, made.log_q[np.arange(10 * k), made.c] + np.log(k), atol=1e-6)


@pytest.mark.parametrize(
    ("options", "said"),
    [({"seed": -1}, "seed"), ({"seed": 2**31}, "seed"), ({"pairs": True, "t": np.zeros(256)}, "words or for pairs")],
)
def test_mistakes_in_the_options(checkpoint, options, said):
    with pytest.raises(SermiError, match=said):
        generate(checkpoint, ["sad"], 3, **options)
