"""Encoders by hub id, from a stand-in of the hub, and from the folder that SERMI_ENCODERS names."""

import shutil
import threading
from pathlib import Path

import pytest
from huggingface_hub import constants

from sermi.encoders import places
from sermi.encoders.loading import fetch_speech_model
from sermi.encoders.pretrained import PretrainedAudioEncoder, PretrainedTextEncoder
from sermi.errors import EncoderError
from tests.sermi.encoders.small_models import save_speech_model, save_text_model
from tests.sermi.hub_fixtures import hub


@pytest.fixture
def server(monkeypatch, tmp_path):
    """The hub client talks to the stand-in, with a cache of its own; it remembers what names mean, so each test has its own."""
    with hub(monkeypatch, tmp_path) as running:
        yield running


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


class TestWhatIsFetched:
    def test_no_decoder_and_only_once(self, server, files):
        """The stored encoder is one of the three parts of about a size: the decoder and the words' embeddings are left."""
        server.put("someone/whisper", files)
        assert places.to_fetch("moonshine-tiny+someone/whisper") == ["someone/whisper"]
        reports = []
        folder = fetch_speech_model("someone/whisper", lambda done, total: reports.append((done, total)))
        weights = len(files["model.safetensors"])
        assert (folder / "model.safetensors").stat().st_size < 0.8 * weights
        assert reports[-1][0] == reports[-1][1] < 0.8 * weights
        assert places.to_fetch("moonshine-tiny+someone/whisper") == []
        asked = len(server.log)
        assert load("someone/whisper").n_layers == 4
        assert len(server.log) == asked

    def test_a_server_that_gives_whole_files_only(self, server, folder, files):
        server.put("someone/whisper", files)
        server.gives_parts = False
        reports = []
        fetched = fetch_speech_model("someone/whisper", lambda done, total: reports.append((done, total)))
        assert (fetched / "model.safetensors").read_bytes() == files["model.safetensors"]
        assert reports[-1][0] == len(files["model.safetensors"])
        assert places.at_hand("someone/whisper") == fetched  # in the cache of the hub's client, as Spaces preloads it
        assert load("someone/whisper").fingerprint == load(str(folder)).fingerprint

    def test_who_comes_meanwhile_waits_for_the_same_download(self, server, files):
        server.put("someone/whisper", files)
        folders = []
        threads = [
            threading.Thread(target=lambda: folders.append(fetch_speech_model("someone/whisper"))) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(folders) == 4
        assert len(set(folders)) == 1
        assert sum(method == "HEAD" and path.endswith(".safetensors") for method, path in server.log) == 1

    def test_a_transfer_that_breaks_leaves_nothing_and_is_tried_again(self, server, files, tmp_path):
        server.put("someone/whisper", files)
        damaged = dict(files, **{"model.safetensors": files["model.safetensors"][:-5_000]})
        server.put("someone/broken", damaged)
        assert "can't be fetched" in error_of("someone/broken")
        assert not list((tmp_path / "sermi").rglob("*.safetensors*"))
        server.put("someone/broken", files)
        assert load("someone/broken").n_layers == 4


class TestWithoutTheHub:
    """HF_HUB_OFFLINE is set, as in all tests."""

    @pytest.mark.parametrize("place", ["someone/whisper", "whisper"])
    def test_a_folder_of_encoders_serves_by_hub_id(self, folder, tmp_path, monkeypatch, place):
        shutil.copytree(folder, tmp_path / place)
        monkeypatch.setenv("SERMI_ENCODERS", str(tmp_path))
        encoder = load("someone/whisper")
        assert encoder.name == "someone/whisper"
        assert encoder.fingerprint == load(str(folder)).fingerprint
        assert places.to_fetch("someone/whisper") == []

    def test_so_it_does_for_words(self, tmp_path, monkeypatch):
        expected = PretrainedTextEncoder(str(save_text_model(tmp_path / "bert", "bert"))).fingerprint
        monkeypatch.setenv("SERMI_ENCODERS", str(tmp_path))
        assert PretrainedTextEncoder("someone/bert").fingerprint == expected

    @pytest.mark.parametrize("name", ["../whisper", "a/../whisper", "/whisper", ".."])
    def test_only_below_that_folder(self, folder, tmp_path, monkeypatch, name):
        shutil.copytree(folder, tmp_path / "whisper")
        (tmp_path / "encoders").mkdir()
        monkeypatch.setenv("SERMI_ENCODERS", str(tmp_path / "encoders"))
        assert places.at_hand(name) is None or name == ".."  # which is a folder

    def test_neither_is_one_sentence(self, tmp_path, monkeypatch):
        monkeypatch.setenv("SERMI_ENCODERS", str(tmp_path))
        assert error_of("someone/whisper") == (
            f"There is no folder 'someone/whisper' here or in '{tmp_path}', which SERMI_ENCODERS names, and "
            "https://huggingface.co can't be reached to fetch it; unset HF_HUB_OFFLINE, or set SERMI_ENCODERS to a folder that "
            "holds it."
        )


def test_a_hub_that_does_not_answer(server, monkeypatch):
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    template = "http://127.0.0.1:9/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    assert "http://127.0.0.1:9 can't be reached to fetch it; check the network, or set" in error_of("a/b")
