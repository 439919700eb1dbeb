"""Layers that carry the class are kept, others left out, by data in which it is known which."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sermi.frontend import AudioFrontend, FrontendConfig
from sermi.voice import VoiceSettings
from train.embeddings.dataset import layers_of
from train.recogniser.layer_choice import ALL, chosen_layers, layer_sets
from train.recogniser.selection import corpus_folds
from train.recogniser.voices import Candidate, VoiceData, fit_audio_model, fit_voices
from train.samples import NO_LAYER, AudioSample

K, D, N_LAYERS, N_SPEAKERS = 4, 5, 4, 3
CANDIDATE = Candidate(6, VoiceSettings(0.2))


def layers(*n_layers: int, extra: int = 0) -> np.ndarray:
    """Of encoders with as many layers of D numbers."""
    of_encoders = [(encoder, layer) for encoder, n in enumerate(n_layers) for layer in range(n) for _ in range(D)]
    return np.array([*of_encoders, *[(NO_LAYER, NO_LAYER)] * extra])


def kept(used: np.ndarray) -> list[int]:
    return [number for number in range(len(used) // D) if used[D * number]]


def test_halves_of_an_encoder_and_each_of_several():
    halves = layer_sets(layers(7, extra=2))
    assert {name: kept(used) for name, used in halves.items()} == {
        "lower half": [0, 1, 2, 3],
        "middle half": [2, 3, 4, 5],
        "upper half": [3, 4, 5, 6],
    }
    assert all(used[-2:].all() for used in halves.values())  # of no layer
    several = layer_sets(layers(2, 3))
    assert {name: kept(used) for name, used in several.items()} == {"encoder 1": [0, 1], "encoder 2": [2, 3, 4]}
    assert layer_sets(layers(2)) == layer_sets(None) == {}


def test_all_layers_unless_the_gain_is_more_than_noise():
    everything = np.array([[0.50, 0.52], [0.60, 0.61], [0.70, 0.71]])
    assert chosen_layers({ALL: everything, "lower half": everything + 0.05}) == "lower half"
    assert chosen_layers({ALL: everything, "lower half": everything - 0.05}) == ALL
    mixed = everything + np.array([[0.3], [0.0], [-0.05]])
    assert mixed.mean() > everything.mean()
    assert chosen_layers({ALL: everything, "lower half": mixed}) == ALL
    assert chosen_layers({ALL: everything}) == ALL


@pytest.fixture(scope="module")
def sample() -> AudioSample:
    """Of four layers the two lower ones carry the class; in the others corpora differ in how they express it, and only they."""
    rng = np.random.default_rng(0)
    c, speaker = (part.ravel() for part in np.meshgrid(np.tile(np.arange(K), 4), np.arange(4 * N_SPEAKERS)))
    corpus = speaker // N_SPEAKERS
    x = rng.normal(size=(len(c), N_LAYERS, D)) + 0.5 * rng.normal(size=(4 * N_SPEAKERS, N_LAYERS, D))[speaker]
    x[:, :2] += 1.2 * rng.normal(size=(K, 2, D))[c]
    x[:, 2:] += 2.5 * rng.normal(size=(4, K, 2, D))[corpus, c]
    names = (np.char.add("s", speaker.astype(str)), np.char.add("c", corpus.astype(str)))
    return AudioSample(x.reshape(len(c), 1, -1).astype(np.float32), c, *names, layers=layers(N_LAYERS))


def test_layers_that_mislead_elsewhere_are_left_out(sample):
    data = VoiceData(sample, np.ones(len(sample), bool), K, neutral=0)
    fitted = fit_voices(data, list(corpus_folds(sample.corpus)), seed=0, candidates=[CANDIDATE])
    assert fitted.candidate.layers == "lower half" == fitted.report["chosen"]["layers"]
    assert Candidate.of(fitted.report["chosen"]) == fitted.candidate
    assert fitted.layers["lower half"] > fitted.layers[ALL] + 0.05
    used = np.abs(fitted.audio.weights @ fitted.audio.projection.components).max(axis=0) > 0
    assert np.array_equal(used, layer_sets(sample.layers)["lower half"])


def test_a_space_of_some_layers_is_that_of_their_numbers_alone(sample):
    half = fit_audio_model(sample, K, replace(CANDIDATE, layers="upper half"), 0)[0]
    used = layer_sets(sample.layers)["upper half"]
    alone = fit_audio_model(replace(sample, a=sample.a[..., used], layers=None), K, CANDIDATE, 0)[0]
    assert np.allclose(half.scores(sample.a[:, 0]), alone.scores(sample.a[:, 0][:, used]), atol=1e-4)


def test_numbers_are_of_the_layers_that_the_front_end_lays_there(encoders):
    first, second = encoders
    config = FrontendConfig(f"{first}+{second}", pooling=("mean", "std"))
    places = layers_of(AudioFrontend(config))
    assert len(places) == AudioFrontend(config).dim == 2 * (3 * 32 + 4 * 32)
    waveform = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    a = AudioFrontend(config).embed([waveform])[0]
    alone = AudioFrontend(replace(config, encoder=second, layers=(2,)))
    assert np.allclose(a[(places == (1, 2)).all(axis=1)], alone.embed([waveform])[0], atol=1e-5)
    with_prosody = AudioFrontend(FrontendConfig(first, prosody=True))
    assert (layers_of(with_prosody)[3 * 32 :] == NO_LAYER).all()
