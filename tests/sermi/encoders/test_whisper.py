"""Whisper's encoder: without its decoder, as long as the clip, and the same whatever it was stored beside."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from sermi.encoders.pretrained import PretrainedAudioEncoder
from sermi.errors import EncoderError
from sermi.frontend import AudioFrontend, FrontendConfig
from tests.sermi.encoders.small_models import WHISPER, save_speech_model

STRIDE, TAIL = 320, 50


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return save_speech_model(tmp_path_factory.mktemp("whisper"), "whisper")


@pytest.fixture(scope="module")
def encoder(folder) -> PretrainedAudioEncoder:
    return load(folder)


def load(folder: Path) -> PretrainedAudioEncoder:
    return PretrainedAudioEncoder(str(folder), device="cpu")


def fingerprint(folder: Path) -> str:
    return load(folder).fingerprint


def clip(n_samples: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    time = np.arange(n_samples) / 16_000
    wave = np.sin(2 * np.pi * rng.uniform(100, 400) * time) * (0.2 + np.abs(np.sin(3 * time)))
    return (0.3 * wave + 0.02 * rng.standard_normal(n_samples)).astype(np.float32)


def copied(folder: Path, to: Path) -> Path:
    to.mkdir()
    for path in folder.iterdir():
        (to / path.name).write_bytes(path.read_bytes())
    return to


def without_decoder(folder: Path, to: Path, dtype: torch.dtype = torch.float32) -> Path:
    """As encoders are published by themselves: the whole configuration, the encoder's weights."""
    copied(folder, to)
    weights = {k: v.to(dtype) for k, v in load_file(folder / "model.safetensors").items() if k.startswith("encoder.")}
    save_file(weights, to / "model.safetensors", metadata={"format": "pt"})
    return to


def edited(folder: Path, to: Path, file: str, **values: object) -> Path:
    copied(folder, to)
    (to / file).write_text(json.dumps({**json.loads((to / file).read_text()), **values}))
    return to


def published_layers(folder: Path, wave: np.ndarray) -> np.ndarray:
    """(L, T, D) of transformers' own encoder with as many positions as the clip and a second of silence have frames."""
    wave = np.pad(wave, (0, TAIL * STRIDE))
    n_frames = len(wave) // STRIDE
    config = transformers.WhisperConfig(**{**WHISPER, "max_source_positions": n_frames})
    model = transformers.WhisperModel(config).encoder.eval()
    weights = {k.removeprefix("encoder."): v for k, v in load_file(folder / "model.safetensors").items()}
    weights["embed_positions.weight"] = weights["embed_positions.weight"][:n_frames]
    model.load_state_dict({k: v for k, v in weights.items() if not k.startswith("decoder.")})
    extractor = transformers.WhisperFeatureExtractor()
    inputs = extractor(wave, sampling_rate=16_000, padding=False, truncation=False, return_tensors="pt")
    with torch.inference_mode():
        output = model(**inputs, output_hidden_states=True)
    return torch.cat([*output.hidden_states[:-1], output.last_hidden_state]).numpy()[:, :-TAIL]


@pytest.mark.parametrize("n_frames", [5, 51, 200, 1_450])
def test_layers_are_those_of_the_published_encoder_with_its_first_positions(folder, encoder, n_frames):
    wave = clip(n_frames * STRIDE)
    (sequence,) = encoder.encode([wave])
    np.testing.assert_allclose(sequence.layers, published_layers(folder, wave), atol=1e-4)


def test_29_seconds_are_what_everybody_gets(folder, encoder):
    wave = clip(29 * 16_000)
    inputs = transformers.AutoFeatureExtractor.from_pretrained(folder)(wave, sampling_rate=16_000, return_tensors="pt")
    with torch.inference_mode():
        output = transformers.AutoModel.from_pretrained(folder).eval().encoder(**inputs)
    published = output.last_hidden_state[0, : 29 * 50].numpy()
    np.testing.assert_allclose(encoder.encode([wave])[0].layers[-1], published, atol=1e-4)


def test_a_clip_is_the_same_alone_and_beside_longer_ones(encoder):
    lengths = [32_000, 31_999, 31_000, 29_759, 27_040, 26_001, 25_600]
    clips = [clip(n, seed) for seed, n in enumerate(lengths)]
    assert len(list(encoder._batches(lengths))) == 1
    for together, wave in zip(encoder.encode(clips), clips, strict=True):
        (alone,) = encoder.encode([wave])
        assert together.layers.shape == alone.layers.shape
        np.testing.assert_allclose(together.layers, alone.layers, atol=1e-5)


def test_no_frame_is_of_the_padding(encoder):
    """Of the samples after the last frame nothing is seen, of those that fill it up little."""
    assert encoder.encode([clip(16_000 + 159)])[0].layers.shape[1] == 50
    assert encoder.encode([clip(16_000 + 160)])[0].layers.shape[1] == 51
    longer, exact = encoder.encode([clip(16_000 + 159)]), encoder.encode([clip(16_000 + 159)[:16_000]])
    np.testing.assert_array_equal(longer[0].layers, exact[0].layers)


@pytest.mark.parametrize(("n_samples", "n_windows"), [(464_000, 1), (464_160, 2), (544_000, 2), (928_000, 2)])
def test_longer_recordings_are_equal_windows(encoder, n_samples, n_windows):
    wave = clip(n_samples)
    (joined,) = encoder.encode([wave])
    n_frames = (n_samples + 160) // STRIDE
    assert joined.layers.shape[1] == n_frames
    edges = [STRIDE * (n_frames * i // n_windows) for i in range(1, n_windows)]
    windows = [sequence.layers for part in np.split(wave, edges) for sequence in encoder.encode([part])]
    assert max(layers.shape[1] for layers in windows) - min(layers.shape[1] for layers in windows) <= 1
    np.testing.assert_allclose(joined.layers, np.concatenate(windows, axis=1), atol=1e-4)


class TestTheEncoderIsTheSame:
    @pytest.fixture
    def same(self, folder, encoder):
        def check(other: Path) -> None:
            loaded = load(other)
            assert loaded.fingerprint == encoder.fingerprint
            wave = clip(8_000)
            np.testing.assert_array_equal(loaded.encode([wave])[0].layers, encoder.encode([wave])[0].layers)
            prints = {AudioFrontend(FrontendConfig(str(at)), device="cpu").fingerprint for at in (folder, other)}
            assert len(prints) == 1

        return check

    def test_without_a_decoder(self, folder, same, tmp_path):
        same(without_decoder(folder, tmp_path / "encoder"))

    def test_in_a_model_that_writes(self, folder, same, tmp_path):
        """As the hub has it: its weights are called model.encoder."""
        model = transformers.WhisperForConditionalGeneration(transformers.WhisperConfig(**WHISPER))
        model.model.load_state_dict(load_file(folder / "model.safetensors"))
        model.save_pretrained(tmp_path / "writes")
        transformers.WhisperFeatureExtractor().save_pretrained(tmp_path / "writes")
        assert any(k.startswith("model.encoder.") for k in load_file(tmp_path / "writes" / "model.safetensors"))
        same(tmp_path / "writes")

    def test_stored_again(self, folder, same, tmp_path):
        """What this project writes after fine-tuning, others read too."""
        from sermi.encoders.loading import load_speech_model

        model, extractor = load_speech_model(str(folder))
        model.save_pretrained(tmp_path / "again")
        extractor.save_pretrained(tmp_path / "again")
        same(tmp_path / "again")
        stored = load_file(tmp_path / "again" / "model.safetensors")
        assert stored.keys() == {k for k in load_file(folder / "model.safetensors") if k.startswith("encoder.")}

    def test_whatever_else_its_configuration_says(self, folder, same, tmp_path):
        other = {"decoder_layers": 2, "vocab_size": 70, "dropout": 0.1, "_name_or_path": "x", "dtype": "float16"}
        same(edited(folder, tmp_path / "config", "config.json", **other))
        same(edited(folder, tmp_path / "extractor", "preprocessor_config.json", chunk_length=10, padding_side="left"))

    def test_in_half_precision_that_holds_the_same_numbers(self, folder, tmp_path):
        half = without_decoder(folder, tmp_path / "half", torch.float16)
        weights = {k: v.float() for k, v in load_file(half / "model.safetensors").items()}
        single = copied(half, tmp_path / "single")
        save_file(weights, single / "model.safetensors", metadata={"format": "pt"})
        assert fingerprint(half) == fingerprint(single) != fingerprint(folder)


def test_the_decoder_is_not_read(folder, encoder):
    stored = load_file(folder / "model.safetensors")
    n_encoder = sum(v.numel() for k, v in stored.items() if k.startswith("encoder."))
    assert sum(p.numel() for p in encoder._model.parameters()) == n_encoder < sum(v.numel() for v in stored.values())


@pytest.mark.parametrize(
    ("file", "values"),
    [
        ("config.json", {"encoder_attention_heads": 4}),
        ("config.json", {"activation_function": "relu"}),
        ("preprocessor_config.json", {"n_fft": 512}),
    ],
)
def test_another_setting_of_the_encoder_is_another_fingerprint(folder, encoder, tmp_path, file, values):
    assert fingerprint(edited(folder, tmp_path / "other", file, **values)) != encoder.fingerprint


def test_another_weight_is_another_fingerprint(folder, encoder, tmp_path):
    other = without_decoder(folder, tmp_path / "other")
    weights = load_file(other / "model.safetensors")
    weights["encoder.layers.1.fc1.bias"][0] += 1e-3
    save_file(weights, other / "model.safetensors", metadata={"format": "pt"})
    assert fingerprint(other) != encoder.fingerprint


def test_a_weight_of_the_encoder_that_is_not_there(folder, tmp_path):
    other = without_decoder(folder, tmp_path / "other")
    weights = load_file(other / "model.safetensors")
    del weights["encoder.layers.1.fc1.bias"]
    save_file(weights, other / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(EncoderError, match=r"lack encoder\.layers\.1\.fc1\.bias"):
        load(other)


def test_bfloat16_is_close(folder, encoder):
    wave = clip(16_000)
    (rough,) = PretrainedAudioEncoder(str(folder), device="cpu", precision="bfloat16").encode([wave])
    (exact,) = encoder.encode([wave])
    assert 0 < np.abs(rough.layers - exact.layers).max() < 0.1 * np.abs(exact.layers).max()
