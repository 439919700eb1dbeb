"""The app as programs see it, through gradio_client."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from difflib import SequenceMatcher

import numpy as np
import pandas as pd
import pytest
import soundfile
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from typer.testing import CliRunner

from sermi import audio, predictor
from sermi.cli import app
from sermi.transcribe import transcribe

WORDS = "Ever tried. Ever failed. No matter."


@pytest.fixture(scope="module")
def client(server):
    return Client(server.url, verbose=False, analytics_enabled=False)


@pytest.fixture(scope="module")
def core(checkpoints):
    return predictor.load(checkpoints / "open4")


def assert_close(answer, expected):
    """The same prediction, up to the last digits of a float."""
    assert answer.keys() == expected.keys()
    for key, value in expected.items():
        if isinstance(value, dict):
            assert answer[key] == pytest.approx(value, abs=1e-4)
        elif key == "segments":
            assert len(answer[key]) == len(value)
            for mine, theirs in zip(answer[key], value, strict=True):
                assert (mine["start_s"], mine["end_s"]) == (theirs["start_s"], theirs["end_s"])
                assert mine["probabilities"] == pytest.approx(theirs["probabilities"], abs=1e-4)
        elif key == "speech":
            assert answer[key] == [list(span) for span in value]
        elif isinstance(value, float):
            assert answer[key] == pytest.approx(value, abs=1e-4)
        else:
            assert answer[key] == value


@pytest.mark.parametrize("words", ["", WORDS])
def test_predict_agrees_with_the_core(client, core, speech, words):
    expected = asdict(core.predict(audio.read(speech), words))
    assert_close(client.predict(handle_file(speech), words, "open4", api_name="/predict"), expected)
    assert (expected["text_only"] is None) == (words == "")


def test_transcript_and_checkpoint_have_defaults(client, core, speech):
    assert_close(
        client.predict(audio=handle_file(speech), api_name="/predict"), asdict(core.predict(audio.read(speech)))
    )


def test_other_recordings_of_the_voice_are_its_context(client, core, server, tmp_path, speech):
    paths = []
    for number, part in enumerate(np.array_split(audio.read(speech).waveform, 3)):
        paths.append(tmp_path / f"part{number}.wav")
        soundfile.write(paths[-1], part, audio.SAMPLE_RATE)
    voice = core.new_voice()
    voice.add(audio.read(paths[1]))
    voice.add(audio.read(paths[2]), emotion="neutral")
    expected = core.predict(audio.read(paths[0]), voice=voice)
    assert expected.context == 2
    recording, context, neutral = map(handle_file, paths)
    answer = client.predict(recording, context=[context], neutral=[neutral], api_name="/predict")
    assert_close(answer, asdict(expected))
    with pytest.raises(AppError, match="at most 50 other recordings"):
        client.predict(recording, context=[context] * 51, api_name="/predict")
    assert list(server.cache.rglob("part*.wav")) == []


@pytest.mark.parametrize("extension", audio.FORMATS)
def test_every_format(client, encoded, extension):
    answer = client.predict(handle_file(encoded(extension)), api_name="/predict")
    assert answer["duration_s"] == pytest.approx(9.96, abs=0.1)
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-4)


def test_transcribe(client, speech):
    words, expected = (
        client.predict(handle_file(speech), api_name="/transcribe"),
        transcribe(audio.read(speech).waveform),
    )
    # the native transcriber may take a breath for a word in one process and not in another
    assert SequenceMatcher(a=words.split(), b=expected.split()).ratio() > 0.9


def test_a_bad_file_gives_the_sentence(client, speech, tmp_path):
    path = tmp_path / "notes.wav"
    path.write_text("this is no sound")
    for endpoint in ("/predict", "/transcribe"):
        with pytest.raises(AppError, match=r"'notes\.wav' is not an audio file that can be read; use wav, flac"):
            client.predict(handle_file(path), api_name=endpoint)
    for name in ("context", "neutral"):
        with pytest.raises(AppError, match=r"'notes\.wav' is not an audio file"):
            client.predict(handle_file(speech), **{name: [handle_file(path)]}, api_name="/predict")


def test_an_unknown_checkpoint_gives_the_sentence(client, speech):
    with pytest.raises(AppError, match=r"There is no checkpoint '/etc'; use one of open4"):
        client.predict(handle_file(speech), "", "/etc", api_name="/predict")


def test_generate_gives_the_rows_of_the_command_line(client, tmp_path):
    answer = client.predict("sad", 5, 3, 1.2, "maximise", "Leave me alone!", False, "open4", True, api_name="/generate")
    out = tmp_path / "samples.csv"
    options = ["--emotion", "sad", "--n", "5", "--seed", "3", "--spread", "1.2", "--regulariser", "maximise"]
    done = CliRunner().invoke(app, ["generate", *options, "--text", "Leave me alone!", "--out", str(out)])
    assert done.exit_code == 0, done.output
    pd.testing.assert_frame_equal(pd.DataFrame(answer["rows"]), pd.read_csv(out), check_dtype=False, atol=1e-3)
    assert answer["about"]["settings"] == json.loads((tmp_path / "samples.csv.json").read_text())["settings"]


def test_generate_has_defaults_and_leaves_features_out(client):
    answer = client.predict(api_name="/generate")
    assert len(answer["rows"]) == 80
    assert set(answer["rows"][0]) == {"id", "emotion", "voice", "mi_nats", "mi_bits", "nearest_real", "distance"}


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"n": "many"}, "The number of samples should be a whole number"),
        ({"n": 2.7}, "The number of samples should be a whole number"),
        ({"seed": 1.5}, "The seed should be a whole number"),
        ({"spread": "wide"}, "The spread should be a number, not 'wide'"),
        ({"emotion": "joyful"}, "'joyful' is not an emotion of this checkpoint"),
        ({"emotion": "all", "n": 4_000}, "Ask for 1 to 500 samples of 4 emotions"),
        ({"emotion": "all", "checkpoint": "/etc"}, "There is no checkpoint '/etc'"),
        ({"emotion": "all", "pairs": True, "text": "no"}, "words or for pairs, not both"),
    ],
)
def test_generate_explains_what_is_wrong(client, changed, sentence):
    with pytest.raises(AppError, match=sentence):
        client.predict(**changed, api_name="/generate")


def test_only_these_endpoints_are_public(client):
    api = client.view_api(return_format="dict", print_info=False)
    assert set(api["named_endpoints"]) == {"/predict", "/transcribe", "/generate"}
    assert not api["unnamed_endpoints"]
    parameters = api["named_endpoints"]["/predict"]["parameters"]
    described = [(p["parameter_name"], p.get("parameter_has_default"), p.get("parameter_default")) for p in parameters]
    assert described == [
        ("audio", False, None),
        ("transcript", True, ""),
        ("checkpoint", True, "open4"),
        ("context", True, None),
        ("neutral", True, None),
    ]


def test_audio_is_deleted_when_the_answer_is_given(client, server, tmp_path, speech):
    own = tmp_path / "only-here.wav"
    own.write_bytes(speech.read_bytes())
    client.predict(handle_file(own), api_name="/predict")
    deadline = time.monotonic() + 5
    while files := list(server.cache.rglob("only-here.wav")):
        assert time.monotonic() < deadline, files
        time.sleep(0.05)


@pytest.mark.usefixtures("client")
def test_no_traceback_was_logged(server):
    assert "Traceback" not in server.log.read_text()
