"""Figures of generated samples show the numbers that they were given, and the sentences say them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sermi import plots
from sermi.generate import Generated
from sermi.mi import MIEstimate
from sermi.quality.learning_curve import LearningCurve

CLASSES = ("angry", "happy", "sad")


@pytest.fixture
def made():
    rng = np.random.default_rng(0)
    log_q = np.log(rng.dirichlet(np.ones(3), 30))
    c = np.repeat([0, 2], 15)
    return Generated(
        h=rng.normal(0, 1, (30, 4)).astype(np.float32),
        c=c,
        t=rng.normal(0, 1, (30, 2)),
        log_q=log_q,
        score=log_q[np.arange(30), c] + math.log(3),
        words=rng.normal(0, 1, 30),
        nearest=np.arange(30) % 12,
        distance=np.linspace(1, 2, 30),
        nearest_text=np.arange(30) % 12,
        classes=CLASSES,
    )


@pytest.fixture
def real():
    return plots.RealPoints(np.random.default_rng(1).normal(0, 1, (12, 2)), np.arange(12) % 3, CLASSES)


def by_name(figure):
    return {trace.name: trace for trace in figure.data}


def test_every_sample_is_on_the_map_once_in_the_colour_of_its_emotion(made, real):
    kept = made.score > 0
    traces = by_name(plots.sample_map(real, made, made.h[:, :2], kept, np.zeros(2)))
    drawn = [row[0] for name in ("Angry", "Sad", "Dropped") for row in traces[name].customdata]
    assert sorted(drawn) == list(range(30))
    assert {row[0] for row in traces["Dropped"].customdata} == set(np.flatnonzero(~kept))
    assert traces["Angry"].marker.color == plots.COLOURS["angry"]
    for row, x in zip(traces["Sad"].customdata, traces["Sad"].x, strict=True):
        assert row[1] == "sad"
        assert row[2] == pytest.approx(made.score[row[0]], abs=1e-3)
        assert row[3] == pytest.approx(row[2] / math.log(2), abs=1e-3)
        assert x == pytest.approx(made.h[row[0], 0], abs=1e-3)
    assert list(traces["You"].x) == [0]


def test_real_features_alone_and_those_that_a_map_leaves_out(real):
    real.xy[3] = np.nan
    traces = plots.sample_map(real).data
    assert len(traces[0].x) == 11
    assert [trace.name for trace in traces] == ["Real", "Real"]


def test_maps_side_by_side_share_their_axes(made, real):
    extent = np.array([[-9, -9], [9, np.nan], [0, 9]])
    layout = plots.sample_map(real, made, made.h[:, :2], extent=extent).layout
    assert tuple(layout.xaxis.range) == pytest.approx((-9.72, 9.72))
    assert tuple(layout.yaxis.range) == pytest.approx((-9.72, 9.72))


def test_pairs_name_their_nearest_words(made, real):
    traces = by_name(plots.text_map(real, made, made.t))
    assert [row[3] for row in traces["Angry"].customdata] == [CLASSES[i % 12 % 3] for i in range(15)]


def test_the_gauge_holds_generated_real_shuffled_and_the_ceiling():
    made = MIEstimate(1.36, (1.3, 1.37), math.log(4), 0.01, "lower bound", "linear critic", 800, 1000)
    real = MIEstimate(0.75, (0.58, 0.88), math.log(4), 0.0, "lower bound", "linear critic", 800, 1000, 20)
    figure = plots.information_gauge({"maximise": made}, real, math.log(4), 0.15)
    (dots,) = figure.data
    assert list(dots.y) == ["Maximise", "Real speech", "Shuffled labels"]
    assert list(dots.x) == [1.36, 0.75, 0.01]
    band, ceiling = figure.layout.shapes
    assert (band.x0, band.x1) == pytest.approx((0.6375, 0.8625))
    assert ceiling.x0 == pytest.approx(math.log(4))
    assert plots.describe_gauge({"maximise": made}, real, math.log(4)) == (
        "Maximise: 1.36 nats (1.30 to 1.37), 1.96 bits. Real speech: 0.75 (0.58 to 0.88); with shuffled labels 0.01; at "
        "most 1.39."
    )


def test_the_histogram_counts_everything(made):
    figure = plots.score_histogram(made, 0.2)
    assert sum(sum(bar.y) for bar in figure.data) == 30
    assert [bar.name for bar in figure.data] == ["Angry", "Sad"]
    assert any(shape.x0 == 0.2 for shape in figure.layout.shapes)


def test_the_curve_and_its_sentence():
    alone = np.array([[0.3, 0.4], [0.5, 0.6]])
    found = LearningCurve((1, 50), alone, alone + np.array([[0.2, 0.1], [0, 0.02]]), np.array([0.5, 0.5]), 150)
    lines = by_name(plots.benefit_curve(found, 1))
    assert list(lines["real alone"].y) == pytest.approx([35, 55])
    assert list(lines["real + generated"].y) == pytest.approx([50, 56])
    assert "35.0 % alone and 50.0 %" in plots.describe_benefit(found, 1)
    assert "+15.0 points (+10.0 to +20.0" in plots.describe_benefit(found, 1)
    assert plots.describe_benefit(found, 50).startswith("With 50 real samples of each class")


def test_sentences(made, real):
    kept = np.arange(30) < 20
    said = plots.describe_map(made, kept, 12, you=True)
    assert "15 angry, 5 sad; 10 dropped by the filter" in said
    assert said.endswith("The star is your last recording.")
    assert plots.describe_map(made, kept, 12, brief=True) == "30 generated: 15 angry, 5 sad; 10 dropped."
    assert "12 real features" in plots.describe_real(real)
    assert "The filter keeps 20." in plots.describe_scores(made, kept)
    assert "30 generated text features" in plots.describe_text_map(made)
