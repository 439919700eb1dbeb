import json

import numpy as np
import pytest
import soundfile
import torch
import transformers
from safetensors.torch import load_file

from sermi.encoders import load_audio_encoder
from sermi.errors import EncoderError
from train.embeddings.finetune import finetuned, is_fine_tuned
from train.embeddings.finetune_config import FinetuneConfig
from train.embeddings.finetune_model import TunedEncoder

SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
CONVOLUTIONS = {"conv_dim": (16,) * 7, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 2}


def save_encoder(folder, kind):
    torch.manual_seed(0)
    if kind == "whisper":
        config = transformers.WhisperConfig(
            d_model=32, encoder_layers=2, decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2,
            encoder_ffn_dim=48, decoder_ffn_dim=48, vocab_size=60, pad_token_id=0, bos_token_id=1, eos_token_id=2,
            decoder_start_token_id=3,
        )  # fmt: skip
        transformers.WhisperModel(config).save_pretrained(folder)
        transformers.WhisperFeatureExtractor().save_pretrained(folder)
    else:
        model_class, config_class = {
            "wav2vec2": (transformers.Wav2Vec2Model, transformers.Wav2Vec2Config),
            "wavlm": (transformers.WavLMModel, transformers.WavLMConfig),
        }[kind]
        model_class(config_class(**SMALL, **CONVOLUTIONS, vocab_size=20)).save_pretrained(folder)
        transformers.Wav2Vec2FeatureExtractor(do_normalize=True, return_attention_mask=False).save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module")
def encoders(tmp_path_factory):
    return {k: save_encoder(tmp_path_factory.mktemp(k), k) for k in ("wav2vec2", "wavlm", "whisper")}


@pytest.fixture(scope="module")
def speech(tmp_path_factory):
    """Tones of two pitches from six speakers: paths, codes, speakers."""
    folder = tmp_path_factory.mktemp("tones")
    rng = np.random.default_rng(0)
    paths, c, speaker = [], [], []
    for who in range(6):
        for take in range(8):
            code = take % 2
            time = np.arange(3_200 + 160 * take) / 16_000
            tone = 0.1 * np.sin(2 * np.pi * (150, 600)[code] * (1 + 0.05 * rng.normal()) * time)
            path = folder / f"{who}_{take}.wav"
            soundfile.write(path, tone + 0.01 * rng.normal(size=len(time)), 16_000)
            paths.append(str(path))
            c.append(code)
            speaker.append(f"s{who}")
    return paths, np.array(c), np.array(speaker)


def tune(encoder, speech, config, out):
    paths, c, speaker = speech
    return finetuned(encoder, paths, c, speaker=speaker, n_classes=2, config=config, out=out)


def weights(folder):
    return load_file(f"{folder}/model.safetensors")


def changed(before, after):
    old, new = weights(before), weights(after)
    assert new.keys() == {name for name in old if not name.startswith("decoder.")}
    return {name for name in new if not torch.equal(old[name], new[name])}


def test_it_learns_and_the_folder_is_an_encoder(encoders, speech, tmp_path):
    config = FinetuneConfig("layers", 2, epochs=4, rate=2e-3, batch_s=2)
    out = tune(encoders["wav2vec2"], speech, config, tmp_path / "out")
    record = json.loads((out / "finetune.json").read_text())
    epochs = record["epochs_done"]
    assert epochs[-1]["loss"] < 0.8 * epochs[0]["loss"]
    assert max(epoch["inner_UA"] for epoch in epochs) > 0.8
    assert 0 < record["trained"] < record["parameters"]
    assert not (out / "training").exists()
    assert is_fine_tuned(f"moonshine-tiny+{out}")
    assert not is_fine_tuned(encoders["wav2vec2"])
    loaded, start = load_audio_encoder(str(out)), load_audio_encoder(encoders["wav2vec2"])
    assert loaded.fingerprint != start.fingerprint
    clip = np.sin(np.arange(8_000) / 9).astype(np.float32)
    assert not np.allclose(loaded.encode([clip])[0].layers[-1], start.encode([clip])[0].layers[-1], atol=1e-3)


def test_only_what_was_asked_for_changes(encoders, speech, tmp_path):
    config = FinetuneConfig("layers", 1, epochs=1)
    out = tune(encoders["wav2vec2"], speech, config, tmp_path / "last")
    assert {name.split("layers.")[1][0] for name in changed(encoders["wav2vec2"], out)} == {"1"}
    before, after = (transformers.AutoConfig.from_pretrained(folder) for folder in (encoders["wav2vec2"], out))
    assert (after.apply_spec_augment, after.layerdrop) == (before.apply_spec_augment, before.layerdrop) == (True, 0.1)


@pytest.mark.parametrize(
    ("kind", "parts"),
    [("wav2vec2", ("_proj.weight",)), ("wavlm", ("_dense.weight",)), ("whisper", ("_proj.weight",))],
)
def test_low_rank_updates_are_merged_into_the_layers_that_use_them(encoders, speech, tmp_path, kind, parts):
    config = FinetuneConfig.parse("lora:4", epochs=1)
    out = tune(encoders[kind], [side[:16] for side in speech], config, tmp_path / "out")
    updated = changed(encoders[kind], out)
    assert updated
    assert all(name.endswith(parts) for name in updated)
    old, new = weights(encoders[kind]), weights(out)
    name = sorted(updated)[0]
    assert torch.linalg.matrix_rank(new[name] - old[name], rtol=1e-3) <= 4
    assert load_audio_encoder(str(out)).n_layers == 3


def test_a_stopped_run_ends_where_an_uninterrupted_one_does(encoders, speech, tmp_path, monkeypatch):
    config = FinetuneConfig("lora", 2, epochs=3, seed=3)
    whole = tune(encoders["wav2vec2"], speech, config, tmp_path / "whole")
    keep, epochs_trained = TunedEncoder.keep, []

    def stop_in_the_third_epoch(model, path):
        if path.name.startswith("epoch-"):
            epochs_trained.append(path)
            if len(epochs_trained) == 3:
                raise KeyboardInterrupt
        keep(model, path)

    monkeypatch.setattr(TunedEncoder, "keep", stop_in_the_third_epoch)
    with pytest.raises(KeyboardInterrupt):
        tune(encoders["wav2vec2"], speech, config, tmp_path / "parts")
    record = json.loads((tmp_path / "parts" / "finetune.json").read_text())
    assert len(record["epochs_done"]) == 2
    assert "finished" not in record
    parts = tune(encoders["wav2vec2"], speech, config, tmp_path / "parts")
    assert len(epochs_trained) == 4  # the third anew, and no other
    assert (parts / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()
    tune(encoders["wav2vec2"], speech, config, tmp_path / "parts")
    assert len(epochs_trained) == 4  # a finished one is returned at once
    with pytest.raises(EncoderError, match="another folder"):
        tune(encoders["wav2vec2"], speech, FinetuneConfig("lora", 4, epochs=3), tmp_path / "parts")


@pytest.mark.parametrize("method", ["lora", "lora:0", "lora:x", "layers:-1", "all:3"])
def test_a_method_that_does_not_exist_is_one_sentence(method):
    with pytest.raises(EncoderError, match="such as lora:8"):
        FinetuneConfig.parse(method)


def test_what_can_not_be_tuned_is_one_sentence(encoders, speech, tmp_path):
    with pytest.raises(EncoderError, match="can't be fine-tuned"):
        tune("moonshine-tiny", speech, FinetuneConfig("lora", 2), tmp_path)
    with pytest.raises(EncoderError, match="has 2 layers"):
        tune(encoders["wav2vec2"], speech, FinetuneConfig("layers", 9), tmp_path)
