"""Statistics of two sets of features, in closed forms and against plain computations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.linear_model import LogisticRegression

from sermi.quality import (
    c2st,
    frechet_distance,
    gaussian_frechet_distance,
    median_nearest_distance,
    memorisation,
    prdc,
    share_of_copies,
    train_on_generated,
)
from sermi.quality.interface import QualityError
from sermi.quality.neighbours import own_distance, share_beyond
from sermi.quality.sets import FeatureSet
from sermi.quality.spread import Directions, spreads
from sermi.quality.two_sample import _logistic

K, D = 2, 12


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """400 samples of two classes."""
    rng = np.random.default_rng(seed)
    c = np.arange(400) % K
    return 3 * np.eye(K, D)[c] + rng.normal(size=(400, D)), c


TRAIN, HELD_OUT = drawn(0), drawn(1)


def test_frechet_of_two_gaussians():
    """|μ1 - μ2|² + Σ (σ1 - σ2)² where covariances commute, and no change where both are turned alike."""
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    apart = turn @ [1.0, 0.0, -2.0]
    s_x, s_y = (turn @ np.diag(np.square(sigma)) @ turn.T for sigma in ([1.0, 2.0, 3.0], [2.0, 2.0, 1.0]))
    assert gaussian_frechet_distance(np.zeros(3), s_x, apart, s_y) == pytest.approx(5 + 1 + 0 + 4)
    assert gaussian_frechet_distance(apart, s_y, np.zeros(3), s_x) == pytest.approx(10)
    assert gaussian_frechet_distance(apart, s_x, apart, s_x) == pytest.approx(0, abs=1e-9)
    x, y = (mean + rng.multivariate_normal(np.zeros(3), s, 20_000) for mean, s in ((0, s_x), (apart, s_y)))
    assert frechet_distance(x, y) == pytest.approx(10, rel=0.03)


def test_frechet_of_planes_that_share_no_direction():
    """Singular covariances: tr S_x + tr S_y, and no complex root."""
    assert gaussian_frechet_distance(np.zeros(3), np.diag([1.0, 2, 0]), np.zeros(3), np.diag([0.0, 0, 4])) == 7


def test_with_fewer_samples_than_features_frechet_does_not_reward_a_set_with_less_spread():
    rng, sigma = np.random.default_rng(0), np.geomspace(3, 0.1, 100)
    true, tight = (
        np.mean(
            [
                frechet_distance(sigma * rng.normal(size=(40, 100)), s * sigma * rng.normal(size=(40, 100)))
                for _ in range(8)
            ]
        )
        for s in (1.0, 0.7)
    )
    assert true < tight


def test_neighbourhoods_on_a_line():
    """Real balls of k = 1 have radius 1. 0.4 lies in those of 0 and 1; 9 in none; the balls of 0.4 and 9 reach 8.6."""
    measured = prdc(np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([[0.4], [9.0]]), k=1)
    assert measured == {"precision": 0.5, "recall": 1.0, "density": 1.0, "coverage": 0.5}


def test_neighbourhoods_are_those_of_all_pairs():
    """With more rows than a block holds, and so far from 0 that squares would lose their digits."""
    rng = np.random.default_rng(0)
    real, generated = 1e5 + rng.normal(size=(600, 4)), 1e5 + 0.3 + rng.normal(size=(530, 4))
    between = cdist(real, generated)
    reach_real, reach_generated = (np.sort(cdist(x, x), axis=1)[:, 5] for x in (real, generated))
    inside = between <= reach_real[:, None]
    expected = {
        "precision": inside.any(axis=0).mean(),
        "recall": (between <= reach_generated).any(axis=1).mean(),
        "density": inside.sum() / (5 * 530),
        "coverage": inside.any(axis=1).mean(),
    }
    assert prdc(real, generated) == pytest.approx(expected)
    assert median_nearest_distance(real, generated) == pytest.approx(np.median(between.min(axis=1)))


def test_one_outlier_inflates_recall_but_not_coverage():
    rng = np.random.default_rng(0)
    real, generated = rng.normal(size=(100, 2)), 20 + rng.normal(size=(100, 2))
    assert prdc(real, generated)["recall"] == 0
    generated[:6] *= -1  # each reaches to the others on the far side of the real ones, or to the bulk
    generated[0] = -400
    measured = prdc(real, generated)
    assert measured["recall"] == 1
    assert measured["coverage"] == 0


def test_neither_a_rotation_nor_the_order_of_rows_changes_anything():
    rng = np.random.default_rng(0)
    rotation = np.linalg.qr(rng.normal(size=(D, D)))[0]
    (x, c), (y, d) = TRAIN, HELD_OUT
    order = rng.permutation(len(x))
    for x_now, c_now, y_now in ((x @ rotation, c, y @ rotation), (x[order], c[order], y)):
        assert frechet_distance(x_now, y_now) == pytest.approx(frechet_distance(x, y))
        assert prdc(x_now, y_now) == pytest.approx(prdc(x, y))
        assert median_nearest_distance(x_now, y_now) == pytest.approx(median_nearest_distance(x, y))
        assert train_on_generated(x_now, c_now, y_now, d) == pytest.approx(train_on_generated(x, c, y, d), abs=0.01)
    assert c2st(x @ rotation, y @ rotation) == pytest.approx(c2st(x, y), abs=0.01)


def test_the_two_sample_test_sees_covariances_and_not_only_means():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(300, 6)), 2 * rng.normal(size=(300, 6))
    assert c2st(x, y) > 0.8
    assert c2st(x, rng.normal(size=(300, 6))) == pytest.approx(0.5, abs=0.08)


def test_the_two_sample_test_keeps_its_head_with_more_features_than_samples():
    rng = np.random.default_rng(0)
    shares = [c2st(rng.normal(size=(25, 200)), rng.normal(size=(25, 200))) for _ in range(20)]
    assert 0.4 < np.mean(shares) < 0.55
    assert c2st(rng.normal(size=(25, 200)), 1 + rng.normal(size=(25, 200))) > 0.9


def test_the_logistic_regression_is_the_usual_one():
    rng = np.random.default_rng(0)
    x, side = rng.standard_t(2, size=(90, 40)), np.arange(90) % 2
    x[:, 0] += 5 * side
    usual = LogisticRegression(C=0.1, tol=1e-10, max_iter=10_000).fit(x, side)
    weights = _logistic(x, side)
    np.testing.assert_allclose(weights, np.append(usual.coef_[0], usual.intercept_), atol=1e-4)


def test_what_the_teacher_never_showed_is_never_recognised():
    (x, c), (y, d) = TRAIN, HELD_OUT
    y, d = np.concatenate([y, y[:50] + 9]), np.concatenate([d, np.full(50, K)])
    assert train_on_generated(x, c, y, d) == pytest.approx(train_on_generated(x, c, *HELD_OUT) * K / (K + 1))


def test_networks_and_neighbours_see_what_means_and_covariances_hide():
    """Two modes, and heavy tails, with the moments of a Gaussian."""
    rng = np.random.default_rng(0)
    x, modes = rng.normal(size=(400, 5)), rng.normal(size=(400, 5))
    modes[:, 0] = np.sqrt(0.9) * np.sign(modes[:, 0]) + np.sqrt(0.1) * rng.normal(size=400)
    by = {name: c2st(x, modes, classifier=name) for name in ("linear", "mlp", "neighbours")}
    assert by["linear"] < 0.55
    assert by["mlp"] > by["linear"] + 0.06
    tails = rng.normal(size=(400, 5)) / np.sqrt(rng.chisquare(3, 400))[:, None]
    assert c2st(x, tails, classifier="mlp") > 0.58
    assert c2st(x, tails, classifier="neighbours") > 0.58
    for name in by:
        assert c2st(x, rng.normal(size=(400, 5)), classifier=name) == pytest.approx(0.5, abs=0.05)
    with pytest.raises(QualityError, match="no classifier 'oracle'"):
        c2st(x, tails, classifier="oracle")


def test_copies_and_repeats():
    """Training samples on a line, 1 apart and once 0.1: nearer than that to one of them is a copy."""
    training = np.append(np.arange(100.0), 99.1)[:, None]
    assert share_of_copies(np.array([[3.05], [3.5], [7.0], [40.2]]), training) == 0.5
    assert memorisation(np.array([[0.5], [1.25], [2.25]]), training, np.array([[0.5], [1.5], [2.5]])) == 0.5
    assert own_distance(np.array([[0.0], [1.0], [3.0], [5.0], [5.0]]), np.array([0, 0, 0, 1, 1])) == 1


def test_share_beyond_the_furthest():
    """Of class 0 real samples reach 2 from their mean 0, of class 1 they reach 1 from 10."""
    real = FeatureSet(np.array([[-2.0], [2.0], [9.0], [11.0]]), np.array([0, 0, 1, 1]), "real")
    x = FeatureSet(np.array([[1.9], [2.1], [11.5], [10.5]]), np.array([0, 0, 1, 1]), "x")
    assert share_beyond(x, real, np.ones(4)) == 0.5


def test_spreads_of_known_directions():
    """Classes differ along the first axis and speakers along the second; deviations there are 3, 2 and 0.5."""
    rng = np.random.default_rng(0)
    c, group = np.repeat([0, 1], 4000), np.tile(np.repeat(np.arange(2), 2000), 2)
    h = np.concatenate([[3, 0.2], np.full(4, 0.5)]) * rng.normal(size=(8000, 6))
    h[:, 0] += 10 * c
    h[:, 1] += 4 * group - 2
    directions = Directions.of(h, c, group, np.ones(8000))
    measured = spreads(h, c, np.ones(8000), directions)
    assert measured == pytest.approx([3, 2, 0.5], rel=0.03)
    assert spreads(5 + 0.3 * h, c, np.ones(8000), directions) == pytest.approx(0.3 * measured)
    assert np.isnan(spreads(h, c, np.ones(8000), Directions.of(h, c, None, np.ones(8000)))[1])


@pytest.mark.parametrize("twice", [0, 8, 80])
def test_near_copies_are_counted_where_training_samples_occur_twice(twice):
    """Equal ones lie at a distance of rounding, which is not what near means."""
    rng = np.random.default_rng(0)
    training = 5 + rng.normal(size=(400, 120))
    training[:twice] = training[-twice or None :][:twice] if twice else training[:0]
    assert share_of_copies(training, training) == 1
    assert share_of_copies(training + 0.02 * rng.normal(size=training.shape), training) == 1
    assert share_of_copies(5 + rng.normal(size=(400, 120)), training) < 0.05


@pytest.mark.parametrize("n", [20, 100, 400])
@pytest.mark.parametrize("classifier", ["linear", "mlp", "neighbours"])
def test_a_classifier_tells_two_sets_apart_whatever_their_sizes(n, classifier):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(n, 4)), 3 + rng.normal(size=(400, 4))
    assert c2st(x, y, classifier=classifier) > 0.9
    assert c2st(y, x, classifier=classifier) > 0.9
    assert abs(c2st(x, rng.normal(size=(400, 4)), classifier=classifier) - 0.5) < 0.25
