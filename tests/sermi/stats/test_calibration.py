"""Temperatures of groups."""

import numpy as np
import pytest

from sermi.stats.calibration import temperature, temperature_of_groups


def scores_and_codes(factor, *, n=4_000, seed=0):
    """Scores that are too large by a factor."""
    rng = np.random.default_rng(seed)
    log_p = rng.normal(size=(n, 3))
    gumbel = rng.gumbel(size=(n, 3))
    return factor * log_p, (log_p + gumbel).argmax(axis=1)


def test_the_worst_group_decides_alone_no_more():
    parts = [scores_and_codes(factor, seed=seed) for seed, factor in enumerate((2.0, 2.0, 8.0))]
    scores, c = (np.concatenate(part) for part in zip(*parts, strict=True))
    weights, groups = np.ones(len(c)), np.repeat(["one", "two", "worst"], 4_000)
    assert temperature(scores, c, weights) > 4.5
    assert temperature_of_groups(scores, c, weights, groups) == pytest.approx(32 ** (1 / 3), rel=0.05)


def test_a_group_of_right_answers_alone_counts_within_bounds():
    scores, c = scores_and_codes(2.0)
    scores, c = np.concatenate([scores, 5 * np.eye(3)]), np.concatenate([c, np.arange(3)])
    groups = np.repeat(["many", "few"], [4_000, 3])
    assert temperature_of_groups(scores, c, np.ones(len(c)), groups) == pytest.approx(2 / 4**0.5, rel=0.1)
