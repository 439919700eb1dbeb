"""Figures of information show the numbers that they were given, and the sentences say them."""

from __future__ import annotations

import math

import pytest

from sermi import plots
from sermi.mi import MIEstimate


def test_the_gauge_holds_generated_real_shuffled_and_the_ceiling():
    generated = MIEstimate(1.36, (1.3, 1.37), math.log(4), 0.01, "lower bound", "linear critic", 800, 1000)
    real = MIEstimate(0.75, (0.58, 0.88), math.log(4), 0.0, "lower bound", "linear critic", 800, 1000, 20)
    figure = plots.information_gauge({"maximise": generated}, real, math.log(4), 0.15)
    (dots,) = figure.data
    assert list(dots.y) == ["Maximise", "Real speech", "Shuffled labels"]
    assert list(dots.x) == [1.36, 0.75, 0.01]
    band, ceiling = figure.layout.shapes
    assert (band.x0, band.x1) == pytest.approx((0.6375, 0.8625))
    assert ceiling.x0 == pytest.approx(math.log(4))
    assert plots.describe_gauge({"maximise": generated}, real, math.log(4)) == (
        "Maximise: 98 % (94 to 99), 1.96 bits, 1.36 nats. Real speech: 54 % (42 to 63), 1.08 bits, 0.75 nats. "
        "With shuffled labels 1 %. All there is to know: 2.00 bits, 1.39 nats."
    )


def test_the_gauge_in_words_passes_a_warning_on():
    warned = MIEstimate(
        0.4, (0.3, 0.5), 1.1, 0.0, "lower bound", "linear critic", 800, 1000, 20, 0.4, "So much is groups."
    )
    sentence = plots.describe_gauge({"match": warned}, warned, 1.1)
    assert sentence.endswith("1.10 nats. So much is groups.")


def test_the_histogram_counts_everything(generated):
    figure = plots.score_histogram(generated)
    assert sum(sum(bar.y) for bar in figure.data) == 30
    assert [bar.name for bar in figure.data] == ["Angry", "Sad"]


def test_the_histogram_in_words(generated):
    sentence = plots.describe_scores(generated)
    against = int((generated.log_q.argmax(axis=1) != generated.c).sum())
    assert f"for {against} of 30 its likeliest emotion is another one" in sentence
    assert "differs from this mean" in sentence
    assert "no more than as many at random" in sentence
