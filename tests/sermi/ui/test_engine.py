"""Models load late, once, and only by a listed name."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sermi import checkpoint, predictor, shipped
from sermi.encoders.moonshine import assets_folder
from sermi.errors import AudioError, CheckpointError
from sermi.known_sentences import of_contexts
from sermi.ui.engine import Engine
from sermi.ui.listing import CheckpointSummary
from sermi.ui.progress import Followed
from sermi.ui.recordings import read
from sermi.ui.sample_request import SampleRequest
from sermi.ui.status import health

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def two_checkpoints(tmp_path):
    for name in ("another", "open4"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text('{"classes": ["happy", "sad"], "frontend": {}}')
    return tmp_path


@pytest.fixture
def two(two_checkpoints):
    return Engine(two_checkpoints)


def printed(code: str) -> list[str]:
    """The words that some code prints in a process of its own."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120).stdout.split()


def test_importing_the_app_loads_no_heavy_library():
    heavy = ("torch", "librosa", "transformers", "plotly", "onnxruntime")
    assert printed(f"import app, sys; print(*(name for name in {heavy} if name in sys.modules))") == []


def test_a_summary_is_read_without_models():
    summary = "Engine().summary('open4').regularisers"
    code = f"import sys; from sermi.ui.engine import Engine; print(*{summary}, 'torch' in sys.modules)"
    assert printed(code) == ["match", "maximise", "off", "False"]


def test_a_summary_of_what_is_there_and_of_what_is_not(engine, two):
    shown = checkpoint.load("open4")
    config = shown.config
    assert engine.summary("open4") == CheckpointSummary(
        ("angry", "happy", "neutral", "sad"),
        ("match", "maximise", "off"),
        config.frontend_fingerprint,
        knows_voices=config.voices is not None,
        sure_from=config.not_sure_below,
        new_voices=tuple(of_contexts(shown.metrics["new_voice"]["contexts"])),
    )
    assert engine.summary("open4").new_voices[0].ua > 0.25
    assert engine.summary("open7").new_voices == ()  # not measured
    assert two.summary("open4") == CheckpointSummary(("happy", "sad"))
    assert engine.summary("nowhere") == CheckpointSummary()


def test_same_checkpoints_as_the_command_line(engine):
    assert engine.names() == shipped.available()
    assert engine.default == shipped.DEFAULT


def test_default_comes_first(two):
    assert two.choices() == [("open4 (2 emotions)", "open4"), ("another (2 emotions)", "another")]
    assert two.default == "open4"


def test_two_engines_know_nothing_of_each_other(engine, two):
    assert two.names() != engine.names()
    assert engine.card("open4").lstrip().startswith("# SERMI open4")
    assert two.card("open7") == "There is no such model."


def test_a_damaged_checkpoint_is_listed_as_such(two, two_checkpoints):
    (two_checkpoints / "another" / "config.json").write_text("{")
    assert ("another (damaged: config.json can't be read)", "another") in two.choices()
    assert two.states() == {"open4": "not loaded", "another": "damaged"}
    assert health(two).status_code == 200
    (two_checkpoints / "open4" / "config.json").write_text("[]")
    assert health(two).status_code == 503


@pytest.mark.parametrize("name", ["nowhere", "/etc", "../checkpoints/open4", ""])
def test_only_listed_names(two, name):
    with pytest.raises(CheckpointError, match="use one of open4, another"):
        two.predictor(name)


def test_a_folder_is_refused_even_if_it_holds_a_checkpoint(two, two_checkpoints):
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        two.predictor(str(two_checkpoints / "another"))


def test_concurrent_first_requests_load_once(two, two_checkpoints, monkeypatch):
    loads: list[Path] = []

    class Slow:
        def warm_up(self):
            time.sleep(0.05)

    def load(folder):
        loads.append(folder)
        time.sleep(0.05)
        return Slow()

    monkeypatch.setattr(predictor, "load", load)
    predictors: list[object] = []
    threads = [threading.Thread(target=lambda: predictors.append(two.predictor("open4"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads == [two_checkpoints / "open4"]
    assert len(predictors) == 6
    assert len(set(map(id, predictors))) == 1
    assert two.is_ready("open4")
    assert not two.is_ready("another")


def test_a_failed_load_is_tried_again(two, monkeypatch):
    def fail(folder):
        raise CheckpointError("damaged")

    monkeypatch.setattr(predictor, "load", fail)
    for _ in range(2):
        with pytest.raises(CheckpointError, match="damaged"):
            two.predictor("open4")
        assert two.states()["open4"] == "damaged"


def test_information_is_measured_once_for_a_setting_and_never_kept_with_words(engine):
    classes = engine.summary("open4").classes
    request = SampleRequest("open4", classes, 10, seed=11)
    assert engine.information(request) is engine.information(replace(request, n=3, emotions=("sad",)))
    t = engine.predictor("open4").text_feature("Leave me alone!")
    with_words = replace(request, text="Leave me alone!", t=t)
    assert engine.information(with_words) is not engine.information(with_words)


@pytest.mark.parametrize(
    ("path", "sentence"), [(None, "no recording yet"), ("", "no recording yet"), ("/gone.wav", "any more")]
)
def test_nothing_to_read(path, sentence):
    with pytest.raises(AudioError, match=sentence):
        read(path)


def test_a_long_recording_says_how_far_it_is(engine, tmp_path):
    samples, rate = soundfile.read(assets_folder() / "beckett.wav")
    path = tmp_path / "long.flac"
    soundfile.write(path, np.tile(samples, 13)[: 125 * rate], rate)
    with closing(Followed(lambda report: engine.analyse(str(path), "", "open4", report=report))) as analysing:
        places = list(analysing)
    assert [all_s for _, all_s in places] == pytest.approx([125] * len(places), abs=0.1)
    done = [done_s for done_s, _ in places]
    assert len(done) > 1
    assert done == sorted(done)
    assert analysing.result().prediction.duration_s == pytest.approx(125, abs=0.1)
