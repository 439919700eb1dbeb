import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sermi import mi
from sermi.mi.tasks import gaussian, independent, xor

BOUNDS = ("infonce", "smile", "nwj", "mine")
QUICK = mi.Training(max_steps=300, check_every=50, patience=3)


@pytest.fixture(scope="module")
def pairs():
    return gaussian(1.5, 4).sample(4000, np.random.default_rng(0))


@pytest.mark.parametrize("bound", BOUNDS)
def test_every_bound_finds_most_of_what_there_is(pairs, bound):
    measured = mi.PairInformation(bound, control=False, training=QUICK).estimate(*pairs)
    assert 1.1 < measured.value < 1.6
    assert measured.interval[0] < measured.value < measured.interval[1]
    assert measured.n_train == 2400
    assert measured.n_eval == 1000
    assert (measured.ceiling is None) == (bound != "infonce")
    assert measured.kind == ("lower bound" if bound in ("infonce", "nwj") else "estimate")


def test_the_ceiling_is_that_of_the_blocks_measured_in(pairs):
    measured = mi.PairInformation(control=False, training=mi.Training(max_steps=20), block=250).estimate(*pairs)
    assert measured.ceiling == pytest.approx(math.log(250))


def test_info_nce_stops_at_its_ceiling_where_others_go_on():
    x = np.random.default_rng(0).normal(size=(2000, 3))
    measured = mi.PairInformation(control=False, training=QUICK, block=8).estimate(x, x)
    assert measured.ceiling == pytest.approx(math.log(8), abs=0.02)
    assert 0.95 * measured.ceiling < measured.value <= measured.ceiling
    assert measured.interval[1] <= measured.ceiling


@settings(max_examples=8)
@given(st.integers(40, 80), st.integers(1, 5), st.integers(0, 10_000))
def test_info_nce_never_passes_log_b(n, dim, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, dim))
    training = mi.Training(max_steps=60, check_every=20, learning_rate=1e-2)
    measured = mi.PairInformation(seed=seed, control=False, training=training).estimate(x, np.hstack([x, -x]))
    assert measured.value <= measured.ceiling + 1e-12
    assert measured.interval[1] <= measured.ceiling + 1e-12


@pytest.mark.parametrize("bound", BOUNDS)
def test_independent_pairs_give_an_interval_that_holds_zero(bound):
    x, y = independent(15).sample(600, np.random.default_rng(0))
    training = mi.Training(max_steps=100, check_every=25)
    measured = mi.PairInformation(bound, training=training).estimate(x, y)
    assert measured.interval[0] <= 0 <= measured.interval[1]
    assert abs(measured.value) < 0.05
    assert abs(measured.control) < 0.05


def test_the_control_is_about_zero_where_the_value_is_not(pairs):
    measured = mi.PairInformation(training=mi.Training(max_steps=150, check_every=25, patience=3)).estimate(*pairs)
    assert measured.value > 0.8
    assert abs(measured.control) < 0.03


def test_pairs_can_not_be_memorised_into_information():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(500, 4000)), rng.normal(size=(500, 5))
    training = mi.Training(max_steps=100, check_every=20, patience=3)
    measured = mi.PairInformation(control=False, training=training).estimate(x, y)
    assert abs(measured.value) < 0.1


@pytest.mark.parametrize("critic", ["separable", "concatenated"])
def test_joint_critics_see_xor(critic):
    x, y = xor().sample(3000, np.random.default_rng(0))
    training = mi.Training(max_steps=300, batch_size=64, learning_rate=5e-3)
    measured = mi.PairInformation(critic=critic, control=False, training=training, block=512).estimate(x, np.eye(2)[y])
    assert measured.value > 0.6


def test_invertible_maps_of_either_side_change_nothing():
    x, y = gaussian(1.5, 5).sample(3000, np.random.default_rng(0))
    rng = np.random.default_rng(1)
    estimator = mi.PairInformation(control=False, training=mi.Training(max_steps=300))
    measured = estimator.estimate(x, y)
    low, high = measured.interval
    for left, right in ((x @ rng.normal(size=(5, 5)), y**3), (np.exp(x) * np.geomspace(0.01, 100, 5), y - 7)):
        assert low <= estimator.estimate(left, right).value <= high


def test_what_speakers_share_does_not_pass_for_information_about_the_pair():
    """Each speaker gives x and y an offset of their own: pairs of unseen speakers still tell speakers apart in y, within
    them nothing is linked. Grouped folds keep the critic from learning the speakers themselves."""
    rng = np.random.default_rng(0)
    speakers = np.repeat(np.arange(40), 25)
    x = rng.normal(0, 2, (40, 6))[speakers] + rng.normal(size=(1000, 6))
    y = rng.normal(0, 2, (40, 6))[speakers] + rng.normal(size=(1000, 6))
    estimator = mi.PairInformation(control=False, training=QUICK)
    leaky, honest = estimator.estimate(x, y), estimator.estimate(x, y, speakers)
    assert leaky.value > 0.3
    assert honest.value < 0.1
    assert honest.n_groups == 10


def test_a_bilinear_critic_is_enough_for_gaussians(pairs):
    training = mi.Training(max_steps=400, learning_rate=1e-2)
    measured = mi.PairInformation(critic="bilinear", control=False, training=training).estimate(*pairs)
    assert measured.value > 0.9


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bound": "club"}, "bound must be one of infonce, smile, nwj, mine, not 'club'"),
        ({"critic": "harsh"}, "critic must be one of separable, concatenated, bilinear, not 'harsh'"),
        ({"block": 1}, "block must be 2 or more"),
    ],
)
def test_options_are_checked(options, message):
    with pytest.raises(mi.MIError, match=message):
        mi.PairInformation(**options)


def test_few_speakers_do_not_turn_information_into_nothing():
    """With eight groups the part that tunes the critic may hold a single one; it is still judged by its pairs."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2_000, 6))
    y = 0.8 * x + 0.6 * rng.normal(size=(2_000, 6))
    groups = rng.integers(8, size=2_000)
    measured = mi.PairInformation(critic="bilinear", control=False).estimate(x, y, groups)
    assert measured.value > 1.5  # 1.85 without groups
