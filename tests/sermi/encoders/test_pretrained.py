"""Encoders loaded through transformers: small ones of every kind, with random weights, saved by the test."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from sermi.encoders import load_audio_encoder, load_text_encoder
from sermi.encoders.pretrained import PretrainedAudioEncoder, PretrainedTextEncoder
from sermi.errors import EncoderError
from sermi.frontend import AudioFrontend, FrontendConfig

SMALL = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 48}
CONVOLUTIONS = {"conv_dim": (16,) * 7, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 2}
LAYER_NORM = {"feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True}
SPEECH = {
    "wav2vec2-group": (transformers.Wav2Vec2Model, transformers.Wav2Vec2Config, {"feat_extract_norm": "group"}),
    "wav2vec2-layer": (transformers.Wav2Vec2Model, transformers.Wav2Vec2Config, LAYER_NORM),
    "hubert-group": (transformers.HubertModel, transformers.HubertConfig, {"feat_extract_norm": "group"}),
    "hubert-layer": (transformers.HubertModel, transformers.HubertConfig, LAYER_NORM),
    "wavlm-group": (transformers.WavLMModel, transformers.WavLMConfig, {"feat_extract_norm": "group"}),
    "wavlm-layer": (transformers.WavLMModel, transformers.WavLMConfig, LAYER_NORM),
}
WHISPER = {
    "d_model": 32,
    "encoder_layers": 3,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48,
    "vocab_size": 60,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 3,
}
WORDS = ["i", "am", "so", "very", "happy", "sad", "angry", "calm", "today", "and", "that", "is", "fine"]
TEXT = {
    "bert": (transformers.BertModel, transformers.BertConfig),
    "roberta": (transformers.RobertaModel, transformers.RobertaConfig),
}


def save_speech_model(folder: Path, kind: str) -> Path:
    torch.manual_seed(0)
    if kind == "whisper":
        model = transformers.WhisperModel(transformers.WhisperConfig(**WHISPER))
        extractor = transformers.WhisperFeatureExtractor()
    else:
        model_class, config_class, options = SPEECH[kind]
        model = model_class(config_class(**SMALL, **CONVOLUTIONS, **options, vocab_size=20))
        extractor = transformers.Wav2Vec2FeatureExtractor(
            do_normalize=True, return_attention_mask=options["feat_extract_norm"] == "layer"
        )
    model.save_pretrained(folder)
    extractor.save_pretrained(folder)
    return folder


def save_text_model(folder: Path, kind: str) -> Path:
    torch.manual_seed(0)
    if kind == "bert":
        vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
        tokenizer = transformers.BertTokenizer(vocab={word: i for i, word in enumerate(vocabulary)})
    else:
        vocabulary = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "Ġ", *"abcdefghijklmnopqrstuvwxyz.!"]
        tokenizer = transformers.RobertaTokenizer(vocab={word: i for i, word in enumerate(vocabulary)}, merges=[])
    model_class, config_class = TEXT[kind]
    padding = vocabulary.index("[PAD]" if kind == "bert" else "<pad>")
    config = config_class(
        **SMALL, vocab_size=len(vocabulary), max_position_embeddings=40, pad_token_id=padding, type_vocab_size=2
    )
    model_class(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module", params=[*SPEECH, "whisper"])
def speech_folder(request, tmp_path_factory) -> Path:
    return save_speech_model(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture(scope="module")
def speech_encoder(speech_folder) -> PretrainedAudioEncoder:
    return PretrainedAudioEncoder(str(speech_folder), device="cpu")


@pytest.fixture(scope="module", params=TEXT)
def text_folder(request, tmp_path_factory) -> Path:
    return save_text_model(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture(scope="module")
def text_encoder(text_folder) -> PretrainedTextEncoder:
    return PretrainedTextEncoder(str(text_folder), device="cpu")


def clip(seconds: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * 16_000)) / 16_000
    wave = np.sin(2 * np.pi * rng.uniform(100, 400) * time) * (0.2 + np.abs(np.sin(3 * time)))
    return (0.1 * seed + 0.2 * wave + 0.02 * rng.standard_normal(len(time))).astype(np.float32)


def error_of(encoder, name) -> str:
    with pytest.raises(EncoderError) as error:
        encoder(str(name))
    message = str(error.value)
    assert "\n" not in message
    assert message.endswith(".")
    assert str(name) in message
    return message


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


def test_layers_are_the_models_own(speech_folder, speech_encoder):
    """Against the model called as its documentation does."""
    wave = clip(1)
    extractor = transformers.AutoFeatureExtractor.from_pretrained(speech_folder)
    model = transformers.AutoModel.from_pretrained(speech_folder).eval()
    model = getattr(model, "encoder", model) if model.config.model_type == "whisper" else model
    inputs = extractor(wave, sampling_rate=16_000, return_tensors="pt")
    inputs.pop("attention_mask", None)
    with torch.inference_mode():
        hidden = model(**inputs, output_hidden_states=True)
    layers = speech_encoder.encode([wave])[0].layers
    expected = torch.cat(hidden.hidden_states).numpy()[:, : layers.shape[1]]
    np.testing.assert_allclose(layers[:-1], expected[:-1], atol=1e-4)
    np.testing.assert_allclose(layers[-1], hidden.last_hidden_state[0, : layers.shape[1]].numpy(), atol=1e-4)


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


def test_whisper_joins_windows_of_30_s(tmp_path):
    encoder = PretrainedAudioEncoder(str(save_speech_model(tmp_path / "whisper", "whisper")), device="cpu")
    wave = clip(34)
    (joined,) = encoder.encode([wave])
    assert joined.layers.shape[1] == 34 * 50
    first, second = encoder.encode([wave[: 30 * 16_000], wave[30 * 16_000 :]])
    np.testing.assert_allclose(joined.layers, np.concatenate([first.layers, second.layers], axis=1), atol=1e-3)


def test_batches_hold_a_minute_at_most(tmp_path):
    """A minute of what the model sees: Whisper fills every clip up to 30 s."""
    whisper = PretrainedAudioEncoder(str(save_speech_model(tmp_path / "whisper", "whisper")), device="cpu")
    assert [len(batch) for batch in whisper._batches([16_000] * 5)] == [2, 2, 1]
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


def test_text_embeddings_are_means_over_tokens(text_folder, text_encoder):
    tokenizer = transformers.AutoTokenizer.from_pretrained(text_folder)
    model = transformers.AutoModel.from_pretrained(text_folder).eval()
    for text in ("i am so happy today", "", "sad"):
        with torch.inference_mode():
            states = model(**tokenizer(text, return_tensors="pt")).last_hidden_state
        np.testing.assert_allclose(text_encoder.embed([text])[0], states[0].mean(0).numpy(), atol=1e-5)


def test_a_text_is_the_same_alone_and_in_a_batch(text_encoder):
    texts = ["i am so happy today and that is fine", "", "sad", "angry " * 200, "unknown words", "sad"]
    together = text_encoder.embed(texts)
    assert together.shape == (6, text_encoder.dim) == (6, 32)
    assert together.dtype == np.float32
    for text, row in zip(texts, together, strict=True):
        np.testing.assert_allclose(row, text_encoder.embed([text])[0], atol=1e-5)
    assert text_encoder.embed([]).shape == (0, 32)


def test_padding_is_not_seen(text_encoder):
    assert np.abs(text_encoder.embed(["sad"]) - text_encoder.embed(["happy"])).max() > 1e-3


@pytest.mark.parametrize("encoder", [PretrainedAudioEncoder, PretrainedTextEncoder])
class TestWhatCannotBeLoaded:
    def test_a_folder_without_a_configuration(self, encoder, tmp_path):
        assert "has no config.json" in error_of(encoder, tmp_path)

    def test_a_damaged_configuration(self, encoder, tmp_path):
        (tmp_path / "config.json").write_text("{")
        error_of(encoder, tmp_path)
        (tmp_path / "config.json").write_text('{"model_type": "no such thing"}')
        error_of(encoder, tmp_path)

    def test_a_folder_that_is_not_there(self, encoder, tmp_path):
        error_of(encoder, tmp_path / "nothing")

    def test_an_unknown_hub_id(self, encoder):
        assert "can't be loaded" in error_of(encoder, "nobody/no-such-encoder-at-all")

    def test_pickled_weights_are_never_opened(self, encoder, tmp_path):
        kind = "wav2vec2-layer" if encoder is PretrainedAudioEncoder else "bert"
        folder = (save_speech_model if encoder is PretrainedAudioEncoder else save_text_model)(tmp_path / "m", kind)
        (folder / "model.safetensors").unlink()
        (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(tmp_path / "exploded")))
        assert "has no model.safetensors" in error_of(encoder, folder)
        (folder / "model.safetensors.index.json").write_text('{"weight_map": {"a": "pytorch_model.bin"}}')
        error_of(encoder, folder)
        assert not (tmp_path / "exploded").exists()

    def test_damaged_weights(self, encoder, tmp_path):
        kind = "wav2vec2-layer" if encoder is PretrainedAudioEncoder else "bert"
        folder = (save_speech_model if encoder is PretrainedAudioEncoder else save_text_model)(tmp_path / "m", kind)
        (folder / "model.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0{}      ")
        error_of(encoder, folder)
        (folder / "model.safetensors").write_bytes(b"PK not safetensors at all")
        error_of(encoder, folder)

    def test_code_from_the_folder_is_never_run(self, encoder, tmp_path):
        (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'exploded')!r}, 'w')")
        (tmp_path / "config.json").write_text(
            '{"model_type": "evil", "auto_map": {"AutoConfig": "evil.C", "AutoModel": "evil.M"}}'
        )
        error_of(encoder, tmp_path)
        assert not (tmp_path / "exploded").exists()


class Bomb:
    """Unpickling it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return (open, (str(self.path), "w"))


def test_a_text_model_is_no_speech_encoder_nor_the_reverse(tmp_path):
    bert, hubert = save_text_model(tmp_path / "b", "bert"), save_speech_model(tmp_path / "h", "hubert-layer")
    assert "is a bert model, not a speech encoder; use one of wav2vec2" in error_of(PretrainedAudioEncoder, bert)
    assert "is a hubert model, not a text encoder; use one of bert" in error_of(PretrainedTextEncoder, hubert)


def test_an_encoder_for_another_rate(tmp_path):
    folder = save_speech_model(tmp_path / "m", "wav2vec2-layer")
    transformers.Wav2Vec2FeatureExtractor(sampling_rate=8_000).save_pretrained(folder)
    assert "hears 8000 Hz" in error_of(PretrainedAudioEncoder, folder)


def test_weights_that_are_not_all_there(tmp_path):
    """transformers would fill them up with random numbers and go on."""
    from safetensors.torch import load_file, save_file

    folder = save_text_model(tmp_path / "m", "bert")
    weights = load_file(folder / "model.safetensors")
    del weights["encoder.layer.1.output.dense.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert "lack encoder.layer.1.output.dense.weight" in error_of(PretrainedTextEncoder, folder)


def test_a_pooler_that_is_not_there_is_not_missed(tmp_path):
    from safetensors.torch import load_file, save_file

    folder = save_text_model(tmp_path / "m", "bert")
    expected = PretrainedTextEncoder(str(folder)).embed(["sad"])
    weights = {k: v for k, v in load_file(folder / "model.safetensors").items() if not k.startswith("pooler.")}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    np.testing.assert_array_equal(PretrainedTextEncoder(str(folder)).embed(["sad"]), expected)


def test_loading_prints_nothing(tmp_path, capfd):
    text_folder = save_text_model(tmp_path / "text", "roberta")
    speech_folder = save_speech_model(tmp_path / "speech", "wav2vec2-group")
    capfd.readouterr()
    PretrainedTextEncoder(str(text_folder))
    PretrainedAudioEncoder(str(speech_folder))
    assert capfd.readouterr() == ("", "")
    assert transformers.utils.logging.is_progress_bar_enabled()


def test_loaded_by_folder_and_once(tmp_path):
    text_folder = save_text_model(tmp_path / "text", "bert")
    speech_folder = save_speech_model(tmp_path / "speech", "hubert-layer")
    assert load_text_encoder(str(text_folder)) is load_text_encoder(str(text_folder))
    assert isinstance(load_audio_encoder(str(speech_folder)), PretrainedAudioEncoder)


def test_half_precision_is_close_and_keeps_features_of_its_own(tmp_path):
    folder = str(save_speech_model(tmp_path, "wav2vec2-layer"))
    rng = np.random.default_rng(0)
    clip = rng.normal(0, 0.1, 8_000).astype(np.float32)
    full, half = (PretrainedAudioEncoder(folder, device="cpu", precision=p) for p in ("float32", "bfloat16"))
    (exact,), (rough,) = full.encode([clip]), half.encode([clip])
    assert rough.layers.dtype == np.float32
    assert 0 < np.abs(rough.layers - exact.layers).max() < 0.1 * np.abs(exact.layers).max()
    prints = {
        AudioFrontend(FrontendConfig(folder, precision=p), device="cpu").fingerprint for p in ("float32", "bfloat16")
    }
    assert len(prints) == 2


@pytest.mark.parametrize(
    ("precision", "sentence"), [("float16", "needs a GPU"), ("int3", "use one of float32, bfloat16")]
)
def test_a_precision_that_is_not_there_is_one_sentence(tmp_path, precision, sentence):
    folder = str(save_speech_model(tmp_path, "wav2vec2-group"))
    with pytest.raises(EncoderError, match=sentence):
        PretrainedAudioEncoder(folder, device="cpu", precision=precision)
    with pytest.raises(EncoderError, match="moonshine-tiny"):
        load_audio_encoder(precision="bfloat16")
