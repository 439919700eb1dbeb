import numpy as np
import pytest

from sermi.models.baseline import Fusion
from sermi.stats.calibration import balanced_weights, temperature
from train.metrics import expected_calibration_error
from train.recogniser.calibration import SURE_ERROR_SHARE, fit_fusion, sure_threshold


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def drawn(rng, logits):
    """Codes drawn from the distributions that the logits give, so that those are calibrated by construction."""
    return (softmax(logits).cumsum(axis=1) > rng.random((len(logits), 1))).argmax(axis=1)


@pytest.mark.parametrize("overconfidence", [0.5, 1.0, 4.0])
def test_temperature_undoes_a_known_overconfidence(overconfidence):
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(20_000, 4)) * 1.5
    c = drawn(rng, logits)
    fitted = temperature(overconfidence * logits, c, np.ones(len(c)))
    assert fitted == pytest.approx(overconfidence, rel=0.05)
    assert expected_calibration_error(softmax(overconfidence * logits / fitted), c) < 0.02


def test_balanced_weights_give_every_group_the_same_total():
    c = np.array([0] * 90 + [1] * 10)
    corpus = np.array(["a", "b"] * 50)
    weights = balanced_weights(c, corpus)
    totals = [weights[(c == k) & (corpus == z)].sum() for k in (0, 1) for z in "ab"]
    assert np.allclose(totals, 25)


def test_fusion_finds_the_exact_posterior_when_half_of_the_words_are_plain():
    rng = np.random.default_rng(1)
    c = rng.integers(0, 3, 40_000)
    emotion_of_words = np.where(rng.random(len(c)) < Fusion.plain_words, 0, c)
    sides = []
    for noise, source in ((1.0, c), (0.7, emotion_of_words)):
        x = np.eye(3)[source] + rng.normal(0, noise, (len(c), 3))
        logits = x / noise**2  # the exact posterior of this channel
        sides.append(np.log(softmax(logits)))
    model = fit_fusion(*sides, c, weights=np.ones(len(c)), neutral=0)
    assert model.weight.detach().numpy() == pytest.approx([1, 1], abs=0.1)
    assert model.bias.detach().numpy() == pytest.approx([0, 0, 0], abs=0.1)


def test_words_weigh_no_more_than_their_calibration_says():
    """However easy the pairs are that the fusion is fitted on; the voice's weight is fitted beside it."""
    rng = np.random.default_rng(5)
    c = rng.integers(0, 3, 5_000)
    audio, words = (np.log(softmax(np.eye(3)[c] + rng.normal(0, 0.5, (len(c), 3)))) for _ in range(2))
    arguments = {"weights": np.ones(len(c)), "neutral": 0}
    free = fit_fusion(audio, words, c, **arguments).weight.detach().numpy()
    bounded = fit_fusion(audio, words, c, **arguments, most_of_words=1.0).weight.detach().numpy()
    assert free[1] > 1.5
    assert bounded[1] == 1
    assert bounded[0] > 1.5


def test_fusion_ignores_words_without_emotion():
    rng = np.random.default_rng(2)
    c = rng.integers(0, 3, 5_000)
    audio = np.log(softmax(2 * np.eye(3)[c] + rng.normal(0, 1, (len(c), 3))))
    words = np.log(softmax(rng.normal(0, 1, (len(c), 3))))
    model = fit_fusion(audio, words, c, weights=np.ones(len(c)), neutral=0)
    assert abs(float(model.weight.detach()[1])) < 0.1


def test_threshold_reaches_the_accuracy_it_promises():
    rng = np.random.default_rng(3)
    logits = rng.normal(size=(5_000, 4)) * 1.2
    p, c = softmax(logits), drawn(rng, logits)
    threshold = sure_threshold(p, c, np.ones(len(c)))
    sure = p.max(axis=1) >= threshold.confidence
    assert np.mean((p.argmax(1) == c)[sure]) == pytest.approx(threshold.accuracy, abs=1e-9)
    assert 1 - threshold.accuracy <= SURE_ERROR_SHARE * np.mean(p.argmax(1) != c)
    assert np.mean(sure) == pytest.approx(threshold.coverage, abs=1e-9)
    assert 0.1 < threshold.coverage < 0.9


def test_threshold_of_a_useless_model_is_sure_of_little():
    rng = np.random.default_rng(4)
    p = softmax(rng.normal(size=(2_000, 4)))
    threshold = sure_threshold(p, rng.integers(0, 4, 2_000), np.ones(2_000))
    assert threshold.coverage < 0.2
    assert threshold.accuracy < 0.5
