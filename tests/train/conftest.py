import numpy as np
import pytest

from train.tasks import Features


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
