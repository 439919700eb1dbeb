"""The last layer with and without generated samples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sermi import checkpoint as checkpoints
from sermi import shipped
from sermi.errors import CheckpointError, SermiError
from sermi.quality.learning_curve import N_DRAWS, _deal, _fit, learning_curve, most_real


@pytest.fixture(scope="module")
def checkpoint():
    return checkpoints.load("open4")


def test_few_real_samples_gain_and_all_of_them_are_the_last_point(checkpoint):
    found = learning_curve(checkpoint, 2)
    assert found.sizes[-1] == most_real(checkpoint)
    assert 2 in found.sizes
    assert found.alone.shape == found.together.shape == (len(found.sizes), N_DRAWS)
    assert ((found.alone >= 0) & (found.together <= 1)).all()
    assert found.gain[found.sizes.index(2)].mean() > 0.05
    # real features alone learn from more of them
    assert found.alone[-1].mean() > found.alone[0].mean() + 0.05
    assert found.generated.mean() > 1 / 4


def test_the_same_seed_gives_the_same_curve(checkpoint):
    one, other = (learning_curve(checkpoint, seed=5) for _ in range(2))
    assert np.array_equal(one.together, other.together)


@pytest.mark.parametrize("name", shipped.available())
def test_speakers_are_on_one_side_only_and_every_class_on_both(name):
    checkpoint = checkpoints.load(name)
    real, k = checkpoint.reference, len(checkpoint.config.classes)
    for seed in range(20):
        half = _deal(real, k, np.random.default_rng(seed))
        assert not set(real.speaker[half]) & set(real.speaker[~half])
        assert set(real.c[half]) == set(real.c[~half]) == set(range(k))


def test_the_fit_is_a_minimum_of_what_it_says():
    """Against scikit-learn's, whose objective is the same up to a factor."""
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    c = np.arange(300) % 3
    h = rng.normal(0, 1, (300, 6)) + 2 * np.eye(3)[c] @ rng.normal(0, 1, (3, 6))
    scaled = (h - h.mean(axis=0)) / np.sqrt(((h - h.mean(axis=0)) ** 2).mean())
    theirs = LogisticRegression(C=1 / (0.01 * len(h)), max_iter=1000, tol=1e-8).fit(scaled, c).predict_proba(scaled)
    odds = np.exp(_fit(h, c, 3)(h))
    assert np.abs(odds / odds.sum(axis=1, keepdims=True) - theirs).max() < 0.01


@pytest.mark.parametrize("n", [0, 10_000])
def test_a_number_out_of_range(checkpoint, n):
    with pytest.raises(SermiError, match="real samples of each class"):
        learning_curve(checkpoint, n)


def test_one_speaker_can_not_be_dealt(checkpoint):
    real = checkpoint.reference
    alone = replace(checkpoint, reference=replace(real, speaker=np.zeros_like(real.speaker)))
    with pytest.raises(SermiError, match="too few speakers"):
        learning_curve(alone)


def test_without_a_generator(checkpoint):
    with pytest.raises(CheckpointError, match="carries no generator"):
        learning_curve(replace(checkpoint, generators={}))
