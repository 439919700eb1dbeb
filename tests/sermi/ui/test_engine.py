"""Models load late, once, and only by a shipped name."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from sermi import checkpoint, predictor
from sermi.errors import AudioError, CheckpointError
from sermi.ui import engine

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def two_checkpoints(tmp_path, monkeypatch):
    for name in ("another", "open4"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text('{"classes": ["happy", "sad"]}')
    monkeypatch.setattr(engine, "CHECKPOINTS", tmp_path)
    monkeypatch.setattr(engine, "_ready", {})
    return tmp_path


def test_importing_the_app_loads_no_heavy_library():
    heavy = ("torch", "librosa", "transformers", "plotly", "onnxruntime")
    code = f"import app, sys; print(*(name for name in {heavy} if name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.split() == []


def test_same_checkpoints_as_the_command_line():
    assert checkpoint.SHIPPED_FOLDER == engine.CHECKPOINTS
    assert checkpoint.DEFAULT == engine.DEFAULT
    assert [name for _, name in engine.choices()] == checkpoint.available()


def test_default_comes_first(two_checkpoints):
    assert engine.choices() == [("open4 (2 emotions)", "open4"), ("another (2 emotions)", "another")]


def test_a_damaged_checkpoint_is_listed_as_such(two_checkpoints):
    (two_checkpoints / "another" / "config.json").write_text("{")
    assert ("another (damaged)", "another") in engine.choices()


@pytest.mark.parametrize("name", ["nowhere", "/etc", "../checkpoints/open4", ""])
def test_only_shipped_names(two_checkpoints, name):
    with pytest.raises(CheckpointError, match="use one of open4, another"):
        engine.predictor(name)


def test_a_folder_is_refused_even_if_it_holds_a_checkpoint(two_checkpoints):
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        engine.predictor(str(two_checkpoints / "another"))


def test_concurrent_first_requests_load_once(two_checkpoints, monkeypatch):
    loads: list[Path] = []

    class Slow:
        def warm_up(self):
            time.sleep(0.05)

    def load(folder):
        loads.append(folder)
        time.sleep(0.05)
        return Slow()

    monkeypatch.setattr(predictor, "load", load)
    got: list[object] = []
    threads = [threading.Thread(target=lambda: got.append(engine.predictor("open4"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads == [two_checkpoints / "open4"]
    assert len(got) == 6
    assert len(set(map(id, got))) == 1
    assert engine.is_ready("open4")
    assert not engine.is_ready("another")


def test_a_failed_load_is_tried_again(two_checkpoints, monkeypatch):
    def fail(folder):
        raise CheckpointError("damaged")

    monkeypatch.setattr(predictor, "load", fail)
    for _ in range(2):
        with pytest.raises(CheckpointError, match="damaged"):
            engine.predictor("open4")


@pytest.mark.parametrize(
    ("path", "sentence"), [(None, "no recording yet"), ("", "no recording yet"), ("/gone.wav", "no longer")]
)
def test_nothing_to_read(path, sentence):
    with pytest.raises(AudioError, match=sentence):
        engine.read(path)
