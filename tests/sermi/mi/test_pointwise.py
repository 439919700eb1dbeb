import math

import numpy as np
import pytest

from sermi import mi
from sermi.mi.tasks import correlation, gaussian, gaussian_log_ratio, xor


@pytest.fixture(scope="module")
def classes():
    rng = np.random.default_rng(0)
    means = 3 * np.eye(4, 6)
    y = rng.integers(0, 4, 2000)
    return means, means[y] + rng.normal(size=(2000, 6)), y


@pytest.fixture(scope="module")
def critic(classes):
    _, x, y = classes
    return mi.fit_label_critic(x, y, critic="linear", n_classes=4, seed=0)


def test_label_scores_are_the_log_posterior_against_the_prior(classes, critic):
    means, _, _ = classes
    rng = np.random.default_rng(1)
    y = rng.integers(0, 4, 500)
    x = means[y] + rng.normal(size=(500, 6))
    log_likelihood = -0.5 * np.sum((x[:, None] - means) ** 2, axis=2)
    exact = log_likelihood - np.log(np.exp(log_likelihood).mean(axis=1, keepdims=True))
    scores = mi.label_scores(x, y, critic)
    assert scores.shape == (500,)
    assert np.corrcoef(scores, exact[np.arange(500), y])[0, 1] > 0.97
    assert scores.mean() == pytest.approx(exact[np.arange(500), y].mean(), abs=0.05)


def test_a_sample_of_its_class_scores_near_log_k_and_of_another_below_zero(classes, critic):
    means, _, _ = classes
    assert mi.label_scores(means, np.arange(4), critic) == pytest.approx(np.full(4, math.log(4)), abs=0.1)
    assert (mi.label_scores(means, [1, 2, 3, 0], critic) < -1).all()
    between = (means[0] + means[1]) / 2
    assert mi.label_scores(between[None], [0], critic)[0] == pytest.approx(math.log(2), abs=0.2)


def test_a_critic_that_learnt_nothing_scores_nothing():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(300, 20)), rng.integers(0, 3, 300)
    blank = mi.fit_label_critic(x, y, critic="linear", n_classes=3, seed=0)
    assert (mi.label_scores(x, y, blank) == 0).all()


def test_label_scores_take_one_class_and_no_samples(classes, critic):
    means, _, _ = classes
    assert mi.label_scores(means[:1], [0], critic).shape == (1,)
    assert mi.label_scores(np.empty((0, 6)), np.empty(0, dtype=int), critic).shape == (0,)


@pytest.mark.parametrize(
    ("features", "labels", "message"),
    [
        (np.zeros((2, 5)), [0, 1], "x has 5 features, but the critic was fitted on 6"),
        (np.zeros((2, 6)), [0, 4], "labels must hold classes from 0 to 3, which the critic knows, not 0 to 4"),
        (np.zeros((2, 6)), [0, -1], "labels must hold classes from 0 to 3, which the critic knows, not -1 to 0"),
        (np.zeros((2, 6)), [0], "one whole number for each of the 2 samples"),
        (np.zeros((2, 6)), [0.5, 1], "one whole number for each of the 2 samples"),
        (np.full((2, 6), np.nan), [0, 1], "2 of 2 samples in x hold NaN"),
    ],
)
def test_label_scores_say_what_is_wrong(critic, features, labels, message):
    with pytest.raises(mi.MIError, match=message):
        mi.label_scores(features, labels, critic)


@pytest.mark.parametrize("bound", ["infonce", "smile"])
def test_pair_scores_are_the_pointwise_information_whatever_the_bound(bound):
    task, rho = gaussian(1.0, 2), correlation(1.0, 2)
    h, t = task.sample(4000, np.random.default_rng(0))
    training = mi.Training(max_steps=400, check_every=100)
    critic = mi.fit_pair_critic(h, t, bound=bound, seed=0, training=training)
    h, t = task.sample(1000, np.random.default_rng(1))
    scores, exact = mi.pair_scores(h, t, critic), gaussian_log_ratio(h, t, rho).diagonal()
    assert scores.shape == (1000,)
    assert np.corrcoef(scores, exact)[0, 1] > 0.9
    assert scores.mean() == pytest.approx(1.0, abs=0.15)
    assert mi.pair_scores(h, t[::-1], critic).mean() < -0.3, "pairs that don't belong together"


def test_pair_scores_stay_below_the_logarithm_of_the_references():
    h = np.random.default_rng(0).normal(size=(300, 2))
    critic = mi.fit_pair_critic(h, h, seed=0, training=mi.Training(max_steps=200, learning_rate=1e-2))
    assert len(critic.reference) == 60
    assert mi.pair_scores(h, h, critic).max() <= math.log(61) + 1e-9


def test_pair_scores_of_xor_are_log_2_for_what_fits_and_very_low_for_what_does_not():
    x, y = xor().sample(2000, np.random.default_rng(0))
    training = mi.Training(max_steps=300, check_every=100, learning_rate=5e-3)
    critic = mi.fit_pair_critic(x, np.eye(2)[y], bound="smile", seed=0, training=training)
    assert np.median(mi.pair_scores(x, np.eye(2)[y], critic)) == pytest.approx(math.log(2), abs=0.1)
    assert np.median(mi.pair_scores(x, np.eye(2)[1 - y], critic)) < -1


def test_pair_scores_say_what_is_wrong():
    x = np.random.default_rng(0).normal(size=(40, 3))
    critic = mi.fit_pair_critic(x, x[:, :2], seed=0, training=mi.Training(max_steps=5))
    with pytest.raises(mi.MIError, match="fitted on 3 and 2 features, but x and y have 3 and 3"):
        mi.pair_scores(x, x, critic)
    with pytest.raises(mi.MIError, match="x has 40 samples and y has 39"):
        mi.pair_scores(x, x[1:, :2], critic)
    assert mi.pair_scores(x[:0], x[:0, :2], critic).shape == (0,)


def test_scores_through_a_shared_label_are_the_exact_ratio_of_conditionally_independent_sides(classes, critic):
    means, _, _ = classes
    rng = np.random.default_rng(2)
    y = rng.integers(0, 4, 800)
    x, other = (means[y] + rng.normal(size=(800, 6)) for _ in range(2))
    left, right = (np.exp(-0.5 * np.sum((side[:, None] - means) ** 2, axis=2)) for side in (x, other))
    exact = np.log((left * right).mean(axis=1) / (left.mean(axis=1) * right.mean(axis=1)))
    scores = mi.shared_label_scores(x, other, critic, critic)
    assert scores.max() <= math.log(4) + 0.1
    assert np.corrcoef(scores, exact)[0, 1] > 0.97
    assert scores.mean() == pytest.approx(exact.mean(), abs=0.06)
    assert mi.shared_label_scores(x, other[::-1], critic, critic).mean() < 0
    one_for_all = mi.shared_label_scores(x, other[:1], critic, critic)
    assert one_for_all == pytest.approx(mi.shared_label_scores(x, np.repeat(other[:1], 800, axis=0), critic, critic))
