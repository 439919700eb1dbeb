"""Several encoders side by side are what each of them is alone, one after the other, wherever embeddings come from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from sermi import audio, prosody
from sermi.encoders.moonshine import assets_folder
from sermi.errors import EncoderError
from sermi.frontend import AudioFrontend, FrontendConfig
from train.cli import app
from train.comparison.tasks import TaskConfig, comparison_frontend
from train.embeddings.dataset import EncodingConfig
from train.embeddings.embed import audio_embeddings
from train.embeddings.finetune_config import FinetuneConfig

CLIP = assets_folder() / "beckett.wav"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SERMI_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def pair(encoders) -> FrontendConfig:
    """Moonshine gives fewer frames a second than the other one."""
    return FrontendConfig(f"moonshine-tiny+{encoders[1]}", pooling=("mean", "std"), prosody=True)


def alone(config: FrontendConfig) -> list[AudioFrontend]:
    return [AudioFrontend(single) for single in config.single_encoders()]


def test_dimensions_layers_and_emphasis_add_up(pair, encoders):
    both, singles = AudioFrontend(pair), alone(pair)
    assert [single.config.encoder for single in singles] == ["moonshine-tiny", encoders[1]]
    assert both.dim == sum(single.dim for single in singles) == 2 * 7 * 288 + 2 * 4 * 32 + prosody.DIM
    assert both.n_layers == sum(single.n_layers for single in singles) == 11
    # as theirs, but that encoders count alike however many numbers each gives; prosody counts as it does by itself
    ratio = both.emphasis / np.concatenate([single.emphasis for single in singles])
    wide, narrow, rest = np.split(ratio, [singles[0].dim, both.dim - prosody.DIM])
    assert np.allclose(wide, 1)
    assert np.allclose(narrow, np.sqrt(7 * 288 / (4 * 32)))
    assert np.allclose(rest, 1)


def test_rates_differ(pair):
    rates = [encoder.encode([np.zeros(32_000, np.float32)])[0].rate for encoder in AudioFrontend(pair).encoders]
    assert len(set(rates)) == 2


def test_fingerprints_are_of_all_encoders_in_their_order(encoders, pair):
    names = ["moonshine-tiny", *encoders]
    configs = [FrontendConfig(name) for name in names]
    configs += [FrontendConfig(f"{a}+{b}") for a in names for b in names if a != b]
    prints = [AudioFrontend(config).fingerprint for config in configs]
    assert len(set(prints)) == len(prints)
    assert AudioFrontend(pair).fingerprint == AudioFrontend(pair).fingerprint


def test_an_embedding_is_theirs_one_after_the_other_and_so_is_each_window(pair):
    recording = audio.from_samples(audio.read(CLIP).waveform[:64_000], audio.SAMPLE_RATE)
    waveform, pair = recording.waveform, replace(pair, prosody=False)
    both, singles = AudioFrontend(pair), alone(pair)
    apart = np.concatenate([single.embed([waveform]) for single in singles], axis=1)
    assert np.allclose(both.embed([waveform]), apart, atol=1e-4)
    whole, *parts = [frontend.embed_windows(recording, window_s=1.5, hop_s=0.5) for frontend in (both, *singles)]
    assert whole.windows == parts[0].windows == parts[1].windows
    assert np.allclose(whole.window_a, np.concatenate([part.window_a for part in parts], axis=1), atol=1e-4)
    assert np.allclose(whole.a, apart[0], atol=1e-4)


def test_each_encoder_has_one_cache_whatever_it_stands_beside(cache, encoders):
    first, second = encoders
    paths = [str(CLIP)]
    a = audio_embeddings(paths, FrontendConfig(first), n_views=1, workers=1)
    written = set(cache.glob("features/*/*.safetensors"))
    both = audio_embeddings(paths, FrontendConfig(f"{first}+{second}"), n_views=1, workers=1)
    assert both.shape == (1, 2, AudioFrontend(FrontendConfig(f"{first}+{second}")).dim)
    assert np.array_equal(both[..., : a.shape[-1]], a)
    again = audio_embeddings(paths, FrontendConfig(f"{second}+{first}"), n_views=1, workers=1)
    assert np.array_equal(again[..., -a.shape[-1] :], a)
    assert written < set(cache.glob("features/*/*.safetensors"))
    assert len(list(cache.glob("features/*/*.safetensors"))) == 2


def test_the_command_fills_what_training_reads(cache, encoders, tmp_path):
    (tmp_path / "mine.csv").write_text(f"path,emotion\n{CLIP},happy\n")
    encoder = "+".join(encoders)
    arguments = ["features", "--corpus", f"csv={tmp_path / 'mine.csv'}", "--audio-encoder", encoder, "--comparison"]
    assert CliRunner().invoke(app, arguments).output.count("1 recordings: 1 new rows") == 2
    before = set(cache.glob("features/*/*"))
    audio_embeddings([str(CLIP)], comparison_frontend(encoder), workers=1)
    assert set(cache.glob("features/*/*")) == before


def test_what_is_for_one_encoder_is_refused_before_the_work(pair):
    with pytest.raises(EncoderError, match=r"Choose layers of one encoder"):
        AudioFrontend(FrontendConfig(pair.encoder, layers=(1,)))
    with pytest.raises(EncoderError, match=r"A sum of layers is learnt of one encoder; give --audio-encoder one"):
        TaskConfig(pair, weighted_layers=True)
    for config in (TaskConfig, EncodingConfig):
        with pytest.raises(EncoderError, match=r"can't be fine-tuned; give --audio-encoder one pre-trained encoder"):
            config(pair, finetune=FinetuneConfig.parse("lora:8"))


def test_one_of_them_that_is_not_there_is_named():
    with pytest.raises(EncoderError, match="There is no folder 'nobody/nothing' here"):
        AudioFrontend(FrontendConfig("moonshine-tiny+nobody/nothing"))
