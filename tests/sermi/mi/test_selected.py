"""Critics chosen by held-out likelihood, where a linear one reads half or nothing."""

import math

import numpy as np
import pytest

from sermi import mi
from sermi.mi.tasks import independent_labels


def gaussian_classes(means, spreads, n, seed=0):
    """Features, labels and the information, by the true posterior of many other samples."""
    rng = np.random.default_rng(seed)

    def drawn(size):
        y = rng.integers(0, len(means), size)
        return means[y] + spreads[y] * rng.normal(size=(size, means.shape[1])), y

    x, y = drawn(8_000)
    scores = np.stack(
        [-0.5 * np.sum(((x - m) / s) ** 2, axis=1) - np.log(s).sum() for m, s in zip(means, spreads, strict=True)],
        axis=1,
    )
    log_q = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    return *drawn(n), math.log(len(means)) + log_q[np.arange(len(y)), y].mean()


def measured(critic, x, y):
    return mi.LabelInformation(critic, n_folds=3, control=False).estimate(x, y).value


def test_few_features_of_hundreds():
    means = np.zeros((4, 300))
    means[:, :10] = np.random.default_rng(0).normal(0, 0.6, (4, 10))
    x, y, truth = gaussian_classes(means, np.ones((4, 300)), 500)
    assert measured("linear", x, y) < 0.6 * truth
    assert 0.75 * truth < measured("selected", x, y) < truth + 0.05


def test_where_all_of_hundreds_speak_nothing_reads_more_than_the_known_covariance_would():
    """Half of the truth is what 500 samples teach: a discriminant that is given the covariance reads no more."""
    means = np.random.default_rng(0).normal(0, 0.1, (4, 300))
    x, y, truth = gaussian_classes(means, np.ones((4, 300)), 500)
    fold = np.arange(500) % 3
    gains = []
    for k in range(3):
        centres = np.stack([x[(fold != k) & (y == c)].mean(axis=0) for c in range(4)])
        scores = x[fold == k] @ centres.T - 0.5 * (centres**2).sum(axis=1)
        gains.append(
            max(
                np.mean(
                    (s * scores - np.logaddexp.reduce(s * scores, axis=1, keepdims=True))[
                        np.arange(len(scores)), y[fold == k]
                    ]
                )
                for s in np.geomspace(0.05, 1, 30)
            )
        )
    known = math.log(4) + np.mean(gains)
    assert known < 0.7 * truth
    for critic in ("linear", "selected"):
        assert measured(critic, x, y) == pytest.approx(known, abs=0.08)


def test_spreads_that_differ():
    spreads = np.exp(np.random.default_rng(0).normal(0, 0.4, (4, 15)))
    x, y, truth = gaussian_classes(np.zeros((4, 15)), spreads, 900)
    assert measured("linear", x, y) < 0.05
    assert 0.75 * truth < measured("selected", x, y) < truth + 0.05


def test_it_is_linear_where_that_is_enough():
    means = np.random.default_rng(0).normal(0, 0.8, (4, 8))
    x, y, truth = gaussian_classes(means, np.ones((4, 8)), 900)
    assert truth - 0.1 < measured("selected", x, y) < truth + 0.06


def test_nothing_is_found_where_nothing_is():
    x, y = independent_labels(15, 5).sample(400, np.random.default_rng(0))
    found = mi.LabelInformation("selected", n_folds=3).estimate(x, y)
    assert found.interval[0] <= 0 <= found.interval[1]
    assert abs(found.value) < 0.02
    assert abs(found.control) < 0.02


def test_a_selected_critic_judges_single_samples_and_never_saw_a_class():
    means = np.random.default_rng(0).normal(0, 1.0, (3, 6))
    x, y, _ = gaussian_classes(means, np.exp(0.5 * np.arange(18).reshape(3, 6) / 18), 300)
    critic = mi.fit_label_critic(x, y, critic="selected", n_classes=4)
    log_q = critic.log_prob(x[:5])
    assert np.allclose(np.exp(log_q).sum(axis=1), 1)
    assert mi.label_scores(x, y, critic).mean() > 0.3
