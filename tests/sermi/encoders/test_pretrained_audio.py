"""Speech encoders loaded through transformers."""

from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from sermi.encoders.pretrained import PretrainedAudioEncoder
from sermi.frontend import AudioFrontend, FrontendConfig
from tests.sermi.encoders.small_models import SPEECH, save_speech_model


@pytest.fixture(scope="module", params=[*SPEECH, "whisper"])
def speech_folder(request, tmp_path_factory) -> Path:
    return save_speech_model(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture(scope="module")
def speech_encoder(speech_folder) -> PretrainedAudioEncoder:
    return PretrainedAudioEncoder(str(speech_folder), device="cpu")


def clip(seconds: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * 16_000)) / 16_000
    wave = np.sin(2 * np.pi * rng.uniform(100, 400) * time) * (0.2 + np.abs(np.sin(3 * time)))
    return (0.1 * seed + 0.2 * wave + 0.02 * rng.standard_normal(len(time))).astype(np.float32)


def test_every_layer_at_50_frames_a_second(speech_encoder):
    (sequence,) = speech_encoder.encode([clip(2)])
    assert (speech_encoder.n_layers, speech_encoder.dim) == (4, 32)
    assert sequence.rate == 50
    assert sequence.layers.shape[::2] == (4, 32)
    assert sequence.layers.shape[1] == pytest.approx(100, abs=1)
    assert sequence.layers.dtype == np.float32
    assert np.isfinite(sequence.layers).all()


def test_a_clip_is_the_same_alone_and_in_a_batch(speech_encoder):
    clips = [clip(1.3, 1), clip(0.4, 2), clip(2.5, 3), clip(0.4, 4), np.zeros(9_000, np.float32)]
    for together, wave in zip(speech_encoder.encode(clips), clips, strict=True):
        (alone,) = speech_encoder.encode([wave])
        assert together.layers.shape == alone.layers.shape
        np.testing.assert_allclose(together.layers, alone.layers, atol=1e-3)


@pytest.mark.parametrize("speech_folder", SPEECH, indirect=True)
def test_layers_are_the_models_own(speech_folder, speech_encoder):
    """Against the model called as its documentation does; Whisper's are in test_whisper.py."""
    wave = clip(1)
    extractor = transformers.AutoFeatureExtractor.from_pretrained(speech_folder)
    model = transformers.AutoModel.from_pretrained(speech_folder).eval()
    inputs = extractor(wave, sampling_rate=16_000, return_tensors="pt")
    inputs.pop("attention_mask", None)
    with torch.inference_mode():
        hidden = model(**inputs, output_hidden_states=True)
    layers = speech_encoder.encode([wave])[0].layers
    np.testing.assert_allclose(layers[:-1], torch.cat(hidden.hidden_states).numpy()[:-1], atol=1e-4)
    np.testing.assert_allclose(layers[-1], hidden.last_hidden_state[0].numpy(), atol=1e-4)


@pytest.mark.parametrize("samples", [0, 1, 399, 1_600])
def test_very_short_clips(speech_encoder, samples):
    short, _ = speech_encoder.encode([np.full(samples, 0.1, np.float32), clip(1)])
    assert 1 <= short.layers.shape[1] <= 5
    assert np.isfinite(short.layers).all()


def test_no_clips(speech_encoder):
    assert speech_encoder.encode([]) == []


def test_input_is_not_modified(speech_encoder):
    wave = clip(0.5)
    copy = wave.copy()
    speech_encoder.encode([wave])
    np.testing.assert_array_equal(wave, copy)


def test_batches_hold_a_minute_at_most(tmp_path):
    whisper = PretrainedAudioEncoder(str(save_speech_model(tmp_path / "whisper", "whisper")), device="cpu")
    assert [len(batch) for batch in whisper._batches([16_000] * 61)] == [60, 1]
    assert list(whisper._batches([100, 79, 80])) == [[0, 2], [1]]
    layer = PretrainedAudioEncoder(str(save_speech_model(tmp_path / "layer", "wav2vec2-layer")), device="cpu")
    assert [len(batch) for batch in layer._batches([16_000] * 61)] == [60, 1]
    assert list(layer._batches([10, 70 * 16_000, 30])) == [[1], [2, 0]]


def test_half_precision_weights_are_computed_in_single(tmp_path):
    folder = save_speech_model(tmp_path / "half", "wav2vec2-layer")
    transformers.AutoModel.from_pretrained(folder).half().save_pretrained(folder)
    (sequence,) = PretrainedAudioEncoder(str(folder), device="cpu").encode([clip(0.5)])
    assert sequence.layers.dtype == np.float32


def test_fingerprint_follows_weights_and_preprocessing_but_not_the_folder(tmp_path):
    def fingerprint(name: str) -> str:
        return PretrainedAudioEncoder(str(tmp_path / name), device="cpu").fingerprint

    for name in ("a", "b", "c", "d"):
        save_speech_model(tmp_path / name, "wav2vec2-layer")
    model = transformers.AutoModel.from_pretrained(tmp_path / "c")
    with torch.no_grad():
        model.encoder.layers[0].attention.q_proj.bias[0] += 1e-3
    model.save_pretrained(tmp_path / "c")
    transformers.Wav2Vec2FeatureExtractor(do_normalize=False).save_pretrained(tmp_path / "d")
    assert fingerprint("a") == fingerprint("a") == fingerprint("b")
    assert len({fingerprint("a"), fingerprint("c"), fingerprint("d")}) == 3


def test_half_precision_is_close_and_keeps_features_of_its_own(tmp_path):
    folder = str(save_speech_model(tmp_path, "wav2vec2-layer"))
    rng = np.random.default_rng(0)
    wave = rng.normal(0, 0.1, 8_000).astype(np.float32)
    full, half = (PretrainedAudioEncoder(folder, device="cpu", precision=p) for p in ("float32", "bfloat16"))
    (exact,), (rough,) = full.encode([wave]), half.encode([wave])
    assert rough.layers.dtype == np.float32
    assert 0 < np.abs(rough.layers - exact.layers).max() < 0.1 * np.abs(exact.layers).max()
    prints = {
        AudioFrontend(FrontendConfig(folder, precision=p), device="cpu").fingerprint for p in ("float32", "bfloat16")
    }
    assert len(prints) == 2
