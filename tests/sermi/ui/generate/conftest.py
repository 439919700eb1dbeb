"""Requests of the tab "Generate", and a visitor who has spoken."""

from __future__ import annotations

import numpy as np
import pytest

from sermi.predictor import Utterance
from sermi.ui.generate.session import ALL, NO_WORDS, sample_request


@pytest.fixture
def ask(engine):
    """A function that makes a request; what it is given differs from the usual one."""

    def asked(**changed):
        usual = {
            "checkpoint": "open4",
            "emotion": ALL,
            "n": 10,
            "words": NO_WORDS,
            "sentence": "",
            "noise_scale": 1.0,
            "seed": 4,
            "regulariser": "match",
            "pairs": False,
        }
        return sample_request(engine, **usual | changed)

    return asked


@pytest.fixture(scope="session")
def visitor(engine):
    config = engine.predictor("open4").checkpoint.config
    random = np.random.default_rng(0)
    a, b = (random.normal(0, 1, n).astype(np.float32) for n in (config.shape.audio_dim, config.shape.text_dim))
    return Utterance(a, b, config.frontend_fingerprint)
