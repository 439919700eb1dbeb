import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sermi.mi import bounds
from sermi.mi.held_out import contributions
from sermi.mi.tasks import correlation, gaussian, gaussian_log_ratio

FORMULAS = {
    "infonce": lambda scores: bounds.info_nce(scores, symmetric=True),
    "nwj": lambda scores: bounds.nwj(scores + 1),
    "mine": bounds.donsker_varadhan,
    "smile": bounds.smile,
}
score_matrices = st.integers(2, 8).flatmap(lambda size: arrays(np.float64, (size, size), elements=st.floats(-30, 30)))


@pytest.mark.parametrize("bound", FORMULAS)
@given(score_matrices)
def test_their_mean_is_the_bound(bound, scores):
    expected = FORMULAS[bound](torch.from_numpy(scores)).item()
    assert contributions(bound, scores).mean() == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(score_matrices)
def test_info_nce_on_held_out_pairs_never_passes_its_ceiling(scores):
    assert contributions("infonce", scores).mean() <= math.log(len(scores)) + 1e-9


@pytest.mark.parametrize("bound", FORMULAS)
def test_a_critic_that_knows_nothing_measures_exactly_nothing(bound):
    assert (contributions(bound, np.zeros((37, 37))) == 0).all()


@pytest.mark.parametrize("bound", FORMULAS)
def test_their_spread_says_how_the_value_varies_between_samples(bound):
    rng, rho, task = np.random.default_rng(0), correlation(2, 5), gaussian(2, 5)
    values, errors = [], []
    for _ in range(200):
        measured = contributions(bound, gaussian_log_ratio(*task.sample(200, rng), rho))
        values.append(measured.mean())
        errors.append(measured.std() / math.sqrt(len(measured)))
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.25)
