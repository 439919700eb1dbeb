"""Labels, groups and weights as tables and columns of other libraries hold them."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sermi import SermiSampler
from sermi.errors import FeatureError

N = 60
RNG = np.random.default_rng(0)
Y = np.arange(N) % 3
X = np.eye(3, 5)[Y] * 2 + RNG.normal(size=(N, 5))
NAMES = np.array(["a", "b", "c"])[Y]
GROUPS = np.arange(N) // 6
QUICK = {"steps": 1, "random_state": 0}


def resampled(x, y, **options):
    return SermiSampler(**QUICK).fit_resample(x, y, **options)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_an_indicator_comes_out_as_it_went_in(library):
    indicator = pd.get_dummies(pd.Series(NAMES))
    y = indicator if library == "pandas" else pl.from_pandas(indicator)
    _, labels = resampled(X, y)
    assert type(labels) is type(y)
    assert list(labels.columns) == list(y.columns)
    assert labels.shape == (120, 3)
    assert (labels.to_numpy().sum(axis=0) == 40).all()
    assert np.array_equal(labels.to_numpy()[:N], indicator.to_numpy())


def test_a_column_of_names_may_be_a_table_of_one():
    expected, _ = resampled(X, NAMES, groups=GROUPS)
    speakers = pd.DataFrame({"speaker": [f"s{group}" for group in GROUPS]})
    rows, labels = resampled(X, pd.DataFrame({"emotion": NAMES}), groups=speakers)
    assert np.array_equal(rows, expected)
    assert list(labels.columns) == ["emotion"]


COLUMNS = {
    "pandas": pd.Series(X[:, 0], name="v"),
    "polars": pl.Series("v", X[:, 0]),
    "pyarrow": pl.DataFrame({"v": X[:, 0]}).to_arrow().column("v"),
}


@pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS)
def test_one_column_without_a_table_is_one_sentence(column):
    with pytest.raises(FeatureError, match="X has one dimension; reshape your data"):
        resampled(column, Y)
    with pytest.raises(FeatureError, match="text has one dimension; reshape your data"):
        resampled(X, Y, text=column)


def test_names_that_are_missing_are_counted():
    names = pd.Series([*NAMES[:-2], pd.NA, pd.NA], dtype="string")
    with pytest.raises(FeatureError, match="y holds 2 missing labels"):
        resampled(X, names)
    with pytest.raises(FeatureError, match="groups holds 2 missing names"):
        resampled(X, Y, groups=names)


@pytest.mark.parametrize("size", [1e-50, 1e40])
def test_weights_count_within_their_class_whatever_their_size(size):
    weights = RNG.uniform(0.5, 1, N)
    expected, _ = resampled(X, Y, sample_weight=weights)
    rows, _ = resampled(X, Y, sample_weight=np.where(Y == 1, size, 1) * weights)
    assert np.allclose(rows, expected)


def test_two_groups_are_enough_to_tune_and_to_match():
    sampler = SermiSampler(tune=True, **QUICK)
    sampler.fit_resample(X, Y, groups=np.arange(N) % 2)
    assert len(sampler.tuning_.tried) > 1
    matched = SermiSampler(regulariser="match", **QUICK)
    rows, _ = matched.fit_resample(X, Y, groups=np.arange(N) % 2, sample_weight=np.arange(N) % 2)
    assert len(rows) == 120
