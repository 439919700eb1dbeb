import numpy as np
import pytest

from sermi.features import Features


@pytest.fixture(scope="session")
def speech_like():
    """Three classes, eight speakers: class means in a plane, correlated within-class spread, an offset for each speaker."""
    rng = np.random.default_rng(0)
    dim, n_classes, n_speakers, each = 10, 3, 8, 12
    means = np.zeros((n_classes, dim))
    means[:, :2] = [[2, 0], [-1, 1.7], [-1, -1.7]]
    mixing = np.eye(dim) + 0.4 * rng.normal(size=(dim, dim))
    h, c, speaker = [], [], []
    for s in range(n_speakers):
        offset = 0.5 * rng.normal(size=dim)
        for k in range(n_classes):
            h.append(means[k] + offset + rng.normal(size=(each, dim)) @ mixing.T)
            c += [k] * each
            speaker += [f"s{s}"] * each
    t = np.eye(n_classes)[c] @ rng.normal(size=(n_classes, 5)) + 0.5 * rng.normal(size=(len(c), 5))
    return Features(np.concatenate(h).astype(np.float32), np.array(c), np.array(speaker), t.astype(np.float32))


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory):
    """A folder with a wav2vec 2.0 of random weights that hears in no time."""
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
