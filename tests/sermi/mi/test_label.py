import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sermi import mi
from sermi.mi.label import evaluate_label_critic
from sermi.mi.tasks import channel, independent_labels, xor


def gaussian_classes(n, *, n_classes=4, dim=10, spread=0.8, seed=0):
    """Class means apart by a few `spread`; returns features, labels and the information, by the true posterior."""
    rng = np.random.default_rng(seed)
    means = rng.normal(0, spread, (n_classes, dim))
    y = rng.integers(0, n_classes, n)
    x = means[y] + rng.normal(size=(n, dim))
    scores = -0.5 * np.sum((x[:, None] - means) ** 2, axis=2)
    posterior = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return x, y, math.log(n_classes) + posterior[np.arange(n), y].mean()


@pytest.mark.parametrize("critic", ["linear", "mlp"])
def test_it_finds_what_a_noisy_channel_lets_through(critic):
    task = channel(8, 0.2)
    measured = mi.LabelInformation(critic, control=False).estimate(*task.sample(2500, np.random.default_rng(0)))
    assert measured.value == pytest.approx(task.true_mi, abs=0.08)
    assert measured.kind == "lower bound"
    assert measured.ceiling == pytest.approx(math.log(8), abs=0.01)


def test_it_nears_the_true_information_of_gaussian_classes_from_below():
    x, y, truth = gaussian_classes(3000)
    measured = mi.LabelInformation(control=False).estimate(x, y)
    assert truth - 0.04 < measured.value < truth + 0.02
    assert measured.interval[0] < measured.value < measured.interval[1]


def test_only_the_joint_critic_sees_xor_and_nothing_is_in_one_feature():
    x, y = xor().sample(1000, np.random.default_rng(0))
    assert mi.LabelInformation("mlp", n_folds=3, control=False).estimate(x, y).value > 0.6
    assert abs(mi.LabelInformation("linear", control=False).estimate(x, y).value) < 0.01
    for feature in x.T:
        assert abs(mi.LabelInformation("linear", control=False).estimate(feature, y).value) < 0.01
        assert abs(mi.NearestNeighbourInformation(control=False).estimate(feature, y).value) < 0.05


@pytest.mark.parametrize("critic", ["linear", "mlp"])
def test_independent_labels_give_an_interval_that_holds_zero(critic):
    for seed in range(3):
        x, y = independent_labels(15, 5).sample(400, np.random.default_rng(seed))
        measured = mi.LabelInformation(critic, n_folds=4, seed=seed).estimate(x, y)
        assert measured.interval[0] <= 0 <= measured.interval[1]
        assert abs(measured.value) < 0.02
        assert abs(measured.control) < 0.02


def test_labels_that_only_look_informative_by_speaker_give_nothing():
    """Every speaker has a voice and a favourite class: within speakers nothing links them, and folds are disjoint in them."""
    rng = np.random.default_rng(0)
    speakers = np.repeat(np.arange(30), 40)
    voice, favourite = rng.normal(0, 3, (30, 20)), rng.integers(0, 4, 30)
    x = voice[speakers] + rng.normal(size=(1200, 20))
    y = np.where(rng.random(1200) < 0.7, favourite[speakers], rng.integers(0, 4, 1200))
    leaky = mi.LabelInformation(control=False).estimate(x, y)
    honest = mi.LabelInformation(control=False).estimate(x, y, speakers)
    assert leaky.value > 0.3
    assert honest.value < 0.05
    assert honest.interval[0] <= 0
    assert honest.n_groups == 30
    assert leaky.n_groups is None


def test_intervals_over_speakers_are_wider_than_over_samples():
    rng = np.random.default_rng(1)
    speakers, y = np.repeat(np.arange(12), 60), np.tile([0, 1], 360)
    clarity = rng.uniform(0, 2, 12)
    x = (2 * y - 1)[:, None] * clarity[speakers, None] + rng.normal(size=(720, 3))
    low, high = mi.LabelInformation(control=False).estimate(x, y, speakers).interval
    plain_low, plain_high = mi.LabelInformation(control=False).estimate(x, y).interval
    assert high - low > 1.5 * (plain_high - plain_low)


def test_shuffled_labels_carry_less_than_a_fiftieth_of_a_nat():
    x, y, _ = gaussian_classes(5000, n_classes=8, dim=60)
    shuffled = np.random.default_rng(0).permutation(y)
    measured = mi.LabelInformation().estimate(x, shuffled)
    assert abs(measured.value) < 0.02
    assert abs(measured.control) < 0.02


@pytest.mark.parametrize("critic", ["linear", "mlp"])
def test_random_labels_on_wide_features_can_not_be_memorised_into_information(critic):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(500, 4000)), rng.integers(0, 4, 500)
    measured = mi.LabelInformation(critic, n_folds=3, control=False).estimate(x, y)
    assert abs(measured.value) < 0.1
    assert measured.interval[0] <= 0 <= measured.interval[1]


def test_overconfidence_is_calibrated_away():
    """Labels that are wrong at random make any unbounded critic pay; the value stays positive and below the truth."""
    x, y, truth = gaussian_classes(400, dim=150, spread=0.25, seed=3)
    measured = mi.LabelInformation(control=False).estimate(x, y)
    assert 0 <= measured.value < truth


@pytest.mark.parametrize("critic", ["linear", "mlp"])
def test_invertible_linear_maps_change_nothing(critic):
    x, y, _ = gaussian_classes(1500)
    mixed = (x * np.geomspace(0.2, 5, 10)) @ np.random.default_rng(9).normal(size=(10, 10)) + 5
    estimator = mi.LabelInformation(critic, n_folds=3, control=False)
    measured, changed = estimator.estimate(x, y), estimator.estimate(mixed, y)
    assert measured.interval[0] <= changed.value <= measured.interval[1]


def test_monotone_maps_of_single_features_change_nothing_for_the_mlp():
    x, y, _ = gaussian_classes(1200)
    estimator = mi.LabelInformation("mlp", n_folds=3, control=False)
    measured = estimator.estimate(x, y)
    for changed in (x**3, np.exp(x)):
        assert measured.interval[0] <= estimator.estimate(changed, y).value <= measured.interval[1]


def test_names_of_classes_and_their_order_do_not_matter():
    x, y, _ = gaussian_classes(600)
    names = np.array(["sad", "angry", "happy", "neutral"])[y]
    measured, named = (mi.LabelInformation(control=False).estimate(x, labels) for labels in (y, names))
    assert named.value == pytest.approx(measured.value, abs=0.02)


@settings(max_examples=12)
@given(st.integers(12, 60), st.integers(1, 30), st.integers(2, 5), st.floats(0, 20), st.integers(0, 10_000))
def test_nothing_passes_the_entropy_of_the_labels(n, dim, n_classes, spread, seed):
    rng = np.random.default_rng(seed)
    y = np.append(np.arange(n_classes), rng.integers(0, n_classes, n - n_classes))
    x = spread * rng.normal(size=(n_classes, dim))[y] + rng.normal(size=(n, dim))
    measured = mi.LabelInformation(n_folds=3, control=False).estimate(x, y)
    counts = np.bincount(y) / n
    entropy = -np.sum(counts * np.log(counts))
    assert measured.ceiling == pytest.approx(entropy)
    assert measured.value <= entropy + 1e-12
    assert measured.interval[1] <= entropy + 1e-12


def test_a_critic_of_one_set_judges_another_under_that_sets_own_mixture_of_classes():
    x, y, truth = gaussian_classes(3000)
    critic = mi.fit_label_critic(x, y, critic="linear", n_classes=4, seed=0)
    held_out, labels, _ = gaussian_classes(4000)
    fresh = held_out + np.random.default_rng(5).normal(0, 1e-9, held_out.shape)
    measured = evaluate_label_critic(critic, fresh, labels)
    assert measured.value == pytest.approx(truth, abs=0.05)
    assert measured.n_train == 3000
    few = (labels != 3) | (np.arange(4000) % 10 == 0)
    skewed = evaluate_label_critic(critic, fresh[few], labels[few])
    counts = np.bincount(labels[few]) / few.sum()
    assert skewed.ceiling == pytest.approx(-np.sum(counts * np.log(counts)))
    assert 0.5 < skewed.value <= skewed.ceiling
    only_two = labels < 2
    assert evaluate_label_critic(critic, fresh[only_two], labels[only_two]).value <= math.log(2)


def test_a_critic_that_is_wrong_about_a_set_says_so():
    x, y, _ = gaussian_classes(1000)
    critic = mi.fit_label_critic(x, y, critic="linear", n_classes=4, seed=0)
    assert evaluate_label_critic(critic, x, (y + 1) % 4).value < -0.5


@pytest.mark.parametrize("critic", ["linear", "mlp"])
def test_label_critics_give_distributions_and_know_their_prior(critic):
    x, y, _ = gaussian_classes(400)
    y = np.where(y == 3, 0, y)
    fitted = mi.fit_label_critic(x, y, critic=critic, n_classes=5, seed=0)
    log_q = fitted.log_prob(x[:7])
    assert log_q.shape == (7, 5)
    assert np.allclose(np.exp(log_q).sum(axis=1), 1)
    assert fitted.log_prior.shape == (5,)
    assert np.exp(fitted.log_prior).sum() == pytest.approx(1)
    assert np.exp(fitted.log_prior[:3]) == pytest.approx(np.bincount(y)[:3] / 400, abs=0.01)
    assert np.isfinite(log_q).all(), "classes that were never seen stay possible"


def test_far_away_features_cost_a_bounded_amount():
    x, y, _ = gaussian_classes(400)
    fitted = mi.fit_label_critic(x, y, critic="linear", n_classes=4, seed=0)
    assert fitted.log_prob(1e6 * x).min() >= math.log(1e-3) + fitted.log_prior.min() - 1e-9
