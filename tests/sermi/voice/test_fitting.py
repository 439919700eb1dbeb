"""A model that is fitted finds what was simulated."""

import numpy as np
import pytest

from sermi.errors import SermiError
from sermi.voice import (
    VoiceSettings,
    fit_voice_model,
)
from tests.sermi.voice.simulation import (
    DIM,
    K,
    corpora,
    coverage,
)


def test_so_does_that_of_a_fitted_model(truth, fitted):
    assert coverage(truth, fitted, 8, known=True) == pytest.approx([0.5, 0.9], abs=0.06)


def test_the_parts_of_a_fitted_model_are_those_of_the_simulation(truth, fitted):
    for part in ("corpus", "corpus_class", "speaker", "speaker_class", "rest"):
        true, estimate = getattr(truth, part), getattr(fitted, part)
        assert np.trace(estimate) == pytest.approx(np.trace(true), rel=0.4)
        assert np.sum(true * estimate) / np.linalg.norm(true) / np.linalg.norm(estimate) > 0.85
    assert np.abs(fitted.means - truth.means).max() < 0.6


def test_speakers_and_corpora_count_equally_however_many_recordings_they_have(truth):
    training = corpora(truth, np.random.default_rng(6), n_corpora=3, n_speakers=3, each=2)
    rows = np.concatenate([np.arange(72), np.flatnonzero(training["speaker"] == "1-1")])
    repeated = {name: value[rows] if name != "n_classes" else value for name, value in training.items()}
    one, other = fit_voice_model(**training), fit_voice_model(**repeated)
    for part in ("means", "corpus", "corpus_class", "speaker", "speaker_class"):
        np.testing.assert_allclose(getattr(one, part), getattr(other, part), atol=1e-12)


@pytest.mark.parametrize(
    "change",
    [
        {"h": np.zeros((0, DIM)), "c": np.zeros(0, int), "speaker": np.array([]), "corpus": np.array([])},
        {"h": np.full((96, DIM), np.inf)},
        {"h": np.zeros((96, DIM))},
        {"c": np.zeros(96, int)},
        {"c": np.full(96, K)},
        {"settings": VoiceSettings(0.0)},
        {"corpus": np.arange(96).astype(str)},
        {"speaker": np.arange(96).astype(str), "corpus": np.repeat("one", 96)},
        {"speaker": np.repeat("one", 96), "corpus": np.repeat("one", 96)},
    ],
)
def test_recordings_that_do_not_determine_a_model_are_refused(truth, change):
    training = corpora(truth, np.random.default_rng(14), n_corpora=2, n_speakers=2)
    with pytest.raises(SermiError, match=r"^[^.]*(\.\d[^.]*)*\.$"):
        fit_voice_model(**(training | change))
