import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from sermi import audio, predictor
from sermi.cli import app
from sermi.encoders.moonshine import assets_folder
from sermi.transcribe import ONLY_FIRST

ROOT = Path(__file__).resolve().parents[2]
FIELDS = {
    "file", "emotion", "confidence", "sure", "probabilities", "audio_only", "text_only", "transcript", "duration_s",
    "speech_s", "speech", "segments", "warnings", "context", "without_context",
}  # fmt: skip


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "sermi", *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "HF_HUB_OFFLINE": "1", **environment},
    )  # fmt: skip


@pytest.fixture
def clip():
    return assets_folder() / "clone-test.wav"


def test_one_json_object_a_line_a_bad_file_among_good_ones(clip, tmp_path):
    bad = tmp_path / "notes.wav"
    bad.write_text("this is not audio")
    done = run("predict", clip, bad, clip, "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 2
    assert [line["file"] for line in lines] == [str(clip), str(bad), str(clip)]
    assert set(lines[0]) == set(lines[2]) == FIELDS
    assert set(lines[1]) == {"file", "error"}
    assert "notes.wav" in lines[1]["error"]
    assert "Traceback" not in done.stderr
    expected = predictor.load().predict(audio.read(clip))
    assert lines[0]["emotion"] == expected.emotion
    assert lines[0]["probabilities"] == pytest.approx(dict(expected.probabilities), abs=1e-3)
    assert set(lines[0]["segments"][0]) == {"start_s", "end_s", "probabilities"}


def test_transcribe_and_another_checkpoint(clip):
    done = run("predict", clip, "--transcribe", "--checkpoint", "open7", "--json")
    line = json.loads(done.stdout)
    assert done.returncode == 0
    assert "America" in line["transcript"]
    assert len(line["text_only"]) == len(line["probabilities"]) == 7


def test_of_a_long_recording_the_first_minute_is_transcribed(clip, tmp_path):
    waveform = np.concatenate([audio.read(clip).waveform, np.zeros(58 * 16_000, np.float32)])
    soundfile.write(tmp_path / "long.flac", waveform, 16_000)
    done = CliRunner().invoke(app, ["predict", str(tmp_path / "long.flac"), "--transcribe", "--json"])
    line = json.loads(done.stdout)
    assert done.stderr == ""  # no bar where nobody sees it
    assert "America" in line["transcript"]
    assert ONLY_FIRST in line["warnings"]
    assert line["duration_s"] == pytest.approx(62.1, abs=0.1)
    assert 2 < line["speech_s"] < 4


def test_for_people_it_prints_a_sentence(clip):
    done = run("predict", clip, "--text", "I am so happy")
    assert done.returncode == 0
    assert "%" in done.stdout
    assert '"I am so happy"' in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("x.wav", "--text", "a", "--transcribe"), "either --text or --transcribe"),
        (("x.wav", "--checkpoint", "nothing"), "There is no checkpoint 'nothing'"),
    ],
)
def test_a_users_mistake_is_one_line_and_status_2(arguments, sentence):
    done = run("predict", *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_what_is_no_file_is_one_sentence(tmp_path):
    done = run("predict", "", ".", tmp_path, "http://a.org/b.wav")
    sentences = done.stdout.splitlines()
    assert done.returncode == 2
    assert done.stderr == ""
    for sentence, expected in zip(
        sentences, ("No file is named", "is a folder", "is a folder", "an address"), strict=True
    ):
        assert expected in sentence


@pytest.mark.parametrize("name", ["", "samples.csv", "file/samples.csv"])
def test_an_output_that_can_not_be_written_is_one_sentence_before_the_work(tmp_path, name):
    (tmp_path / "samples.csv").mkdir()
    (tmp_path / "file").touch()
    done = run("generate", "--emotion", "nonsense", "--out", tmp_path / name)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert ("is a folder; give the name of a file" in done.stderr) == (name != "file/samples.csv")


def test_a_data_sheet_that_can_not_be_written(tmp_path):
    (tmp_path / "samples.csv.json").mkdir()
    assert (
        "samples.csv.json' is a folder"
        in run("generate", "--emotion", "nonsense", "--out", tmp_path / "samples.csv").stderr
    )


def test_the_benchmark_wants_a_folder(tmp_path):
    (tmp_path / "file").touch()
    assert "is a file; give the name of a folder" in run("mi-benchmark", "--out", tmp_path / "file").stderr


@pytest.mark.parametrize("command", [(), ("predict",), ("generate",), ("mi-benchmark",)])
def test_help_on_a_console_that_knows_few_letters(command):
    done = run(*command, "--help", PYTHONIOENCODING="cp1252")
    assert done.returncode == 0
    assert done.stderr == ""


def test_json_on_a_console_that_knows_few_letters(clip):
    done = run("predict", clip, "--text", "Žluť 😡", "--json", PYTHONIOENCODING="cp1252")
    assert json.loads(done.stdout)["transcript"] == "Žluť 😡"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("module", ["sermi", "train"])
def test_output_on_a_full_disk_is_one_sentence(module):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", module, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.stderr == "error: The disk is full; free some space and try again.\n"
    assert done.returncode == 2
