"""Bounds against closed forms, with the best critic there is, and against what they promise for any critic."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sermi.mi import bounds
from sermi.mi.tasks import channel, correlation, gaussian, gaussian_log_ratio

BATCH, DIM, N_BATCHES = 128, 20, 300
# true I: (mean, sd) of InfoNCE, DV, NWJ, and the mean of SMILE with τ = 5, as the design has them
TABLE = {
    2: ((1.89, 0.15), (2.00, 0.18), (2.00, 0.18), 2.03),
    4: ((3.34, 0.14), (4.04, 0.28), (4.02, 0.32), 4.26),
    6: ((4.21, 0.11), (6.12, 0.43), (6.05, 0.50), 6.70),
    8: ((4.63, 0.07), (8.37, 0.70), (8.17, 0.72), 9.32),
    10: ((4.79, 0.04), (10.87, 0.90), (10.35, 0.97), 12.01),
}

score_matrices = st.integers(2, 8).flatmap(lambda size: arrays(np.float64, (size, size), elements=st.floats(-60, 60)))


def optimal_values(level):
    """(4, batches): InfoNCE, DV, NWJ, SMILE of the same batches."""
    rng, rho, task = np.random.default_rng(level), correlation(level, DIM), gaussian(level, DIM)
    values = []
    for _ in range(N_BATCHES):
        scores = torch.from_numpy(gaussian_log_ratio(*task.sample(BATCH, rng), rho))
        measured = (
            bounds.info_nce(scores),
            bounds.donsker_varadhan(scores),
            bounds.nwj(scores + 1),
            bounds.smile(scores),
        )
        values.append([value.item() for value in measured])
    return np.array(values).T


def spread(values):
    """Standard deviation from the central 68 %: batches of NWJ now and then are far out, so a plain one never settles."""
    low, high = np.quantile(values, [0.16, 0.84], axis=-1)
    return (high - low) / 2


@pytest.fixture(scope="module")
def optimal():
    return {level: optimal_values(level) for level in TABLE}


@pytest.mark.parametrize("level", TABLE)
def test_optimal_critics_agree_with_the_table(optimal, level):
    *rows, smile_mean = TABLE[level]
    for values, (mean, sd) in zip(optimal[level], [*rows, (smile_mean, rows[1][1])], strict=True):
        assert values.mean() == pytest.approx(mean, abs=2 * sd)
    for values, (_, sd) in zip(optimal[level], rows, strict=False):
        assert 0.5 * sd < spread(values) < 1.35 * sd


def test_bias_and_variance_are_ordered_as_in_the_table(optimal):
    for level in (4, 6, 8, 10):
        info_nce, dv, nwj, smile = optimal[level].mean(axis=1)
        assert info_nce < level < dv < smile
        assert abs(nwj - level) < dv - level + 0.1
        assert spread(optimal[level][0]) < 0.6 * spread(optimal[level][1:3]).min()
    spreads = np.array([spread(optimal[level]) for level in TABLE])
    assert (np.diff(spreads[1:, 0]) < 0).all(), "InfoNCE varies less the nearer its ceiling is"
    assert (np.diff(spreads[:, 1]) > 0).all()
    assert (np.diff(spreads[:, 2]) > 0).all()


@given(score_matrices)
def test_info_nce_never_passes_log_b(scores):
    scores = torch.from_numpy(scores)
    for symmetric in (False, True):
        assert bounds.info_nce(scores, symmetric=symmetric) <= math.log(len(scores)) + 1e-9


@given(score_matrices)
def test_symmetric_info_nce_is_the_mean_of_both_directions(scores):
    scores = torch.from_numpy(scores)
    both = (bounds.info_nce(scores) + bounds.info_nce(scores.T)) / 2
    assert bounds.info_nce(scores, symmetric=True) == pytest.approx(both.item(), abs=1e-9)


@given(score_matrices)
def test_nwj_is_never_above_donsker_varadhan(scores):
    scores = torch.from_numpy(scores)
    assert bounds.nwj(scores) <= bounds.donsker_varadhan(scores) + 1e-9


@given(score_matrices, st.floats(-20, 20))
def test_only_nwj_and_jensen_shannon_see_a_constant(scores, shift):
    scores = torch.from_numpy(scores)
    for bound in (bounds.info_nce, bounds.donsker_varadhan, bounds.club):
        assert bound(scores + shift).item() == pytest.approx(bound(scores).item(), abs=1e-6)
    assert bounds.nwj(scores + shift) <= bounds.donsker_varadhan(scores) + 1e-6


@given(score_matrices)
def test_smile_without_a_clip_is_donsker_varadhan_and_jensen_shannon_is_never_positive(scores):
    scores = torch.from_numpy(scores)
    assert bounds.smile(scores, clip=1e3).item() == pytest.approx(bounds.donsker_varadhan(scores).item(), abs=1e-9)
    assert bounds.jensen_shannon(scores) <= 0


@given(st.integers(2, 6), st.integers(1, 20), st.integers(0, 2**32 - 1))
def test_barber_agakov_never_passes_the_entropy(n_classes, n_samples, seed):
    rng = np.random.default_rng(seed)
    log_q = torch.log_softmax(torch.from_numpy(rng.normal(0, 10, (n_samples, n_classes))), dim=1)
    log_prior = torch.log_softmax(torch.from_numpy(rng.normal(0, 2, n_classes)), dim=0)
    labels = torch.from_numpy(rng.integers(0, n_classes, n_samples))
    entropy = -(log_prior.exp() * log_prior).sum()
    assert bounds.barber_agakov(log_q, labels, log_prior) <= entropy + 1e-9


def test_barber_agakov_with_the_true_posterior_is_the_information_of_the_channel():
    task, rng = channel(8, 0.2), np.random.default_rng(0)
    x, sent = task.sample(200_000, rng)
    posterior = np.where(x == 1, 0.8, 0.2 / 7)
    measured = bounds.barber_agakov(
        torch.from_numpy(np.log(posterior)), torch.from_numpy(sent), torch.full((8,), 1 / 8).double().log()
    )
    assert measured.item() == pytest.approx(task.true_mi, abs=0.01)


def test_club_is_above_the_truth_by_the_closed_form_of_gaussians():
    """With the true conditional, CLUB of correlated Gaussians is d ρ² / (1 - ρ²)."""
    level, dim = 2.0, 5
    rho = correlation(level, dim)
    x, y = gaussian(level, dim).sample(3000, np.random.default_rng(0))
    log_q = -np.sum((y[None] - rho * x[:, None]) ** 2, axis=-1) / (2 * (1 - rho**2))
    measured = bounds.club(torch.from_numpy(log_q)).item()
    assert measured > level
    assert measured == pytest.approx(dim * rho**2 / (1 - rho**2), rel=0.05)


def test_the_best_critic_of_each_objective_is_the_one_that_its_docstring_names():
    rng, rho = np.random.default_rng(1), correlation(2, DIM)
    x, y = gaussian(2, DIM).sample(2000, rng)
    ratio = torch.from_numpy(gaussian_log_ratio(x, y, rho))
    for objective, offset in ((bounds.jensen_shannon, 0.0), (bounds.nwj, 1.0)):
        best = objective(ratio + offset)
        for other in (0.6 * ratio + offset, 1.5 * ratio + offset, ratio + offset + 0.7, ratio + offset - 0.7):
            assert objective(other) < best


@pytest.mark.parametrize(
    "bound",
    [
        bounds.info_nce,
        lambda scores: bounds.info_nce(scores, symmetric=True),
        bounds.nwj,
        bounds.donsker_varadhan,
        bounds.smile,
        bounds.jensen_shannon,
        bounds.club,
    ],
)
def test_bounds_are_differentiable(bound):
    scores = torch.randn(5, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    assert torch.autograd.gradcheck(bound, (scores,))


def test_barber_agakov_is_differentiable():
    logits = torch.randn(6, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    labels, prior = torch.tensor([0, 1, 2, 0, 1, 2]), torch.full((3,), 1 / 3, dtype=torch.float64).log()
    assert torch.autograd.gradcheck(lambda z: bounds.barber_agakov(torch.log_softmax(z, 1), labels, prior), (logits,))


def test_mine_has_the_raw_value_and_the_gradient_of_the_average():
    generator = torch.Generator().manual_seed(0)
    first = torch.randn(6, 6, dtype=torch.float64, generator=generator)
    scores = torch.randn(6, 6, dtype=torch.float64, generator=generator).requires_grad_()
    off = ~torch.eye(6, dtype=torch.bool)
    _, log_average = bounds.mine(first)
    assert log_average.exp().item() == pytest.approx(first[off].exp().mean().item())
    value, updated = bounds.mine(scores, log_average, decay=0.9)
    assert value.item() == pytest.approx(bounds.donsker_varadhan(scores).item())
    average = 0.9 * first[off].exp().mean() + 0.1 * scores[off].exp().mean()
    assert updated.exp().item() == pytest.approx(average.item())
    value.backward()
    expected = (
        torch.eye(6, dtype=torch.float64) / 6 - torch.where(off, scores.detach().exp(), 0.0) / 30 / average.detach()
    )
    assert torch.allclose(scores.grad, expected)


def test_the_corrected_gradient_is_less_biased_than_that_of_donsker_varadhan():
    """d/ds of s f at s = 1, in small batches, against the gradient that very many pairs give."""
    rng, rho, task = np.random.default_rng(0), correlation(3, 5), gaussian(3, 5)
    big = torch.from_numpy(gaussian_log_ratio(*task.sample(4000, rng), rho))

    def slope(bound, scores):
        scale = torch.ones((), dtype=torch.float64, requires_grad=True)
        (gradient,) = torch.autograd.grad(bound(scale * scores), scale)
        return gradient.item()

    truth = slope(bounds.donsker_varadhan, big)
    log_average, plain, corrected = None, [], []
    for index in range(1200):
        scores = torch.from_numpy(gaussian_log_ratio(*task.sample(8, rng), rho))
        plain.append(slope(bounds.donsker_varadhan, scores))
        _, log_average = bounds.mine(scores, log_average, decay=0.99)
        if index > 300:
            corrected.append(slope(lambda s, a=log_average: bounds.mine(s, a, decay=0.999)[0], scores))
    assert abs(np.mean(corrected) - truth) < 0.5 * abs(np.mean(plain) - truth)


def test_a_batch_of_one_has_no_independent_pairs():
    with pytest.raises(ValueError, match="at least two"):
        bounds.donsker_varadhan(torch.zeros(1, 1))


def test_large_scores_do_not_overflow():
    scores = 500 * torch.eye(8) + 300
    for bound in (bounds.info_nce, bounds.donsker_varadhan, bounds.smile, bounds.jensen_shannon):
        assert torch.isfinite(bound(scores))
    value, log_average = bounds.mine(scores)
    assert torch.isfinite(value)
    assert torch.isfinite(log_average)
