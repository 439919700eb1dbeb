"""The figure of a comparison shows the numbers it was given."""

from __future__ import annotations

import numpy as np

from sermi import plots


def test_gains_show_each_interval_and_colour_only_what_is_above_zero():
    gains = {"SMOTE": (0.012, -0.002, 0.023), "Gaussian": (0.031, 0.017, 0.049)}
    (trace,) = plots.gains(gains).data
    assert list(trace.y) == ["SMOTE", "Gaussian"]
    assert np.allclose(trace.x, [1.2, 3.1])
    assert np.allclose(trace.x - trace.error_x.arrayminus, [-0.2, 1.7])
    assert np.allclose(trace.x + trace.error_x.array, [2.3, 4.9])
    assert list(trace.marker.color) == [plots.COLOURS["neutral"], plots.COLOURS["sad"]]
    assert plots.describe_gains(gains).endswith("Gaussian +3.1 (+1.7 to +4.9), SMOTE +1.2 (-0.2 to +2.3).")
