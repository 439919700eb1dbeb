"""Maps show the samples that they were given, and the sentences count them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sermi import plots


def by_name(figure):
    return {trace.name: trace for trace in figure.data}


def test_every_sample_is_on_the_map_once_in_the_colour_of_its_emotion(generated, real):
    traces = by_name(plots.sample_map(real, generated, generated.h[:, :2], own_recording=np.zeros(2)))
    drawn = [row[0] for name in ("Angry", "Sad") for row in traces[name].customdata]
    assert sorted(drawn) == list(range(30))
    assert traces["Angry"].marker.color == plots.COLOURS["angry"]
    for row, x in zip(traces["Sad"].customdata, traces["Sad"].x, strict=True):
        assert row[1] == "sad"
        assert row[2] == pytest.approx(generated.score[row[0]], abs=1e-3)
        assert row[3] == pytest.approx(row[2] / math.log(2), abs=1e-3)
        assert x == pytest.approx(generated.h[row[0], 0], abs=1e-3)
    assert list(traces["You"].x) == [0]


def test_real_features_alone_and_those_that_a_map_leaves_out(real):
    real.xy[3] = np.nan
    traces = plots.sample_map(real).data
    assert len(traces[0].x) == 11
    assert [trace.name for trace in traces] == ["Real", "Real"]


def test_maps_side_by_side_share_their_axes(generated, real):
    extent = np.array([[-9, -9], [9, np.nan], [0, 9]])
    layout = plots.sample_map(real, generated, generated.h[:, :2], extent=extent).layout
    assert tuple(layout.xaxis.range) == pytest.approx((-9.72, 9.72))
    assert tuple(layout.yaxis.range) == pytest.approx((-9.72, 9.72))


def test_pairs_name_their_nearest_words(generated, real):
    traces = by_name(plots.text_map(real, generated, generated.t))
    assert [row[3] for row in traces["Angry"].customdata] == [real.classes[i % 12 % 3] for i in range(15)]


def test_sentences(generated, real):
    sentence = plots.describe_map(generated, 12, own_recording=True)
    assert "15 angry, 15 sad" in sentence
    assert sentence.endswith("The star is your last recording.")
    assert plots.describe_map(generated, 12, brief=True) == "30 generated: 15 angry, 15 sad."
    assert "12 real features" in plots.describe_real(real)
    assert "30 generated text features" in plots.describe_text_map(generated)
