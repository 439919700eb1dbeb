"""A checkpoint whose encoder isn't embedded: from the command line, from Python and behind the page."""

from __future__ import annotations

import asyncio
import html
import io
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import gradio as gr
import pytest

import sermi.encoders
from sermi import audio, predictor
from sermi.encoders.fetching import UnreachableError
from sermi.encoders.moonshine import assets_folder
from sermi.errors import CheckpointError, EncoderError
from sermi.ui.engine import Engine
from sermi.ui.recognise.model_choice import ModelChoice
from tests.sermi.encoders.small_models import save_speech_model
from tests.sermi.hub_fixtures import hub, save_checkpoints

CLIP = assets_folder() / "beckett.wav"
NAME = "someone/whisper"
UNREACHABLE = (
    "There is no folder 'someone/whisper' here, and https://huggingface.co can't be reached to fetch it; unset "
    "HF_HUB_OFFLINE, or set SERMI_ENCODERS to a folder that holds it, or choose open4."
)


@pytest.fixture(scope="module")
def encoders(tmp_path_factory) -> Path:
    """What SERMI_ENCODERS may name."""
    folder = tmp_path_factory.mktemp("encoders")
    save_speech_model(folder / "whisper", "whisper")
    return folder


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory, encoders) -> Path:
    return save_checkpoints(tmp_path_factory.mktemp("checkpoints"), NAME, encoders / "whisper")


def forget():
    """What this process has loaded."""
    predictor._load_folder.cache_clear()
    sermi.encoders._audio_encoder.cache_clear()


@pytest.fixture
def server(monkeypatch, tmp_path, encoders):
    forget()
    with hub(monkeypatch, tmp_path) as running:
        running.put(NAME, {path.name: path.read_bytes() for path in (encoders / "whisper").iterdir()})
        yield running


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """Neither the hub (HF_HUB_OFFLINE is set in all tests) nor a folder."""
    forget()
    monkeypatch.setenv("SERMI_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("SERMI_ENCODERS", raising=False)


def until(is_so, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.usefixtures("nowhere")
class TestPython:
    def test_one_sentence_where_it_is_neither_here_nor_to_be_had(self, checkpoints):
        with pytest.raises(UnreachableError) as error:
            predictor.load(checkpoints / "other")
        assert str(error.value) == UNREACHABLE

    def test_a_folder_of_encoders(self, checkpoints, encoders, monkeypatch):
        monkeypatch.setenv("SERMI_ENCODERS", str(encoders))
        prediction = predictor.load(checkpoints / "other").predict(audio.read(CLIP))
        assert sum(prediction.probabilities.values()) == pytest.approx(1)

    def test_another_encoder_of_that_name_is_noticed(self, checkpoints, tmp_path, monkeypatch):
        save_speech_model(tmp_path / "whisper", "wav2vec2-layer")
        monkeypatch.setenv("SERMI_ENCODERS", str(tmp_path))
        with pytest.raises(CheckpointError, match="was trained with another speech encoder"):
            predictor.load(checkpoints / "other")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_shows_a_bar_while_it_is_fetched(server, checkpoints, monkeypatch):
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    predictor.load(checkpoints / "other")
    assert f"fetching {NAME}: 100%" in terminal.getvalue()
    assert "config.json" not in terminal.getvalue()
    monkeypatch.setattr(sys, "stderr", again := Terminal())
    predictor._load_folder.cache_clear()
    predictor.load(checkpoints / "other")
    assert again.getvalue() == ""


class TestPage:
    def choose(self, choice: ModelChoice, name: str, used: str) -> list[dict]:
        async def updates():
            return [update async for update in choice.on_choice(name, used)]

        with ThreadPoolExecutor(
            1
        ) as pool:  # this thread may have a loop: the one of a browser that another test opened
            return pool.submit(asyncio.run, updates()).result()

    @pytest.fixture
    def choice(self, checkpoints):
        with gr.Blocks():
            return ModelChoice.build(Engine(checkpoints))

    def test_the_list_says_what_is_fetched(self, server, checkpoints, encoders, monkeypatch):
        engine = Engine(checkpoints)
        assert engine.choices(to_listen=True)[1] == ("other (4 emotions; another encoder, fetched once)", "other")
        assert engine.choices()[1] == ("other (4 emotions)", "other")
        monkeypatch.setenv("SERMI_ENCODERS", str(encoders))
        assert engine.choices(to_listen=True)[1] == ("other (4 emotions)", "other")

    def test_a_choice_fetches_with_signs_of_life_and_then_recognises(self, server, choice):
        first, *_, last = self.choose(choice, "other", "open4")
        assert "Fetching someone/whisper, once" in first[choice.line]
        assert "<progress" in first[choice.line]
        assert last[choice.used] == "other"
        assert last[choice.line] == ""
        assert ("other (4 emotions)", "other") in last[choice.checkpoint]["choices"]
        assert sum(choice.engine.analyse(str(CLIP), "", "other").prediction.probabilities.values()) == pytest.approx(1)
        assert self.choose(choice, "other", "open4") == [{choice.line: "", choice.used: "other"}]

    def test_meanwhile_everything_else_works_and_who_comes_waits_for_the_same(self, server, choice):
        engine = choice.engine
        server.gate.clear()
        download = engine.download("other")
        until(lambda: any("/large/" in path for _, path in server.log))
        assert engine.download("other") is download
        assert engine.download("open4") is None
        with pytest.raises(EncoderError, match=r"The encoder of other is being fetched .*; try again in a moment."):
            engine.analyse(str(CLIP), "", "other")
        assert engine.explorer("other").classes == ("angry", "happy", "neutral", "sad")
        assert engine.text_feature("other", "Leave me alone!").shape == (256,)
        assert not download.is_over
        server.gate.set()
        download.wait()
        assert download.problem is None
        assert engine.download("other") is None
        assert sum(method == "HEAD" and path.endswith(".safetensors") for method, path in server.log) == 1

    @pytest.mark.usefixtures("nowhere")
    def test_where_it_cannot_be_fetched_the_model_before_stays(self, choice, encoders, monkeypatch):
        last = self.choose(choice, "other", "open4")[-1]
        assert last[choice.checkpoint]["value"] == "open4"
        assert choice.used not in last
        assert f"{UNREACHABLE} The model is open4 as before." in html.unescape(last[choice.line])
        monkeypatch.setenv("SERMI_ENCODERS", str(encoders))
        assert self.choose(choice, "other", "open4") == [{choice.line: "", choice.used: "other"}]
