"""`python -m train plan`: what it counts is exact; what it times grows with what there is; what is told stands in for data."""

import json
import sys

import numpy as np
import pytest
import soundfile

from sermi.errors import SermiError
from train import cli
from train.comparison.references import REFERENCES
from train.comparison.tasks import FEATURE_DIM
from train.planning import plan, timings
from train.planning import workload as extent
from train.protocols import protocol

SECONDS = 0.5
FEW = {"augmenters": ("noise",), "seeds": 2, "device": "cpu"}


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """RAVDESS's layout: 24 actors, 8 emotions, half a second of noise each."""
    data = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for actor in range(1, 25):
        folder = data / "ravdess" / f"Actor_{actor:02d}"
        folder.mkdir(parents=True)
        for emotion in range(1, 9):
            noise = (0.05 * rng.normal(size=int(SECONDS * 16_000))).astype(np.float32)
            soundfile.write(folder / f"03-01-{emotion:02d}-01-01-01-{actor:02d}.wav", noise, 16_000)
    return data


@pytest.fixture(scope="module")
def counted(toy):
    return plan.make(plan.Request("ravdess", toy, **FEW))


def step(made, name):
    return next(step for step in made.steps if step.name == name)


def test_recordings_hours_folds_and_rows_are_counted(counted):
    assert "192 recordings, 0.03 h (headers of all); 6 folds of about 160 training recordings, 2 seeds" in counted.what
    assert counted.rows == 6 * 2 * (1 + len(REFERENCES) + 1)


def test_disk_is_what_the_features_take(counted, toy):
    from sermi.frontend import AudioFrontend
    from train.comparison.tasks import comparison_frontend

    assert counted.disk == 192 * AudioFrontend(comparison_frontend()).dim * 4


def test_every_step_has_a_range_and_says_what_it_rests_on(counted):
    names = [each.name for each in counted.steps]
    assert names == ["audio embeddings", "choices of settings", "references", "rows", "projections"]
    for each in (*counted.steps, counted.total):
        assert 0 < each.low <= each.seconds <= each.high
    assert step(counted, "audio embeddings").rests_on.startswith("measured here: 24 clips")
    assert step(counted, "rows").rests_on == "measured here: full size"
    assert step(counted, "projections").rests_on.startswith("measured here: 12 of 160 rows")
    assert counted.total.seconds == pytest.approx(sum(each.seconds for each in counted.steps))
    assert counted.memory > 100e6


@pytest.mark.parametrize(
    ("name", "folds"),
    [("ravdess", 6), ("leave-one-corpus-out", 4), ("iemocap", 5), ("msp_improv", 6), ("msp_podcast_4", 2)],
)
def test_folds_of_told_recordings_are_dealt_by_the_protocol_itself(name, folds):
    found = extent.told(protocol(name), 480, 1.0)
    assert len(found.folds) == folds
    assert all(rows.train.sum() > rows.test.sum() > 0 for rows in found.folds.values())
    assert (found.recordings, found.hours, found.paths) == (480, 1.0, ())


def test_more_hours_take_longer_to_encode_and_more_seeds_longer_to_fit():
    frontend_s = timings.Encoding(0.1, 0.08, 0.12, 24, 2_000, 10**9)
    fits = timings.Fits(300, {"gaussian": [0.1], "cgan": [2.0, 6.0]}, 0.1, 3.0, 1.0, 0.5, {"reference": 1.0}, 10**8)

    def encode(hours, **more):
        told = extent.told(protocol("iemocap"), 5_000, hours)
        return plan._encoding_steps(
            plan.Request("iemocap", recordings=5_000, hours=hours), told, frontend_s, 1, 2, 4_000
        )[0]

    assert encode(10.0).seconds == pytest.approx(2 * encode(5.0).seconds) == pytest.approx(0.1 * 36_000 / 2)
    assert encode(10.0).low < 0.08 * 36_000 / 2
    few, many = (
        {each.name: each for each in plan._fit_steps(fits, ("gaussian", "cgan"), 4_000, runs, 5, 3, 1)}
        for runs in (5, 25)
    )
    assert many["rows"].seconds == pytest.approx(5 * few["rows"].seconds)
    assert many["choices of settings"].seconds == few["choices of settings"].seconds
    assert many["rows"].rests_on.startswith("scaled")
    halved = plan._fit_steps(fits, ("gaussian", "cgan"), 4_000, 5, 5, 3, 2)
    assert halved[0].seconds == pytest.approx(few["choices of settings"].seconds / 2)


def test_a_choice_is_what_compare_would_do_for_it():
    """3 inner folds of two thirds: each setting fitted, each setting and spread drawn and read by three last layers."""
    fits = timings.Fits(900, {"cgan": [2.0, 6.0]}, 0.5, 16.0, 8.0, 0.0, {}, 0)
    choosing = plan._fit_steps(fits, ("cgan",), 900, 1, 1, 3, 1)[0].seconds
    none = 3 * (16.0 / 16) * 2 / 3
    assert choosing == pytest.approx(none + 3 * ((2.0 + 6.0) + 2 * 2 * (0.5 + 16.0) * 2 / 3))


def test_made_features_teach_as_real_ones_do():
    """Neither separable nor noise: then a last layer takes as many steps as it will."""
    from sermi.stats.last_layer import fit_last_layers

    train, test = (timings._made(400, FEATURE_DIM, 0, 8, seed) for seed in (0, 1))
    (layer,) = fit_last_layers(train.h, train.c, 8, [0.001])
    assert 0.3 < np.mean(layer.scores(test.h).argmax(axis=1) == test.c) < 0.9


def test_a_finetuned_encoder_is_trained_and_applied_in_every_fold():
    told = extent.told(protocol("iemocap"), 5_000, 10.0)
    rate = timings.Encoding(0.1, 0.08, 0.12, 24, 2_000, 10**9)
    common = {"protocol": "iemocap", "audio_encoder": "any/encoder", "recordings": 5_000, "hours": 10.0}
    (frozen,) = plan._encoding_steps(plan.Request(**common), told, rate, 1, 2, 4_000)
    tuning, tuned = plan._encoding_steps(plan.Request(**common, finetune="lora:8"), told, rate, 1, 2, 4_000)
    assert tuning.name == "fine-tuning"
    assert tuned.seconds == pytest.approx(5 * frozen.seconds)
    assert tuning.seconds > frozen.seconds


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"protocol": "nonsense"}, "'nonsense' is not a protocol; use one of ravdess"),
        ({}, "Give either --data, or both"),
        ({"hours": 3.0}, "Give either --data, or both"),
        ({"recordings": 5, "hours": 3.0}, "at least 100"),
        ({"recordings": 500, "hours": 3.0, "augmenters": ("dice",)}, "'dice' is not an augmenter"),
        ({"recordings": 500, "hours": 3.0, "finetune": "lora:8"}, "'moonshine-tiny' can't be fine-tuned"),
        ({"recordings": 500, "hours": 3.0, "device": "abacus"}, "'abacus' is not a device"),
    ],
)
def test_a_mistake_is_one_sentence(arguments, sentence):
    with pytest.raises(SermiError, match=sentence):
        plan.make(plan.Request(**{"protocol": "iemocap"} | arguments))


def test_missing_data_is_named(tmp_path):
    with pytest.raises(SermiError, match="There is no folder"):
        plan.make(plan.Request("ravdess", tmp_path))


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["train", "plan", *arguments])
    with pytest.raises(SystemExit) as left:
        cli.main()
    return left.value.code


def test_the_command_line_prints_a_table_or_json(monkeypatch, capsys):
    told = (
        "--recordings",
        "200",
        "--hours",
        "0.2",
        "--seeds",
        "1",
        "--augmenters",
        "noise",
        "--text-encoder",
        "minilm",
    )
    assert not run(monkeypatch, "iemocap", *told, "--json")
    said = json.loads(capsys.readouterr().out)
    assert said["rows"] == 5 * (1 + len(REFERENCES) + 1)
    assert "as told; the data isn't here" in said["what"]
    assert [each["name"] for each in said["steps"]][:2] == ["audio embeddings", "text embeddings"]
    assert said["total"]["seconds"] > 0


def test_the_table_is_for_people(counted):
    lines = plan.table(counted).splitlines()
    assert any(line.startswith("total") and " to " in line for line in lines)
    assert any(line.startswith("features on disk") and "MB" in line for line in lines)
    assert any("within a factor of 2" in line for line in lines)
