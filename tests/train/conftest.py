"""What tests of training share."""

import sys

import pytest


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory):
    """A folder with a wav2vec 2.0 of random weights that embeds in no time."""
    import torch
    import transformers

    folder = tmp_path_factory.mktemp("tiny-wav2vec2")
    torch.manual_seed(0)
    config = transformers.Wav2Vec2Config(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        conv_dim=(16,) * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        vocab_size=20,
    )
    transformers.Wav2Vec2Model(config).save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor(do_normalize=True, return_attention_mask=False).save_pretrained(folder)
    return folder


@pytest.fixture
def encoders(tiny_encoder, tmp_path_factory, monkeypatch):
    """SERMI_ENCODERS names a folder with `tiny/wav2vec2` and `tiny/whisper`, of random weights. Returns their names."""
    from tests.sermi.encoders.small_models import save_speech_model

    folder = tmp_path_factory.getbasetemp() / "encoders"
    if not folder.is_dir():
        save_speech_model(folder / "whisper", "whisper")
        (folder / "wav2vec2").symlink_to(tiny_encoder)
    monkeypatch.setenv("SERMI_ENCODERS", str(folder))
    return "tiny/wav2vec2", "tiny/whisper"


@pytest.fixture(scope="session")
def two_processes():
    """Command that runs what follows it in two processes, as `accelerate launch` does on a machine with two GPUs.

    Of CPUs `accelerate launch` starts one process alone.
    """
    return (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2")
