from dataclasses import replace

import numpy as np
import pytest

from sermi.stats.calibration import balanced_weights
from train.metrics import UA, expected_calibration_error
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
    log_p = fit_text(sample, K, 0).model.log_probabilities(test.b)
    assert np.allclose(np.exp(log_p).sum(axis=1), 1)
    predicted = log_p.argmax(axis=1)
    assert UA(test.c, predicted, K) > 0.9
    assert np.exp(log_p.max(axis=1)).mean() == pytest.approx(np.mean(predicted == test.c), abs=0.05)


@pytest.mark.parametrize(("separation", "low", "high"), [(0.0, 0.0, 0.05), (1.5, 0.2, 0.9), (9.0, 1.3, np.log(K))])
def test_information_runs_from_nothing_to_log_k(separation, low, high):
    sample = sentences(separation)
    assert low <= text_information(fit_text(sample, K, 0).model, sample) <= high


def with_a_habit(sample):
    """In each corpus another three numbers give the class away: what it learns of itself is no use elsewhere."""
    habit = np.zeros((len(sample), 2, K), np.float32)
    habit[np.arange(len(sample)), (sample.corpus == "small").astype(int), sample.c] = 3.0
    habit += np.random.default_rng(1).normal(size=habit.shape)
    return replace(sample, b=np.concatenate([sample.b, habit.reshape(len(sample), -1)], axis=1).astype(np.float32))


def test_words_are_as_sure_as_they_may_be_on_corpora_left_out():
    sample = with_a_habit(sentences(1.2, n=6_000))
    test = sample.split == "test"
    fitted = fit_text(sample, K, 0)
    assert fitted.model.temperature == max(fitted.temperatures.values())
    assert set(fitted.temperatures) == {"large", "small"}
    own = sample.where(sample.corpus == "large")
    alone = fit_text(own, K, 0)
    assert alone.model.temperature < 0.6 * fitted.model.temperature
    strange = test & (sample.corpus == "small")
    overconfident = np.exp(alone.model.log_probabilities(sample.b[strange]))
    honest = np.exp(fitted.unseen_log_p[strange])
    c = sample.c[strange]
    assert expected_calibration_error(overconfident, c, weights=balanced_weights(c)) > 0.15
    assert expected_calibration_error(honest, c, weights=balanced_weights(c)) < 0.06
    assert UA(c, honest.argmax(axis=1), K) < UA(c, fitted.model.scores(sample.b[strange]).argmax(axis=1), K)


def test_a_single_corpus_is_judged_on_what_it_keeps_from_training():
    sample = sentences(1.5)
    sample = sample.where(sample.corpus == "large")
    fitted = fit_text(sample, K, 0)
    known = sample.split == "train"
    assert np.isnan(fitted.unseen_log_p[known]).all()
    assert np.allclose(fitted.unseen_log_p[~known], fitted.model.log_probabilities(sample.b[~known]), atol=1e-5)
