"""What runs on a GPU does what it does on the CPU. Skipped where there is none; needs neither corpora nor a network."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
import torch
import transformers

from sermi import mi
from sermi.augment import GeneratorConfig, fit_generator
from sermi.encoders.pretrained import PretrainedAudioEncoder, PretrainedTextEncoder, pick_device
from sermi.mi.discriminant import speaker_disjoint_information
from tests.sermi.encoders.small_models import SPEECH, save_speech_model, save_text_model
from train.embeddings.finetune import finetuned
from train.embeddings.finetune_config import FinetuneConfig

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")


@pytest.fixture(autouse=True)
def exact_products():
    """Float32 products of all digits: TensorFloat-32 keeps ten bits."""
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    yield
    torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before


def clips(n: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [0.1 * rng.standard_normal(8_000 + 3_000 * i).astype(np.float32) for i in range(n)]


def test_it_is_picked_where_none_is_named():
    assert pick_device() == "cuda"
    assert pick_device("cpu") == "cpu"


@pytest.mark.parametrize("kind", [*SPEECH, "whisper"])
def test_speech_encoders_agree(kind, tmp_path):
    folder = str(save_speech_model(tmp_path, kind))
    there, here = (PretrainedAudioEncoder(folder, device=device) for device in ("cuda", "cpu"))
    assert there.fingerprint == here.fingerprint
    for ours, theirs in zip(there.encode(clips(4)), here.encode(clips(4)), strict=True):
        np.testing.assert_allclose(ours.layers, theirs.layers, atol=2e-4)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_half_precision_is_close(precision, tmp_path):
    folder = str(save_speech_model(tmp_path, "whisper"))
    exact = PretrainedAudioEncoder(folder, device="cuda").encode(clips(2))
    for ours, theirs in zip(
        PretrainedAudioEncoder(folder, device="cuda", precision=precision).encode(clips(2)), exact, strict=True
    ):
        assert ours.layers.dtype == np.float32
        assert 0 < np.abs(ours.layers - theirs.layers).max() < 0.1


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_text_encoders_agree(kind, tmp_path):
    folder = str(save_text_model(tmp_path, kind))
    texts = ["i am so happy", "", "and that is fine today"]
    there, here = (PretrainedTextEncoder(folder, device=device).embed(texts) for device in ("cuda", "cpu"))
    np.testing.assert_allclose(there, here, atol=1e-4)


@pytest.mark.parametrize("regulariser", ["off", "maximise", "match"])
def test_a_generator_learns_the_same_distribution(regulariser, speech_like):
    """Random numbers of a GPU are others: what agrees is what the samples are like."""
    c = torch.arange(3).repeat_interleave(600)
    config = GeneratorConfig(regulariser, steps=60)
    sampled = {}
    for device in ("cpu", "cuda"):
        options = {"groups": speech_like.speaker, "t": speech_like.t, "config": config, "seed": 0, "device": device}
        trained = fit_generator(speech_like.h, speech_like.c, **options)
        sampled[device] = trained.generator.sample(c, seed=1)[0].numpy()
    groups = np.arange(len(c)) % 8
    ours, theirs = (speaker_disjoint_information(sampled[name], c.numpy(), groups, seed=0) for name in sampled)
    assert ours == pytest.approx(theirs, abs=0.05)
    for k in range(3):
        means = [sampled[name][c == k].mean(axis=0) for name in sampled]
        np.testing.assert_allclose(*means, atol=0.15)


def test_a_generator_is_the_same_again_and_the_callers_state_stays(speech_like):
    torch.manual_seed(3)
    before = torch.rand(4, device="cuda")
    torch.manual_seed(3)
    config = GeneratorConfig("maximise", steps=20)
    states = [
        fit_generator(speech_like.h, speech_like.c, config=config, seed=0, device="cuda").generator.state_dict()
        for _ in range(2)
    ]
    assert torch.equal(torch.rand(4, device="cuda"), before)
    assert all(value.device.type == "cpu" for value in states[0].values())
    for name, value in states[0].items():
        torch.testing.assert_close(value, states[1][name], atol=1e-4, rtol=1e-4)


def test_a_critic_measures_the_closed_form():
    """Two Gaussians of correlation ρ in each of 4 dimensions carry -2 ln(1 - ρ²) nats."""
    rng = np.random.default_rng(0)
    rho, n = 0.7, 6_000
    x = rng.standard_normal((n, 4)).astype(np.float32)
    y = (rho * x + np.sqrt(1 - rho**2) * rng.standard_normal((n, 4))).astype(np.float32)
    training = mi.Training(device="cuda", max_steps=1_500)
    measured = mi.PairInformation(control=False, training=training, seed=0).estimate(x, y)
    assert measured.value == pytest.approx(-2 * np.log(1 - rho**2), abs=0.12)


def test_an_encoder_is_fine_tuned(tmp_path):
    rng = np.random.default_rng(0)
    paths, c = [], np.arange(24) % 2
    for number, code in enumerate(c):
        tone = 0.1 * np.sin(2 * np.pi * (150, 600)[code] * np.arange(4_800) / 16_000)
        paths.append(str(tmp_path / f"{number}.wav"))
        soundfile.write(paths[-1], tone + 0.01 * rng.normal(size=len(tone)), 16_000)
    folder = tmp_path / "encoder"
    folder.mkdir()
    transformers.logging.set_verbosity_error()
    encoder = str(save_speech_model(folder, "wavlm-layer"))
    config = FinetuneConfig("lora", 4, epochs=2, rate=2e-3, batch_s=2)
    speaker = np.array([f"s{number // 4}" for number in range(len(c))])
    out = finetuned(encoder, paths, c, speaker=speaker, n_classes=2, config=config, out=tmp_path / "tuned")
    tuned = PretrainedAudioEncoder(str(out), device="cuda").encode(clips(1))[0].layers
    assert np.isfinite(tuned).all()
    assert np.abs(tuned - PretrainedAudioEncoder(encoder, device="cuda").encode(clips(1))[0].layers).max() > 1e-3
