"""`python -m train plan`: what it counts is exact, what it times grows with what there is, declared hours stand in for data."""

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from sermi.errors import SermiError
from tests.train.ravdess import write_ravdess
from train.cli import app
from train.comparison.augmenters import AugmenterSpec
from train.comparison.augmenters.gaussian import Gaussian
from train.comparison.choice import N_INNER_FOLDS, choose
from train.comparison.references import REFERENCES
from train.comparison.tasks import FEATURE_DIM, ComparisonTask
from train.planning import plan, steps, timings
from train.planning.workload import declared_workload
from train.protocols import protocol

FEW = {"augmenters": ("noise",), "seeds": 2, "device": "cpu"}


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """RAVDESS's layout: 24 actors, 8 emotions, half a second each."""
    data = tmp_path_factory.mktemp("data")
    write_ravdess(data / "ravdess")
    return data


@pytest.fixture(scope="module")
def counted(toy):
    return plan.estimate(plan.PlanRequest(protocol="ravdess", data=toy, **FEW))


def step(estimate, name):
    return next(step for step in estimate.steps if step.name == name)


def test_recordings_hours_folds_and_rows_are_counted(counted):
    assert "192 recordings, 0.03 h (headers of all); 6 folds of about 160 training recordings, 2 seeds" in counted.what
    assert counted.rows == 6 * 2 * (1 + len(REFERENCES) + 1)


def test_disk_is_what_the_features_take(counted):
    from sermi.frontend import AudioFrontend
    from train.comparison.tasks import comparison_frontend

    assert counted.disk == 192 * AudioFrontend(comparison_frontend()).dim * 4


def test_every_step_has_a_range_and_names_what_it_rests_on(counted):
    names = [part.name for part in counted.steps]
    assert names == ["audio embeddings", "choices of settings", "references", "rows", "projections"]
    for part in (*counted.steps, counted.total):
        assert 0 < part.low <= part.seconds <= part.high
    assert step(counted, "audio embeddings").rests_on.startswith("measured here: 24 clips")
    assert step(counted, "rows").rests_on == "measured here: full size"
    assert step(counted, "projections").rests_on.startswith("measured here: 12 of 160 rows")
    assert counted.total.seconds == pytest.approx(sum(part.seconds for part in counted.steps))
    assert counted.memory > 100e6


@pytest.mark.parametrize(
    ("name", "folds"),
    [
        ("ravdess", 6),
        ("leave-one-corpus-out", 4),
        ("new-voice", 7),
        ("iemocap", 5),
        ("msp_improv", 6),
        ("msp_podcast_4", 2),
    ],
)
def test_folds_of_declared_recordings_are_dealt_by_the_protocol_itself(name, folds):
    workload = declared_workload(protocol(name), 480, 1.0)
    assert len(workload.folds) == folds
    assert all(rows.train.sum() > rows.test.sum() > 0 for rows in workload.folds.values())
    assert (workload.recordings, workload.hours, workload.paths) == (480, 1.0, ())


RATE = timings.Encoding(seconds=0.1, low=0.08, high=0.12, clips=24, dim=2_000, memory=10**9)
FITS = timings.Fits(
    n=900,
    settings={"gaussian": [0.1], "cgan": [2.0, 6.0]},
    draw=0.1,
    layers=3.0,
    layer=1.0,
    measures=0.5,
    references={"reference": 1.0},
    memory=10**8,
)
SIZES = {"n_train": 4_000, "n_runs": 5, "n_draws": 5, "n_inner_folds": 3, "workers": 1}


def encoding(hours, **options):
    workload = declared_workload(protocol("iemocap"), 5_000, hours)
    return steps.encoding_steps(workload, RATE, **{"finetune": None, "passes": 1, "workers": 2, **options})


def fit_seconds(fits=FITS, names=("gaussian", "cgan"), **sizes):
    return {part.name: part.seconds for part in steps.fit_steps(fits, names, **{**SIZES, **sizes})}


def test_more_hours_take_longer_to_encode_and_more_processes_shorter():
    (one,), (double,), (viewed,) = encoding(5.0), encoding(10.0), encoding(5.0, passes=3)
    assert double.seconds == pytest.approx(2 * one.seconds)
    assert viewed.seconds == pytest.approx(3 * one.seconds)
    assert encoding(5.0, workers=1)[0].seconds == pytest.approx(5 * 3600 * RATE.seconds)
    assert encoding(5.0, workers=4)[0].seconds == pytest.approx(one.seconds / 2)
    assert one.low < one.seconds * RATE.low / RATE.seconds


def test_a_finetuned_encoder_is_trained_and_applied_in_every_fold():
    (frozen,), (training, tuned) = encoding(10.0), encoding(10.0, finetune="lora:8")
    assert training.name == "fine-tuning"
    assert tuned.seconds == pytest.approx(5 * frozen.seconds)
    assert training.seconds > frozen.seconds


def test_more_seeds_take_longer_to_fit_but_not_to_choose_and_more_workers_shorter():
    few, many, halved = fit_seconds(), fit_seconds(n_runs=25), fit_seconds(workers=2)
    assert many["rows"] == pytest.approx(5 * few["rows"])
    assert many["choices of settings"] == few["choices of settings"]
    assert many["references"] == few["references"]
    for name, seconds in few.items():
        assert halved[name] == pytest.approx(seconds / 2)
    assert all(part.rests_on.startswith("scaled") for part in steps.fit_steps(FITS, ("gaussian",), **SIZES))


def test_last_layers_grow_with_the_rows_but_training_steps_do_not():
    nothing = replace(FITS, settings={"cgan": [0.0, 0.0]}, draw=0.0, layers=0.0, layer=0.0, measures=0.0)
    training = replace(nothing, settings=FITS.settings)
    layers = replace(nothing, layers=3.0, layer=1.0)
    for fits, factor in ((training, 1), (layers, 4)):
        small, large = (fit_seconds(fits, ("cgan",), n_train=n) for n in (1_000, 4_000))
        for name in ("choices of settings", "rows"):
            assert large[name] == pytest.approx(factor * small[name])


def test_a_choice_is_expected_to_take_what_choosing_does(speech_like, monkeypatch):
    """Fits and samples of a real choice, counted, against a plan in which one of them takes a second and all else nothing."""
    n_fits, n_sampled = [], []
    fit, sample = Gaussian.fit, Gaussian.sample
    monkeypatch.setattr(Gaussian, "fit", lambda self, *args, **kw: n_fits.append(1) or fit(self, *args, **kw))
    monkeypatch.setattr(Gaussian, "sample", lambda self, c, **kw: n_sampled.append(len(c)) or sample(self, c, **kw))
    monkeypatch.setattr(Gaussian, "grid", ({"shrinkage": 0.1}, {"shrinkage": 0.2}))
    spec = AugmenterSpec.parse("gaussian")
    task = ComparisonTask("toy", "fold1", 0, draw=0, classes=("a", "b", "c"), train=speech_like, test=speech_like)
    choose(task, spec)

    n = len(speech_like)
    sizes = {"n_train": n, "n_draws": 1, "n_inner_folds": N_INNER_FOLDS}
    nothing = replace(FITS, n=n, settings={"gaussian": [0.0, 0.0]}, draw=0.0, layers=0.0, layer=0.0)
    a_fit, a_draw = replace(nothing, settings={"gaussian": [1.0, 1.0]}), replace(nothing, draw=1.0)
    for fits, counted in ((a_fit, sum(n_fits)), (a_draw, sum(n_sampled) / len(spec.codes(speech_like.c, 3)))):
        seconds = fit_seconds(fits, ("gaussian",), **sizes)["choices of settings"]
        assert seconds / steps.WIDENED <= 1.02 * counted  # the grid alone
        assert counted <= 2 * seconds


def test_simulated_features_train_a_last_layer_as_real_ones_do():
    """Neither separable nor noise: then it takes as many steps as it will."""
    from sermi.stats.last_layer import fit_last_layers

    train, test = (timings.simulated_features(400, FEATURE_DIM, 0, 8, seed=seed) for seed in (0, 1))
    (layer,) = fit_last_layers(train.h, train.c, 8, [0.001])
    assert 0.3 < np.mean(layer.scores(test.h).argmax(axis=1) == test.c) < 0.9


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
        plan.estimate(plan.PlanRequest(**{"protocol": "iemocap"} | arguments))


def test_missing_data_is_named(tmp_path):
    with pytest.raises(SermiError, match="There is no folder"):
        plan.estimate(plan.PlanRequest(protocol="ravdess", data=tmp_path))


def test_the_command_line_prints_json():
    declared = ("--recordings", "200", "--hours", "0.2", "--seeds", "1", "--augmenters", "noise")
    result = CliRunner().invoke(app, ("plan", "iemocap", *declared, "--text-encoder", "minilm", "--json"))
    assert result.exit_code == 0
    printed = json.loads(result.stdout)
    assert printed["rows"] == 5 * (1 + len(REFERENCES) + 1)
    assert "as declared; the data isn't here" in printed["what"]
    assert [part["name"] for part in printed["steps"]][:2] == ["audio embeddings", "text embeddings"]
    assert printed["total"]["seconds"] > 0


def test_the_table_is_for_people(counted):
    lines = plan.table(counted).splitlines()
    assert any(line.startswith("total") and " to " in line for line in lines)
    assert any(line.startswith("features on disk") and "MB" in line for line in lines)
    assert any("within a factor of 2" in line for line in lines)
