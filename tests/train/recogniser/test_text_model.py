import numpy as np
import pytest

from train.metrics import UA
from train.recogniser.text_model import fit_text, text_information
from train.samples import TextSample

K = 4


def sentences(separation, n=1_200):
    """Gaussian classes, one axis a class, in two corpora of unequal size."""
    rng = np.random.default_rng(0)
    c = rng.integers(0, K, n)
    b = rng.normal(size=(n, 12)) + separation * np.eye(K, 12)[c]
    corpus = np.where(np.arange(n) % 4, "large", "small")
    split = np.array(["train", "dev", "test"])[np.arange(n) // 8 % 3]
    return TextSample(b.astype(np.float32), c, corpus, split)


def test_probabilities_are_calibrated_and_recognise_what_can_be_recognised():
    sample = sentences(3.0)
    test = sample.where(sample.split == "test")
    log_p = fit_text(sample, K, 0).log_probabilities(test.b)
    assert np.allclose(np.exp(log_p).sum(axis=1), 1)
    predicted = log_p.argmax(axis=1)
    assert UA(test.c, predicted, K) > 0.9
    assert np.exp(log_p.max(axis=1)).mean() == pytest.approx(np.mean(predicted == test.c), abs=0.05)


@pytest.mark.parametrize(("separation", "low", "high"), [(0.0, 0.0, 0.05), (1.5, 0.2, 0.9), (9.0, 1.3, np.log(K))])
def test_information_runs_from_nothing_to_log_k(separation, low, high):
    sample = sentences(separation)
    assert low <= text_information(fit_text(sample, K, 0), sample) <= high
