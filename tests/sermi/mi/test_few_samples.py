"""With little data a critic knows little, and says no nonsense."""

import numpy as np
import pytest

from sermi import mi


@pytest.mark.parametrize("critic", ["linear", "selected", "mlp"])
@pytest.mark.parametrize("n", [20, 40])
def test_labels(critic, n):
    for seed in range(4 if critic == "linear" else 2):
        rng = np.random.default_rng(seed)
        y = np.arange(n) % 4
        x = rng.normal(0, 0.8, (4, 5))[y] + rng.normal(size=(n, 5))
        measured = mi.LabelInformation(critic, n_folds=4, seed=seed, control=False).estimate(x, y)
        assert 0 <= measured.value <= 1.2
        assert 0 <= measured.interval[0] <= measured.value <= measured.interval[1] <= measured.ceiling


@pytest.mark.parametrize("bound", ["infonce", "nwj", "mine", "smile"])
@pytest.mark.parametrize("n", [40, 100])
def test_pairs(bound, n):
    """Of 2.6 nats."""
    for seed in range(2):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(n, 5))
        y = 0.8 * x + 0.6 * rng.normal(size=(n, 5))
        training = mi.Training(max_steps=100, check_every=25, patience=2)
        measured = mi.PairInformation(bound, seed=seed, control=False, training=training).estimate(x, y)
        assert 0 <= measured.value < 2.6
        assert 0 <= measured.interval[0] <= measured.value <= measured.interval[1] < 6


def test_a_critic_that_fails_is_zero_with_a_sentence():
    """What five speakers teach is the wrong way round for each of the others: bad luck that six speakers can have."""
    rng = np.random.default_rng(0)
    speakers, y = np.repeat(np.arange(6), 50), rng.integers(0, 2, 300)
    sign = np.where(speakers == 0, -1, 1)
    x = (2.0 * (2 * y - 1) * sign)[:, None] + 0.1 * rng.normal(size=(300, 2))
    measured = mi.LabelInformation(n_folds=3, control=False).estimate(x, y, speakers)
    assert measured.value == 0
    assert measured.interval[0] == 0
    assert "did worse on samples left out than one that knows nothing (-" in measured.warning
    assert measured.warning.endswith("0 is all that can be vouched for.")
