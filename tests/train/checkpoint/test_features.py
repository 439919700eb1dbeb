"""Training features of a checkpoint are found again in its own space, on simulated voices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from sermi import checkpoint as checkpoints
from sermi.errors import SermiError
from sermi.models.baseline import Projection
from sermi.voice import VoiceSettings
from train.checkpoint.features import features_of, learnt_views
from train.recogniser import discriminant
from train.recogniser.voices import FEWEST_CROSS_FITTED, Candidate, fit_audio_model
from train.samples import AudioSample

K, WIDTH, DIM = 4, 60, 8
CANDIDATE = Candidate(DIM, VoiceSettings(0.4))


def recordings(seed: int, each: int = 40) -> AudioSample:
    """Of 20 speakers: emotions lie in two directions, voices in three, speakers differ in how they express an emotion."""
    rng = np.random.default_rng(seed)
    truth = np.random.default_rng(0)
    emotion, voice = truth.normal(size=(K, WIDTH)), truth.normal(size=(3, WIDTH))
    a, c, speaker = [], [], []
    for v in range(20):
        offset = rng.normal(size=3) @ voice
        for k in range(K):
            own = rng.normal(size=WIDTH)
            a.append(emotion[k] + offset + own + 2 * rng.normal(size=(each, WIDTH)))
            c += [k] * each
            speaker += [f"s{v}"] * each
    rows = np.concatenate(a).astype(np.float32)[:, None]
    return AudioSample(rows, np.array(c), np.array(speaker), np.full(len(c), "one"))


@pytest.fixture(scope="module")
def sample():
    return recordings(1)


@pytest.fixture(scope="module")
def trained(sample):
    return ~np.isin(sample.speaker, ["s18", "s19"])


@pytest.fixture(scope="module")
def made(sample, trained):
    """A checkpoint whose space is of these recordings, and the features that it learnt from."""
    learnt = sample.where(trained)
    assert len(learnt) < FEWEST_CROSS_FITTED < len(learnt) * 2
    learnt = with_views(learnt)
    audio, h = fit_audio_model(learnt, K, CANDIDATE, 0)
    projection = Projection(WIDTH, DIM)
    values = {"centre": audio.projection.centre, "scale": audio.projection.scale}
    weights = {"linear.weight": audio.projection.components, "linear.bias": np.zeros(DIM)}
    projection.load_state_dict({k: torch.from_numpy(np.asarray(v, np.float32)) for k, v in (values | weights).items()})
    model = torch.nn.Module()
    model.audio_projection = projection.requires_grad_(False)
    one = checkpoints.load("open4")
    training = one.config.training | {"views": 1, "cross_fitted": True, "seed": 0}
    metrics = one.metrics | {"voices": {"chosen": CANDIDATE.report}}
    return replace(one, model=model, config=replace(one.config, training=training), metrics=metrics), h


def with_views(sample: AudioSample) -> AudioSample:
    """Each with a view that is itself, somewhat louder."""
    return replace(sample, a=np.concatenate([sample.a, 1.01 * sample.a], axis=1))


def apart(h: np.ndarray, other: np.ndarray) -> float:
    """Root mean square of the difference over that of h around its mean."""
    return float(np.linalg.norm(h - other) / np.linalg.norm(other - other.mean(axis=0)))


def test_they_are_those_that_it_learnt_from_and_others_are_projected(sample, trained, made):
    checkpoint, learnt = made
    assert learnt_views(checkpoint) == 1
    h = features_of(checkpoint, with_views(sample), trained)
    own = checkpoint.model.audio_projection(torch.from_numpy(sample.a[:, 0])).numpy()
    assert apart(h[trained], learnt) < 0.01
    assert np.array_equal(h[~trained], own[~trained])
    assert apart(own[trained], learnt) > 0.1


def test_they_stay_in_its_space_when_rows_come_in_another_order(sample, trained, made, monkeypatch):
    """Components are of a draw of the rows, so that another order gives another space."""
    checkpoint, learnt = made
    order = np.random.default_rng(0).permutation(len(sample))
    monkeypatch.setattr(discriminant, "MAX_PCA_ROWS", 1_000)
    h = np.empty((len(sample), DIM))
    h[order] = features_of(checkpoint, with_views(sample.where(order)), trained[order])
    assert apart(h[trained], learnt) < 0.35
    turned = fit_audio_model(with_views(sample.where(order[trained[order]])), K, CANDIDATE, 0)[1]
    put_back = np.empty((len(sample), DIM))
    put_back[order[trained[order]]] = turned
    assert apart(put_back[trained], learnt) > apart(h[trained], learnt)


def test_other_recordings_are_refused(sample, trained, made):
    noise = replace(sample, a=np.random.default_rng(0).normal(size=sample.a.shape).astype(np.float32))
    with pytest.raises(SermiError, match="not those that the checkpoint was made of"):
        features_of(made[0], with_views(noise), trained)


def test_a_checkpoint_that_learnt_from_projected_features_keeps_them(sample, trained, made):
    checkpoint, _ = made
    older = {name: value for name, value in checkpoint.config.training.items() if name != "cross_fitted"}
    before = replace(checkpoint, config=replace(checkpoint.config, training=older))
    assert learnt_views(before) == 0
    own = checkpoint.model.audio_projection(torch.from_numpy(sample.a[:, 0])).numpy()
    assert np.array_equal(features_of(before, sample, trained), own)


def test_of_few_recordings_features_are_projected():
    few = recordings(2, each=5)
    audio, h = fit_audio_model(few, K, CANDIDATE, 0)
    assert np.allclose(h, audio.features(few.a[:, 0]), atol=1e-4)
