"""Fixtures of simulated voices."""

import numpy as np
import pytest

from sermi.voice import (
    VoiceModel,
    VoiceSettings,
    choose_fit_test,
    fit_voice_model,
    held_out_voices,
)
from tests.sermi.voice.simulation import (
    DIM,
    K,
    corpora,
    covariance,
)


@pytest.fixture(scope="module")
def truth():
    """The model that simulated features come from; one sentence is recognised in about three of four cases."""
    rng = np.random.default_rng(0)
    parts = [covariance(rng, scale) for scale in (1.2, 0.3, 1.2, 0.4, 1.0)]
    return VoiceModel(2.6 * rng.normal(size=(K, DIM)) / np.sqrt(2), *parts, score_factor=1.0)


@pytest.fixture(scope="module")
def held_out(truth):
    return held_out_voices(
        **corpora(truth, np.random.default_rng(1), n_corpora=5, n_speakers=6),
        settings=VoiceSettings(0.05, score_factor=1.0),
    )


@pytest.fixture(scope="module")
def fit_test(held_out):
    return choose_fit_test(held_out, n_draws=4)


@pytest.fixture(scope="module")
def fitted(truth):
    training = corpora(truth, np.random.default_rng(4), n_corpora=60, n_speakers=15, each=12)
    return fit_voice_model(**training, settings=VoiceSettings(0.01, score_factor=1.0))
