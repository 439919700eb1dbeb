"""From a table to features and back: nothing is lost on the way but what is drawn anew."""

import numpy as np
import pytest

from sermi.augment.columns import fit_columns
from sermi.augment.space import fit_space

RNG = np.random.default_rng(0)


def table(n, d):
    rank = min(30, d)
    return (RNG.normal(size=(n, rank)) @ RNG.normal(size=(rank, d)) + 0.3 * RNG.normal(size=(n, d))).astype(np.float32)


@pytest.mark.parametrize(("n", "d"), [(40, 5), (90, 700), (700, 40), (600, 900)])
def test_real_rows_come_back_from_their_features_and_what_is_off_the_components(n, d):
    x, c = table(n, d), np.arange(n) % 3
    space, h = fit_space(x, c, 3, n_components=20, seed=0)
    assert h.shape == (n, min(20, d))
    assert np.allclose(space.features(x), h, atol=1e-3)
    assert np.allclose(space.components @ space.components.T, np.eye(len(space.components)), atol=1e-4)
    scores = space.columns.scores(x) - space.mean
    kept = scores @ space.components.T
    variances = kept.var(axis=0)
    exact = np.linalg.eigvalsh(np.cov(scores.T) * (n - 1) / n)[::-1][: len(variances)]
    assert np.allclose(variances, exact, rtol=0.05)
    rest = scores - kept @ space.components - space.rest_means[c]
    position = (h * space.scale) @ space.components + space.mean + space.rest_means[c]
    plain = np.setdiff1d(np.arange(d), space.columns.ranked)  # tails of the others are known by their quantiles alone
    assert np.allclose(space.columns.values(position + rest)[:, plain], x[:, plain], atol=1e-3)


def test_rows_that_are_drawn_have_the_spread_of_real_ones_off_the_components():
    x, c = table(600, 900), np.arange(600) % 3
    space, h = fit_space(x, c, 3, n_components=20, seed=0)
    out = np.empty_like(x)
    space.rows(h, c, out, np.random.default_rng(0))
    assert np.allclose(np.median(out.std(axis=0) / x.std(axis=0)), 1, atol=0.03)
    assert np.allclose(out.mean(axis=0), x.mean(axis=0), atol=0.5)
    assert not np.allclose(out, x, atol=0.1)


def test_columns_come_back_from_their_scores():
    normal = RNG.normal(size=(500, 6))
    x = np.stack(
        [
            normal[:, 0],
            np.exp(2 * normal[:, 1]),
            np.round(normal[:, 2] * 3),
            normal[:, 3] > 1,
            np.maximum(normal[:, 4], 0),
            np.full(500, 3e30),
        ],
        axis=1,
    )
    columns = fit_columns(x)
    scores = columns.scores(x)
    assert np.allclose(scores.mean(axis=0), 0, atol=1e-3)
    assert np.allclose(scores[:, :5].std(axis=0), 1, atol=1e-3)
    back = columns.values(scores)
    assert np.allclose(back[:, [0, 5]], x[:, [0, 5]], rtol=1e-6, atol=1e-6)
    assert np.corrcoef(back[:, 1].argsort().argsort(), x[:, 1].argsort().argsort())[0, 1] > 0.999
    drawn = columns.values(RNG.normal(size=(20_000, 6)).astype(np.float32))
    assert set(np.unique(drawn[:, 2])) <= set(np.unique(x[:, 2]))
    for column in (2, 3, 4):  # as often as it was
        value = np.median(x[:, column])
        assert (drawn[:, column] == value).mean() == pytest.approx((x[:, column] == value).mean(), abs=0.02)
    assert np.allclose(np.quantile(drawn[:, 1], [0.1, 0.5, 0.9]), np.quantile(x[:, 1], [0.1, 0.5, 0.9]), rtol=0.1)
