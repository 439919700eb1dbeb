"""Metrics against closed forms and counts made by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from train.metrics import MACRO_F1, METRICS, UA, WA, confusion, expected_calibration_error, score

K = 4
codes = st.integers(1, 40).flatmap(
    lambda n: st.tuples(*[hnp.arrays(np.int64, n, elements=st.integers(0, K - 1)) for _ in range(2)])
)


def by_hand(true: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    recalls, f1s = [], []
    for c in range(K):
        hits = sum(t == p == c for t, p in zip(true, predicted, strict=True))
        actual, claimed = sum(t == c for t in true), sum(p == c for p in predicted)
        recalls.append(hits / actual if actual else 0.0)
        f1s.append(2 * hits / (actual + claimed) if actual + claimed else 0.0)
    hits = sum(t == p for t, p in zip(true, predicted, strict=True))
    return {"UA": sum(recalls) / K, "WA": hits / len(true), "macro_F1": sum(f1s) / K}


@settings(max_examples=30)
@given(codes)
def test_agreement_with_counts_by_hand(pair):
    true, predicted = pair
    expected = by_hand(true, predicted)
    for metric in METRICS:
        assert metric(true, predicted, K) == pytest.approx(expected[metric.name])
        assert metric.higher_is_better
    assert score(true, predicted, K) == {name: pytest.approx(value, abs=5.1e-5) for name, value in expected.items()}


@settings(max_examples=30)
@given(codes)
def test_confusion_counts_every_sample(pair):
    true, predicted = pair
    table = np.array(confusion(true, predicted, K))
    assert table.shape == (K, K)
    np.testing.assert_array_equal(table.sum(axis=1), np.bincount(true, minlength=K))
    np.testing.assert_array_equal(table.sum(axis=0), np.bincount(predicted, minlength=K))
    assert np.trace(table) / len(true) == pytest.approx(WA(true, predicted, K))


def test_rows_are_true_and_columns_predicted():
    assert confusion(np.array([0, 0, 1]), np.array([1, 0, 1]), 2) == [[1, 1], [0, 1]]


def test_absent_classes_count_as_nothing_right():
    both_right = np.array([0, 1])
    assert UA(both_right, both_right, 2) == 1
    assert UA(both_right, both_right, 4) == 0.5
    assert MACRO_F1(both_right, both_right, 4) == 0.5
    assert WA(both_right, both_right, 4) == 1


def test_always_the_largest_class_is_chance_in_ua():
    true = np.array([0] * 97 + [1, 2, 3])
    constant = np.zeros(100, int)
    assert score(true, constant, 4) == {"UA": 0.25, "WA": 0.97, "macro_F1": 0.2462}


def test_nothing_to_score_is_an_error():
    for metric in METRICS:
        with pytest.raises(ValueError, match="empty"):
            metric(np.zeros(0, int), np.zeros(0, int), 2)


def two_class(confidence: float, right: int, wrong: int) -> tuple[np.ndarray, np.ndarray]:
    probabilities = np.tile([confidence, 1 - confidence], (right + wrong, 1))
    return probabilities, np.array([0] * right + [1] * wrong)


@pytest.mark.parametrize(
    ("confidence", "right", "wrong", "error"),
    [(1.0, 5, 0, 0.0), (1.0, 0, 5, 1.0), (0.8, 4, 1, 0.0), (0.8, 1, 4, 0.6), (0.6, 10, 0, 0.4)],
)
def test_calibration_error_of_one_bin(confidence, right, wrong, error):
    assert expected_calibration_error(*two_class(confidence, right, wrong)) == pytest.approx(error)


def test_calibration_error_weighs_bins_by_their_samples():
    low, high = two_class(0.6, 3, 3), two_class(0.9, 2, 0)
    both = (np.concatenate([low[0], high[0]]), np.concatenate([low[1], high[1]]))
    assert expected_calibration_error(*both) == pytest.approx(6 / 8 * 0.1 + 2 / 8 * 0.1)
    assert expected_calibration_error(*both, n_bins=1) == pytest.approx(abs(5 / 8 - (6 * 0.6 + 2 * 0.9) / 8))


def test_a_bin_holds_its_upper_edge():
    """0.5 and 0.75 with two bins, (0, 0.5] and (0.5, 1]: gaps don't cancel across the edge."""
    low, high = two_class(0.5, 4, 0), two_class(0.75, 0, 4)
    both = (np.concatenate([low[0], high[0]]), np.concatenate([low[1], high[1]]))
    assert expected_calibration_error(*both, n_bins=2) == pytest.approx(0.5 * 0.5 + 0.5 * 0.75)


@given(
    hnp.arrays(np.float64, (20, 3), elements=st.floats(-5, 5)),
    hnp.arrays(np.int64, 20, elements=st.integers(0, 2)),
    st.integers(1, 30),
)
def test_calibration_error_bounds(logits, true, n_bins):
    """At least |accuracy - mean confidence| (one bin), at most 1; the order of samples doesn't matter."""
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    error = expected_calibration_error(probabilities, true, n_bins)
    assert error >= expected_calibration_error(probabilities, true, 1) - 1e-12
    assert error <= 1
    assert expected_calibration_error(probabilities[::-1], true[::-1], n_bins) == pytest.approx(error)


def test_a_calibrated_forecaster_has_a_small_error():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(4), 50_000)
    true = (rng.random((50_000, 1)) > probabilities.cumsum(axis=1)).sum(axis=1)
    assert expected_calibration_error(probabilities, true) < 0.01
    overconfident = probabilities**3 / (probabilities**3).sum(axis=1, keepdims=True)
    assert expected_calibration_error(overconfident, true) > 0.1
