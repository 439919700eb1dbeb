"""What an import loads, in a fresh interpreter: measuring and generating need no page, no audio and no tables."""

from __future__ import annotations

import subprocess
import sys

import pytest

import sermi.mi
from sermi import augment, mi, quality

HEAVY = ("gradio", "imblearn", "librosa", "pandas", "plotly", "torchaudio", "transformers")


def loaded(code: str) -> set[str]:
    """Top-level packages in memory after the code has run."""
    program = f"import sys\n{code}\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("package", ["sermi", "sermi.mi", "sermi.augment", "sermi.quality"])
def test_the_library_is_light(package):
    assert not loaded(f"import {package}") & set(HEAVY)


def test_neighbours_and_linear_critics_do_without_pytorch():
    code = """
import numpy as np
from sermi import mi
y = np.arange(90) % 3
x = np.eye(3)[y] + np.random.default_rng(0).normal(size=(90, 3))
mi.LabelInformation(control=False).estimate(x, y)
mi.NearestNeighbourInformation(control=False).estimate(x, y)
"""
    assert not loaded(code) & {"torch", *HEAVY}


def test_statistics_of_quality_do_without_pytorch():
    assert "torch" not in loaded("from sermi.quality import prdc, c2st, frechet_distance, learning_curve")


@pytest.mark.parametrize("package", [augment, mi, quality])
def test_everything_that_a_package_exports_is_there(package):
    assert set(package.__all__) <= set(dir(package))
    for name in package.__all__:
        assert getattr(package, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'information'"):
        _ = sermi.mi.information
