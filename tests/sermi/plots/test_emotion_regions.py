"""Regions hold the share of real features that they say, and samples are counted where they lie."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from sermi.plots import RealPoints
from sermi.plots.emotion_regions import HELD, add_regions, describe_inside, regions


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
    assert " 67 % of them lie within" in describe_inside(regions(real), np.array([0, 1, 1, 0]), xy)
    assert describe_inside({}, np.array([0]), xy[:1]) == ""


def test_lines_are_below_the_dots(real):
    figure = go.Figure(go.Scatter(x=[0], y=[0]))
    add_regions(figure, real, regions(real))
    assert [trace.type for trace in figure.data] == ["contour", "contour", "scatter"]
