"""The figures of the evidence show the numbers they were given."""

from __future__ import annotations

import numpy as np
import pytest

from sermi.plots import evidence as plots


def test_a_confusion_is_in_shares_of_what_was_acted():
    counts = [[30, 10], [0, 20]]
    figure = plots.confusion(["angry", "sad"], counts)
    assert np.allclose(figure.data[0].z, [[0.75, 0.25], [0, 1]])
    assert [note.text.replace("\xa0", " ") for note in figure.layout.annotations] == ["75 %", "25 %", "0 %", "100 %"]
    assert "Most often mistaken: angry for sad (25" in plots.describe_confusion(["angry", "sad"], counts)


def test_a_class_that_nobody_acted_is_no_division_by_zero():
    assert np.allclose(plots.confusion(["angry", "sad"], [[0, 0], [1, 1]]).data[0].z[0], 0)


def test_reliability_names_the_bin_that_costs_most():
    bins = [(0.5, 0.5, 100), (0.95, 0.75, 50)]
    drawn = plots.reliability(bins).data[1]
    assert list(drawn.x) == [0.5, 0.95]
    assert list(drawn.y) == [0.5, 0.75]
    assert drawn.marker.size[0] > drawn.marker.size[1]
    sentence = plots.describe_reliability(bins, 0.0667).replace("\xa0", " ")
    assert "6.7 points" in sentence
    assert "said 95 %, it was right 75 %" in sentence


def test_recalls_are_sorted_and_ordered_from_worst_to_best():
    groups = {"tess": (0.8, 10), "nemo_MK0": (0.5, 20), "emodb": (0.7, 5)}
    drawn = plots.recalls(groups).data[-1]
    assert list(drawn.y) == ["nemo MK0", "emodb", "tess"]
    assert list(drawn.x) == [0.5, 0.7, 0.8]
    assert "from 50" in plots.describe_recalls(groups, "corpus")


@pytest.mark.parametrize("real", [None, 1.2])
def test_information_stands_against_gain(real):
    points = {"A": (1.9, 0.01), "B": (1.2, 0.03)}
    figure = plots.information_against_gain(points, real)
    assert list(figure.data[0].x) == [1.9, 1.2]
    assert list(figure.data[0].y) == [1.0, 3.0]
    assert len(figure.layout.shapes) == (real is not None)
    assert ("1.20 nats about speakers" in plots.describe_information_against_gain(points, real)) == (real is not None)


def test_a_learning_curve_has_both_lines_and_the_gains_interval():
    rows = [(240, 0.5, 0.55, 0.02, 0.09), (1200, 0.7, 0.72, 0.01, 0.03)]
    without, with_generated = plots.recall_by_size(rows, "ours").data
    assert list(without.x) == [240, 1200]
    assert list(without.y) == [0.5, 0.7]
    assert list(with_generated.y) == [0.55, 0.72]
    assert np.allclose(with_generated.y + with_generated.error_y.array, [0.59, 0.73])
    assert np.allclose(with_generated.y - with_generated.error_y.arrayminus, [0.52, 0.71])
    assert "240 recordings, 50.0 to 55.0 (+2.0 to +9.0)" in plots.describe_recall_by_size(rows)


def test_quality_is_nearest_where_ratios_are_near_one():
    table = {"Far": [0.1, 2.0], "Near": [0.9, 1.0]}
    figure = plots.quality(["Coverage", "Memory"], table)
    assert [list(trace.x) for trace in figure.data] == [[0.1, 0.9], [2.0, 1.0]]
    assert plots.nearest_to_real(table) == "Near"
    assert "coverage 0.90" in plots.describe_quality(["Coverage", "Memory"], table)


def test_a_change_of_recall_is_ordered_from_the_largest_gain():
    sentence = plots.describe_change(["angry", "sad"], [[5, 5], [2, 8]], [[4, 6], [1, 9]])
    assert sentence == "Recall against real data alone, points: sad +10.0, angry -10.0."


def test_labels_of_dots_that_are_close_go_to_different_sides():
    points = {"A": (1.0, 0.01), "B": (1.01, 0.0101), "C": (2.0, 0.03)}
    assert list(plots.information_against_gain(points, None).data[0].textposition) == [
        "top center",
        "bottom center",
        "top center",
    ]


def test_many_classes_are_written_without_units():
    names = ["a", "b", "c", "d", "e", "f"]
    notes = plots.confusion(names, [[2 if i == j else 0 for i in range(6)] for j in range(6)]).layout.annotations
    assert notes[0].text == "100"
