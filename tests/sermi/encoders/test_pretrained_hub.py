"""Encoders by hub id, from a stand-in of the hub."""

import threading
from pathlib import Path

import pytest
from huggingface_hub import constants

from sermi.encoders.pretrained import PretrainedAudioEncoder
from sermi.errors import EncoderError
from tests.sermi.encoders.small_models import save_speech_model
from tests.sermi.hub_stand_in import TOKEN, Server


@pytest.fixture
def server(monkeypatch, tmp_path):
    """The hub client talks to the stand-in, with a cache of its own; it remembers what names mean, so each test has its own."""
    with Server() as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setattr(constants, "ENDPOINT", running.url)
        template = running.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield running
        running.shutdown()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return save_speech_model(tmp_path_factory.mktemp("whisper"), "whisper")


@pytest.fixture(scope="module")
def files(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def load(name: str) -> PretrainedAudioEncoder:
    return PretrainedAudioEncoder(name, device="cpu")


def error_of(name: str) -> str:
    with pytest.raises(EncoderError) as error:
        load(name)
    return str(error.value)


def test_a_hub_id_and_a_folder_are_one_encoder(server, folder, files, monkeypatch):
    server.put("someone/whisper", files)
    expected = load(str(folder)).fingerprint
    assert load("someone/whisper").fingerprint == expected
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert load("someone/whisper").fingerprint == expected  # what was fetched before serves


def test_a_repository_that_is_not_there(server):
    assert error_of("someone/whispr") == (
        f"There is no folder 'someone/whispr' and no such repository on {server.url}, or it is private; check the name, "
        "or log in with `hf auth login`."
    )


def test_a_repository_without_the_extractors_settings(server, files):
    server.put("someone/no-settings", {name: files[name] for name in files if name != "preprocessor_config.json"})
    assert error_of("someone/no-settings") == (
        "'someone/no-settings' on the hub has no preprocessor_config.json; get it from where the encoder was published, or "
        "write it with the feature extractor's save_pretrained."
    )
    assert not any(path.endswith(".safetensors") for _, path in server.log)


def test_a_repository_with_pickled_weights_only(server, files):
    others = {name: files[name] for name in files if name != "model.safetensors"}
    server.put("someone/pickled", {**others, "pytorch_model.bin": b"pickle"})
    assert error_of("someone/pickled").startswith(
        "'someone/pickled' on the hub has no model.safetensors; other weights"
    )
    assert not any(path.endswith(".bin") for _, path in server.log)
