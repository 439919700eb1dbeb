"""The shipped predictor and a recording of real speech."""

import pytest

from sermi import audio, predictor
from sermi.encoders.moonshine import assets_folder


@pytest.fixture(scope="module")
def model():
    return predictor.load("open4")


@pytest.fixture(scope="module")
def recording():
    return audio.read(assets_folder() / "beckett.wav")
