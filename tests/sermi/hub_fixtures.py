"""A stand-in of the hub for this process, and a checkpoint whose encoder is there."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch
from huggingface_hub import constants

from sermi import checkpoint, shipped
from sermi.frontend import AudioFrontend, FrontendConfig
from sermi.models.baseline import Baseline
from tests.sermi.hub_stand_in import TOKEN, Server


@contextmanager
def hub(monkeypatch, folder: Path) -> Iterator[Server]:
    """The hub's client talks to a stand-in, with caches below a folder of the test's own."""
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        talk_to(server, monkeypatch, folder)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder / "hub"))
        monkeypatch.setenv("SERMI_CACHE", str(folder / "sermi"))
        yield server
        server.gate.set()
        server.shutdown()


def talk_to(server: Server, monkeypatch, folder: Path) -> None:
    """What HF_ENDPOINT, HF_HUB_OFFLINE=0, ... say where the hub's client is started anew, for this process."""
    monkeypatch.setattr(constants, "ENDPOINT", server.url)
    template = server.url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(folder / "no-token"))
    monkeypatch.setenv("HF_TOKEN", TOKEN)


def save_checkpoints(folder: Path, encoder: str, encoder_folder: Path) -> Path:
    """A folder with open4, and with `other`: the same on another encoder, with a voice of random weights.

    encoder: as the checkpoint names it; encoder_folder: where it is read from now.
    """
    shutil.copytree(shipped.folders()[0] / "open4", folder / "open4")
    loaded = checkpoint.load(folder / "open4")
    frontend = AudioFrontend(FrontendConfig(str(encoder_folder)))
    shape = replace(loaded.config.shape, audio_dim=frontend.dim)
    torch.manual_seed(0)
    model = Baseline(shape)
    shared = {k: v for k, v in loaded.model.state_dict().items() if v.shape == model.state_dict()[k].shape}
    model.load_state_dict(shared, strict=False)
    config = replace(
        loaded.config,
        shape=shape,
        frontend=FrontendConfig(encoder),
        frontend_fingerprint=frontend.fingerprint,
    )
    replace(loaded, config=config, model=model).save(folder / "other")
    return folder
