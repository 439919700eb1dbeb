import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sermi.mi.interface import MIError
from sermi.mi.resampling import deal_folds, mean_interval, split, standard_error


@given(st.integers(2, 6), st.lists(st.integers(0, 11), min_size=40, max_size=80), st.integers(0, 99))
def test_folds_keep_groups_whole_and_take_every_sample(n_folds, groups, seed):
    codes = np.unique(groups, return_inverse=True)[1]
    if len(np.unique(codes)) < n_folds:
        return
    folds = deal_folds(n_folds, np.random.default_rng(seed), groups=codes)
    assert set(folds) == set(range(n_folds))
    for group in np.unique(codes):
        assert len(set(folds[codes == group])) == 1


def test_folds_without_groups_share_every_class():
    labels = np.repeat([0, 1, 2], [50, 20, 5])
    folds = deal_folds(5, np.random.default_rng(0), labels=labels)
    counts = np.array([[np.sum((folds == fold) & (labels == c)) for c in range(3)] for fold in range(5)])
    assert counts.tolist() == [[10, 4, 1]] * 5


@given(st.integers(3, 60), st.integers(0, 99), st.booleans())
def test_parts_of_a_split_are_disjoint_complete_and_never_empty(n_samples, seed, grouped):
    groups = np.arange(n_samples) // 2 if grouped else None
    if grouped and n_samples < 6:
        return
    parts = split(n_samples, (0.6, 0.15, 0.25), np.random.default_rng(seed), groups)
    assert sorted(np.concatenate(parts).tolist()) == list(range(n_samples))
    assert all(len(part) for part in parts)
    if groups is not None:
        for first, second in ((0, 1), (0, 2), (1, 2)):
            assert not set(groups[parts[first]]) & set(groups[parts[second]])


def test_shares_of_a_split_are_met_with_equal_groups():
    parts = split(1000, (0.6, 0.15, 0.25), np.random.default_rng(0), np.arange(1000) // 10)
    assert [len(part) for part in parts] == [600, 150, 250]


@pytest.mark.parametrize("groups", [None, np.array([0, 0, 0, 1])])
def test_too_few_to_split_is_one_sentence(groups):
    with pytest.raises(MIError, match="can't be split into 3 parts"):
        split(2 if groups is None else 4, (0.6, 0.2, 0.2), np.random.default_rng(0), groups)


def test_intervals_are_those_of_a_mean_and_wider_over_groups():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 25)
    values = rng.normal(size=40)[groups] + rng.normal(size=1000)
    low, high = mean_interval(values, rng)
    assert high - low == pytest.approx(2 * 1.96 * values.std() / np.sqrt(1000), rel=0.1)
    assert standard_error(values, None) == pytest.approx(values.std() / np.sqrt(1000), rel=0.01)
    low, high = mean_interval(values, rng, groups)
    assert high - low == pytest.approx(2 * 1.96 / np.sqrt(40), rel=0.3)
    assert standard_error(values, groups) == pytest.approx(1 / np.sqrt(40), rel=0.3)


def test_intervals_of_many_samples_are_drawn_in_chunks():
    values = np.random.default_rng(0).normal(size=5000)
    low, high = mean_interval(values, np.random.default_rng(1))
    assert high - low == pytest.approx(2 * 1.96 / np.sqrt(5000), rel=0.1)
