import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sermi import audio, predictor
from sermi.encoders.moonshine import assets_folder

ROOT = Path(__file__).resolve().parents[2]
FIELDS = {
    "file", "emotion", "confidence", "sure", "probabilities", "audio_only", "text_only", "transcript", "duration_s",
    "segments", "warnings",
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
