"""Regions hold the share of real features that they say, and samples are counted where they lie."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from sermi.plots import RealPoints
from sermi.plots.emotion_regions import HELD, add_regions, describe_inside, held_of_others, regions


@pytest.fixture
def real():
    rng = np.random.default_rng(0)
    xy = np.concatenate([rng.normal(0, 1, (200, 2)), rng.normal(10, 1, (200, 2)), rng.normal(5, 1, (5, 2))])
    return RealPoints(xy, np.repeat([0, 1, 2], [200, 200, 5]), ("angry", "sad", "happy"))


def test_a_region_holds_its_share_and_none_is_drawn_of_a_few(real):
    of = regions(real)
    assert set(of) == {0, 1}
    assert of[0].holds(real.xy[:200]).mean() == pytest.approx(HELD, abs=0.02)
    assert not of[0].holds(real.xy[200:400]).any()


def test_samples_are_counted_in_the_region_of_their_own_emotion(real):
    xy = np.array([[0, 0], [10, 10], [0, 0], [np.nan, np.nan]])
    described = describe_inside(regions(real), np.array([0, 1, 1, 0]), xy, 0.5)
    assert described.startswith(" 67 % of them lie within")
    assert "of a real speaker's features 50 %" in described
    assert "real speaker" not in describe_inside(regions(real), np.array([0]), xy[:1], float("nan"))
    assert describe_inside({}, np.array([0]), xy[:1], 0.5) == ""


def test_real_speakers_are_counted_in_regions_that_are_drawn_without_them(real):
    shuffled = np.random.default_rng(0).integers(4, size=len(real.c))
    assert held_of_others(real, shuffled) == pytest.approx(HELD, abs=0.05)
    apart = real.xy + 100 * np.eye(2)[(shuffled == 0).astype(int)]  # one speaker of them elsewhere
    assert held_of_others(RealPoints(apart, real.c, real.classes), shuffled) == pytest.approx(0.75 * HELD, abs=0.05)
    assert np.isnan(held_of_others(real, np.zeros(len(real.c))))


def test_lines_are_below_the_dots(real):
    figure = go.Figure(go.Scatter(x=[0], y=[0]))
    add_regions(figure, real, regions(real))
    assert [trace.type for trace in figure.data] == ["contour", "contour", "scatter"]
