import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

from sermi import mi
from sermi.mi.families import normal
from sermi.mi.tasks import channel, gaussian, xor

QUIET = mi.NearestNeighbourInformation(control=False)


@pytest.mark.parametrize("level", [0.0, 0.5, 1.5])
def test_ksg_on_gaussians_of_few_dimensions(level):
    x, y = gaussian(level, 2).sample(2000, np.random.default_rng(0))
    measured = QUIET.estimate(x, y)
    assert measured.value == pytest.approx(level, abs=0.07)
    assert measured.interval[0] - 0.03 < level < measured.interval[1] + 0.03
    assert measured.kind == "estimate"


def test_ksg_is_the_algorithm_that_scikit_learn_has_for_one_dimension():
    """Theirs is the second of Kraskov's counts, on standardised features: the same to within its noise."""
    x, y = gaussian(0.8, 1).sample(1500, np.random.default_rng(0))
    theirs = mutual_info_regression(x, y[:, 0], n_neighbors=3, random_state=0)[0]
    assert QUIET.estimate(x, y).value == pytest.approx(theirs, abs=0.05)


def test_ross_is_the_algorithm_that_scikit_learn_has_for_one_dimension():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 1500)
    x = (y + rng.normal(0, 0.7, 1500))[:, None]
    theirs = mutual_info_classif(x, y, n_neighbors=3, random_state=0)[0]
    assert QUIET.estimate(x, y).value == pytest.approx(theirs, abs=0.03)


def test_ross_on_a_channel_and_on_xor():
    rng = np.random.default_rng(0)
    task = channel(4, 0.1)
    assert QUIET.estimate(*task.sample(2000, rng)).value == pytest.approx(task.true_mi, abs=0.08)
    assert QUIET.estimate(*xor().sample(2000, rng)).value > 0.6


@pytest.mark.parametrize("labelled", [False, True])
def test_independent_data_give_an_interval_that_holds_zero(labelled):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(400, 20))
        y = rng.integers(0, 5, 400) if labelled else rng.normal(size=(400, 20))
        measured = mi.NearestNeighbourInformation(seed=seed).estimate(x, y)
        assert measured.interval[0] <= 0 <= measured.interval[1]
        assert abs(measured.control) < 0.15


def test_random_labels_on_wide_features_carry_nothing():
    rng = np.random.default_rng(0)
    measured = QUIET.estimate(rng.normal(size=(500, 4000)), rng.integers(0, 4, 500))
    assert abs(measured.value) < 0.1


def test_invertible_maps_change_nothing():
    x, y = gaussian(1.0, 3).sample(1500, np.random.default_rng(0))
    mixing = np.random.default_rng(1).normal(size=(3, 3))
    low, high = QUIET.estimate(x, y).interval
    for left, right in ((x @ mixing, y**3), (np.exp(x) * [0.01, 1, 100], y @ mixing.T)):
        assert low <= QUIET.estimate(left, right).value <= high


@settings(max_examples=15)
@given(st.integers(8, 40), st.integers(1, 3), st.integers(2, 5), st.booleans(), st.integers(0, 10_000))
def test_nothing_passes_its_ceiling_not_even_with_ties(n, dim, n_values, labelled, seed):
    rng = np.random.default_rng(seed)
    codes = np.append(np.arange(n_values), rng.integers(0, n_values, n - n_values))
    codes = np.append(codes, codes)  # every class twice at least
    x = np.repeat(codes[:, None], dim, axis=1).astype(float)
    measured = QUIET.estimate(x, codes if labelled else x)
    assert measured.value <= measured.ceiling + 1e-12
    assert measured.interval[1] <= measured.ceiling + 1e-12
    if labelled:
        counts = np.bincount(codes) / len(codes)
        assert measured.ceiling == pytest.approx(-np.sum(counts * np.log(counts)))


def test_classes_of_one_sample_are_left_out():
    rng = np.random.default_rng(0)
    y = np.append(np.repeat([0, 1], 100), 2)
    x = y[:, None] * 10 + rng.normal(size=(201, 1))
    assert QUIET.estimate(x, y).value == pytest.approx(math.log(2), abs=0.05)


def test_large_sets_are_thinned_at_random_and_groups_with_them():
    x, y = gaussian(1.0, 2).sample(3000, np.random.default_rng(0))
    measured = mi.NearestNeighbourInformation(max_samples=500, control=False).estimate(x, y, np.arange(3000) // 100)
    assert measured.n_eval == 500
    assert measured.n_groups == 30
    assert measured.n_train == 0


def test_intervals_over_groups_are_wider():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(15), 40)
    strength = np.linspace(0, 1, 15)[groups, None]
    x = rng.normal(size=(600, 1))
    y = strength * x + 0.3 * rng.normal(size=(600, 1))
    low, high = QUIET.estimate(x, y, groups).interval
    plain_low, plain_high = QUIET.estimate(x, y).interval
    assert high - low > 1.3 * (plain_high - plain_low)


def test_intervals_cover_as_often_as_they_say():
    """Over fresh samples of one task, the spread of the values is what the intervals claim."""
    values, widths = [], []
    for seed in range(25):
        rng = np.random.default_rng(seed)
        x, y = gaussian(0.7, 2).sample(200, rng)
        measured = mi.NearestNeighbourInformation(seed=seed, control=False).estimate(x, y)
        values.append(measured.value)
        widths.append((measured.interval[1] - measured.interval[0]) / (2 * 1.96))
    assert 0.8 * np.std(values) < np.mean(widths) < 1.8 * np.std(values)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_neighbours": 0}, "n_neighbours must be at least 1"),
        ({"dimensions": 17}, "dimensions must be from 1 to 16"),
        ({"max_samples": 3}, "max_samples must be above n_neighbours"),
    ],
)
def test_options_are_checked(options, message):
    with pytest.raises(mi.MIError, match=message):
        mi.NearestNeighbourInformation(**options)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.zeros((3, 1)), np.array([0, 1, 1]), "3 samples have no 3 neighbours"),
        (np.zeros((5, 1)), np.arange(5), "Every label occurs once"),
        (np.zeros((4, 1)), np.zeros((4, 1)), "4 samples are too few for an interval"),
    ],
)
def test_too_few_samples_are_one_sentence(x, y, message):
    with pytest.raises(mi.MIError, match=message):
        QUIET.estimate(x, y)


@pytest.mark.parametrize(("dim", "rho"), [(2, 0.5), (5, 0.5), (5, 0.75), (5, 0.9)])
def test_ksg_on_dense_gaussians(dim, rho):
    """Everything shares one direction, and the others are noise that neighbours must not drown in."""
    covariance = np.full((2 * dim, 2 * dim), rho) + (1 - rho) * np.eye(2 * dim)
    task = normal(covariance, dim, "dense")
    for seed in range(2):
        measured = QUIET.estimate(*task.sample(1500, np.random.default_rng(seed)))
        assert measured.value == pytest.approx(task.true_mi, abs=0.08)


def test_ksg_where_few_directions_of_many_are_shared():
    rng = np.random.default_rng(0)
    x, noise = rng.normal(size=(1500, 5)), rng.normal(size=(1500, 5))
    y = np.hstack([0.8 * x[:, :2] + 0.6 * noise[:, :2], noise[:, 2:]])
    truth = -math.log(1 - 0.8**2)
    assert QUIET.estimate(x, y).value == pytest.approx(truth, abs=0.12)
    mixed = x @ rng.normal(size=(5, 5)), y @ rng.normal(size=(5, 5))
    assert QUIET.estimate(*mixed).value == pytest.approx(QUIET.estimate(x, y).value, abs=0.03)


def test_what_is_only_in_squares_counts_beside_what_is_linear():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1500, 2))
    y = np.stack([0.8 * x[:, 0] + 0.6 * rng.normal(size=1500), x[:, 1] ** 2 + 0.5 * rng.normal(size=1500)], axis=1)
    linear, square = (QUIET.estimate(x[:, [i]], y[:, [i]]).value for i in (0, 1))
    assert QUIET.estimate(x, y).value == pytest.approx(linear + square, abs=0.15)
