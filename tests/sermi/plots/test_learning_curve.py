"""The learning curve shows the numbers that it was given, and the sentence says them."""

from __future__ import annotations

import numpy as np
import pytest

from sermi import plots
from sermi.quality.learning_curve import LearningCurve


def test_the_curve_and_its_sentence():
    alone = np.array([[0.3, 0.4], [0.5, 0.6]])
    curve = LearningCurve((1, 50), alone, alone + np.array([[0.2, 0.1], [0, 0.02]]), np.array([0.5, 0.5]), 150)
    lines = {trace.name: trace for trace in plots.learning_curve_figure(curve, 1).data}
    assert list(lines["real alone"].y) == pytest.approx([35, 55])
    assert list(lines["real + generated"].y) == pytest.approx([50, 56])
    assert "35.0 % alone and 50.0 %" in plots.describe_learning_curve(curve, 1)
    assert "+15.0 points (+10.0 to +20.0" in plots.describe_learning_curve(curve, 1)
    assert plots.describe_learning_curve(curve, 50).startswith("With 50 real samples of each class")
