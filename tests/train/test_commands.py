"""`python -m train` end to end on toy corpora in the published layouts, through the embedded encoders."""

import csv
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from sermi import audio, checkpoint, predictor
from sermi.errors import SermiError
from tests.new_voice import new_voice
from tests.train.ravdess import write_ravdess
from train.checkpoint.card import model_card
from train.checkpoint.set_quality import RealSpeech, judge_checkpoint, judged
from train.cli import app
from train.metrics import METRICS

ROOT = Path(__file__).resolve().parents[2]


def write_meld(folder):
    folder.mkdir()
    sentences = {"anger": "I hate this, go away", "joy": "this is wonderful, I love it",
                 "neutral": "the meeting is on Tuesday", "sadness": "I miss her so much, I cry"}  # fmt: skip
    for split in ("train", "dev", "test"):
        with (folder / f"{split}_sent_emo.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["Sr No.", "Utterance", "Speaker", "Emotion", "Sentiment"])
            for number in range(40):
                emotion = list(sentences)[number % 4]
                writer.writerow([number, f"{sentences[emotion]} {number}", "Joey", emotion, ""])


FEW_STEPS = "from train.checkpoint import stage_c; stage_c.STEPS = dict.fromkeys(stage_c.STEPS, 10)"
"""Of generators, whose training is nearly all that `fit` does: what it reaches with more isn't tested here."""


def run(*arguments, program=("-m", "train")):
    return subprocess.run(
        [sys.executable, *program, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toy")
    write_ravdess(folder / "ravdess")
    write_ravdess(folder / "small", ("angry", "happy", "neutral", "sad"), range(1, 11), takes=2)
    write_meld(folder / "meld")
    return folder


def fit(toy, out, *options):
    corpora = ("--corpus", f"ravdess={toy / 'small'}", "--text", f"meld={toy / 'meld'}")
    program = ("-c", f"{FEW_STEPS}; from train.cli import app; app()")
    process = run("fit", *corpora, "--out", out, "--views", 1, *options, program=program)
    assert process.returncode == 0, process.stderr
    return out


@pytest.fixture(scope="module")
def fitted(toy):
    evaluation = toy / "new-voice.json"
    evaluation.write_text(json.dumps(new_voice(corpora=["ravdess"])))
    return fit(toy, toy / "checkpoint", "--evaluation", evaluation)


def test_fit_gives_a_checkpoint_that_recognises(toy, fitted):
    trained = checkpoint.load(fitted)
    assert trained.config.classes == ("angry", "happy", "neutral", "sad")
    assert trained.metrics["other_speakers_and_corpora"]["UA"] > 0.8
    assert trained.config.training["held_out_speakers"] == ["ravdess_09", "ravdess_10"]
    assert len(trained.reference.c) == 16
    model = predictor.load(fitted)
    path = toy / "small" / "Actor_09" / "03-01-05-01-01-01-09.wav"
    assert model.predict(audio.read(path)).emotion == "angry"
    with_words = model.predict(audio.read(path), "I hate this, go away")
    assert with_words.emotion == "angry"
    assert with_words.text_only["angry"] == max(with_words.text_only.values())
    assert trained.voices.model.n_classes == 4
    assert not trained.config.training["cross_fitted"]  # from so few
    assert len(model.new_voice()) == 0
    assert trained.metrics["voices"]["contexts"]["0"]["UA"] > 0.8
    assert trained.metrics["new_voice"]["contexts"] == new_voice(corpora=["ravdess"])["contexts"]
    assert "| none | 69.0 % (67.0 to 72.0) |" in trained.card


def test_generators_are_judged_by_all_speakers_and_anew_without_training(toy, fitted):
    """The verdict that `fit` writes is that of `judge`, which changes nothing else."""
    trained = checkpoint.load(fitted)
    for name in trained.generators:
        verdict = trained.metrics["generators"][name]["verdict"]
        assert verdict["by_speaker"]
        assert f"- MI {name}: **{verdict['word']}**, headline {verdict['headline']:.2f}. It " in trained.card
    copy = toy / "judged"
    shutil.copytree(fitted, copy)
    older = json.loads((copy / "metrics.json").read_text())
    for name in trained.generators:
        del older["generators"][name]["verdict"]
    (copy / "metrics.json").write_text(json.dumps(older))
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(config | {"digests": {}}))
    done = CliRunner().invoke(app, ["judge", "--checkpoint", str(copy), "--corpus", f"ravdess={toy / 'small'}"])
    assert done.exit_code == 0, done.output
    assert "match: " in done.output
    again, before = (model.metrics["generators"]["match"] for model in (checkpoint.load(copy), trained))
    assert again["verdict"]["word"] == before["verdict"]["word"]
    assert again["quality"]["recall"]["value"] == pytest.approx(before["quality"]["recall"]["value"], abs=0.02)
    assert again["information"] == before["information"]
    assert checkpoint.load(copy).card.count("headline") == trained.card.count("headline")
    with pytest.raises(SermiError, match="was made of ravdess; give these"):
        judge_checkpoint(trained, {"tess": toy}, copy)


def test_too_few_recordings_leave_the_quality_unmeasured(fitted):
    """The checkpoint is made all the same, and its card says it."""
    trained = checkpoint.load(fitted)
    few, h = np.arange(8) % 4, np.zeros((8, trained.config.shape.feature_dim))
    one, names = few.astype(str), np.full(8, "")
    speech = RealSpeech(h=h, c=few, speaker=one, corpus=names, gender=names, trained=few > 0)
    unmeasured = judged(trained.generator(), speech, 0)
    assert unmeasured == {"quality": {}}
    report = {name: {**trained.metrics["generators"][name], **unmeasured} for name in trained.generators}
    metrics = {**trained.metrics, "generators": {**trained.metrics["generators"], **report}}
    assert "was not measured" in model_card(trained.config, metrics)


def test_fit_is_reproducible(toy, fitted):
    """With and without a result for the card."""
    again = fit(toy, toy / "again")
    for name in ("model.safetensors", "reference.safetensors"):
        assert (fitted / name).read_bytes() == (again / name).read_bytes()


def test_evaluate_writes_every_fold_and_the_command(toy):
    out = toy / "six folds.json"
    command = ("evaluate", "ravdess", "--data", toy, "--out", out, "--seeds", 1, "--views", 0)
    process = run(*command)
    assert process.returncode == 0, process.stderr
    result = json.loads(out.read_text())
    assert [fold["n_test"] for fold in result["runs"]] == [32] * 6
    assert shlex.split(result["command"]) == ["python", "-m", "train", *map(str, command)]
    for metric in METRICS:
        assert result["mean"][metric.name] == pytest.approx(
            np.mean([fold[metric.name] for fold in result["runs"]]), abs=1e-4
        )
        low, high = result["interval_95"][metric.name]
        assert low <= result["mean"][metric.name] <= high
    assert result["mean"]["UA"] > 0.5  # chance is 0.125


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("evaluate", "ravdess", "--data", "nowhere", "--out", "x.json"), "There is no folder 'nowhere/ravdess'"),
        (("fit", "--corpus", "ravdess", "--text", "meld=x", "--out", "x"), "'ravdess' should be NAME=FOLDER"),
        (("fit", "--corpus", "ravdess=nowhere", "--text", "meld=x", "--out", "x"), "nowhere"),
    ],
)  # fmt: skip
def test_a_users_mistake_is_one_line_and_status_2(arguments, sentence):
    process = run(*arguments)
    assert process.returncode == 2
    assert sentence in process.stderr
    assert len(process.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (("fit", "--corpus", "ravdess=x", "--out"), "a file"),
        (("compare", "ravdess", "--data", "x", "--out"), "a file"),
        (("ablate", "--data", "x", "--out"), "a file"),
        (("finetune", "--corpus", "ravdess=x", "--audio-encoder", "x", "--method", "lora:8", "--out"), "a file"),
        (("evaluate", "ravdess", "--data", "x", "--out"), "a folder"),
        (("align", "--data", "x", "--out"), "a folder"),
    ],
)
def test_outputs_are_checked_before_the_work(tmp_path, arguments, kind):
    """And before the inputs, which aren't there."""
    (tmp_path / "a file").touch()
    (tmp_path / "a folder").mkdir()
    for out, sentence in ((tmp_path / kind, f"' is {kind}; give"), (tmp_path / "a file" / "b", "can't be in it")):
        result = CliRunner().invoke(app, [*arguments, str(out)])
        assert isinstance(result.exception, SermiError)
        assert sentence in str(result.exception)


@pytest.mark.parametrize("command", [(), ("fit",), ("compare",), ("plan",)])
def test_help_on_a_console_that_knows_few_letters(command):
    process = subprocess.run(
        [sys.executable, "-m", "train", *command, "--help"],
        cwd=ROOT, capture_output=True, check=False, env={**os.environ, "PYTHONIOENCODING": "cp1252"},
    )  # fmt: skip
    assert process.returncode == 0
    assert process.stderr == b""


@pytest.mark.parametrize(
    ("arguments", "choices"),
    [
        (("evaluate", "nonsense", "--data", ".", "--out", "x.json"), ("ravdess", "leave-one-corpus-out")),
        (("compare", "nonsense", "--data", ".", "--out", "x"), ("low-resource", "paired")),
        (("compare", "ravdess", "--data", ".", "--out", "x", "--layers", "some"), ("all", "weighted")),
        (("compare", "ravdess", "--data", ".", "--out", "x", "--precision", "int8"), ("float32", "bfloat16")),
        (("fit", "--corpus", "ravdess=x", "--out", "x", "--classes", "two"), ("open4", "ravdess8")),
        (("plan", "nonsense"), ("imbalance", "leave-one-corpus-out")),
    ],
)
def test_a_wrong_choice_is_status_2_and_names_the_others(arguments, choices):
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    for choice in choices:
        assert f"'{choice}'" in result.stderr
