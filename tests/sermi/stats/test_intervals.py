"""Intervals over splits of 24 speakers hold the truth as often as they say, and verdicts are what they say."""

import numpy as np
import pytest

from sermi.stats.intervals import MARGIN, Design
from train.protocols import RAVDESS_TEST_ACTORS
from train.splits import stored

TABLES, SPEAKERS, CLASSES, CLIPS, DIM = 500, 24, 4, 4, 6
DESIGNS = {
    "EmoBox's six folds": RAVDESS_TEST_ACTORS,
    "20 splits": tuple(stored("ravdess", 20).values()),
    "24 splits": tuple(stored("ravdess").values()),
}


def whom(design):
    """(J, 24): whether a split tests a speaker."""
    return np.array([[f"{number:02d}" in speakers for number in range(1, 25)] for speakers in DESIGNS[design]])


def coverage(design, gains, truth):
    """gains: (tables, J)."""
    intervals = [Design.of(DESIGNS[design]).interval(row) for row in gains]
    return np.mean([interval.low < truth < interval.high for interval in intervals])


def table_gains(tests, rng, truth, speaker=0.05, training=0.01, seeds=0.01):
    """(tables, J) gains that are truth on average: each speaker has one of their own when tested, moves it a little for all
    others when trained on, and draws of a fit do so, too."""
    own = truth + speaker * rng.normal(size=(TABLES, SPEAKERS))
    taught = training * rng.normal(size=(TABLES, SPEAKERS))
    as_tested, as_trained = (share / share.sum(axis=1, keepdims=True) for share in (tests, ~tests))
    return own @ as_tested.T + taught @ as_trained.T + seeds * rng.normal(size=(TABLES, len(tests)))


def trained_gains(tests, rng):
    """(tables, J) gains in accuracy of linear discriminant analysis over the nearest mean, both fitted on the speakers that a
    split doesn't test, with speakers drawn anew for each table."""
    means, scale = 0.9 * np.random.default_rng(5).normal(size=(CLASSES, DIM)), np.linspace(2, 0.5, DIM)
    voices, ways = (rng.normal(size=(TABLES, SPEAKERS, n, 1, DIM)) for n in (1, CLASSES))
    noise = rng.normal(size=(TABLES, SPEAKERS, CLASSES, CLIPS, DIM))
    x = means[:, None] + (voices + ways + noise) * scale
    by_speaker = x.mean(axis=3)
    moments = np.einsum("skcri,skcrj->skij", x, x, optimize=True) / (CLASSES * CLIPS)
    c = np.repeat(np.arange(CLASSES), CLIPS)
    gains = np.zeros((TABLES, len(tests)))
    for split, test in enumerate(tests):
        centres = by_speaker[:, ~test].mean(axis=1)
        covariance = moments[:, ~test].mean(axis=1) - np.einsum("sci,scj->sij", centres, centres) / CLASSES
        shares = []
        for precision in (np.linalg.inv(covariance), np.broadcast_to(np.eye(DIM), covariance.shape)):
            weights = centres @ precision
            bias = -0.5 * np.sum(weights * centres, axis=2)
            scores = x[:, test].reshape(TABLES, -1, DIM) @ weights.transpose(0, 2, 1) + bias[:, None]
            shares.append((scores.argmax(axis=2) == np.tile(c, test.sum())).mean(axis=1))
        gains[:, split] = shares[0] - shares[1]
    return gains


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("truth", [0.0, 0.03])
def test_intervals_hold_a_known_gain_as_often_as_they_say(design, truth):
    gains = table_gains(whom(design), np.random.default_rng(0), truth)
    assert 0.92 <= coverage(design, gains, truth) <= 0.98


@pytest.mark.parametrize("design", DESIGNS)
def test_intervals_hold_what_training_on_other_speakers_gains(design):
    """Fitted for real, with the gain over all tables as the truth."""
    gains = trained_gains(whom(design), np.random.default_rng(1))
    assert gains.mean() > 0.05
    assert 0.92 <= coverage(design, gains, gains.mean()) <= 0.98


def test_splits_taken_for_independent_would_hold_it_far_too_rarely():
    gains = table_gains(whom("20 splits"), np.random.default_rng(0), 0.03)
    held = [Design.disjoint(20).interval(row) for row in gains]
    assert np.mean([interval.low < 0.03 < interval.high for interval in held]) < 0.8


def test_drawn_splits_are_corrected_as_nadeau_and_bengio_do():
    values = np.random.default_rng(0).normal(size=30)
    interval = Design(30, 1_000, overlap=0.25).interval(values)
    half = 2.0452 * np.std(values, ddof=1) * np.sqrt(1 / 30 + 1 / 3)  # t with 29 degrees of freedom, n2 / n1 = 1 / 3
    assert interval.high - interval.mean == pytest.approx(half, rel=1e-4)


def test_a_partition_is_a_plain_t_interval():
    design = Design.of(RAVDESS_TEST_ACTORS)
    assert design == Design(6, 24, 0.0)
    values = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    assert design.interval(values).high == pytest.approx(0.35 + 2.5706 * values.std(ddof=1) / np.sqrt(6), rel=1e-4)


def test_more_splits_than_speakers_are_no_more_degrees_of_freedom():
    values = np.random.default_rng(0).normal(size=100)
    few, many = (Design(100, units, 0.1).interval(values) for units in (5, 100))
    assert few.high - few.low > 1.3 * (many.high - many.low)


def test_a_single_split_says_nothing():
    design = Design.of([{"a", "b"}])
    assert design.interval(np.array([0.5])).ends() == [-1.0, 1.0]
    assert design.interval(np.array([0.5])).ends(0.0) == [0.0, 1.0]
    assert design.verdict(np.array([0.5])) == "open"


@pytest.mark.parametrize(
    ("mean", "spread", "verdict"),
    [
        (0.03, 0.01, "higher"),
        (-0.03, 0.01, "lower"),
        (0.0, 0.01, "level"),
        (0.0, 0.05, "open"),
        (0.005, 0.003, "higher by less than the margin"),
        (-0.005, 0.003, "lower by less than the margin"),
        (0.012, 0.05, "open"),
    ],
)
def test_level_is_a_test_of_its_own_and_not_the_absence_of_a_difference(mean, spread, verdict):
    values = np.random.default_rng(0).normal(size=20)
    values = mean + spread * (values - values.mean()) / values.std()
    assert Design(20, 24, 0.126).verdict(values) == verdict


def test_what_is_no_more_than_the_margin_apart_is_rarely_called_level_when_it_is_more():
    """The error of a test of equivalence: 5 % at the margin itself."""
    design = Design.of(DESIGNS["20 splits"])
    gains = table_gains(whom("20 splits"), np.random.default_rng(0), MARGIN, speaker=0.01, training=0.0, seeds=0.0)
    level = ["level" in design.verdict(row) or "margin" in design.verdict(row) for row in gains]
    assert np.mean(level) < 0.08
