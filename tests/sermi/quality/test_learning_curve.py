"""The last layer with and without generated samples."""

from __future__ import annotations

import numpy as np
import pytest

from sermi import checkpoint as checkpoints
from sermi import shipped
from sermi.errors import SermiError
from sermi.generate import generate
from sermi.quality import learning_curve, most_real
from sermi.quality.learning_curve import N_DRAWS, N_GENERATED
from sermi.stats.folds import speaker_half


@pytest.fixture(scope="module")
def sets():
    """The reference of the shipped checkpoint, and what its generator makes."""
    checkpoint = checkpoints.load("open4")
    real = checkpoint.reference
    generated = generate(checkpoint, checkpoint.config.classes, N_GENERATED)
    return {
        "h": real.h,
        "c": real.c,
        "speaker": real.speaker,
        "generated_h": generated.h,
        "generated_c": generated.c,
    }


def test_few_real_samples_gain_and_all_of_them_are_the_last_point(sets):
    curve = learning_curve(**sets, n_real=2)
    assert curve.sizes[-1] == most_real(sets["c"])
    assert 2 in curve.sizes
    assert curve.alone.shape == curve.together.shape == (len(curve.sizes), N_DRAWS)
    assert ((curve.alone >= 0) & (curve.together <= 1)).all()
    assert curve.gain[curve.sizes.index(2)].mean() > 0.05
    assert curve.generated.mean() > 1 / 4
    assert curve.n_generated == N_GENERATED


def test_real_samples_alone_learn_from_more_of_them():
    """Of twelve voices of one corpus; the shipped reference has six of three, of which three say little about the others."""
    rng = np.random.default_rng(0)
    c, speaker = np.tile(np.arange(4), 120), np.repeat(np.arange(12), 40)
    h = 1.5 * np.eye(4, 20)[c] + 0.3 * rng.normal(size=(12, 20))[speaker] + rng.normal(size=(480, 20))
    curve = learning_curve(h, c, speaker, h[:40], c[:40])
    assert curve.alone[-1].mean() > curve.alone[0].mean() + 0.05
    assert (np.diff(curve.alone.mean(axis=1)) > 0).all()


def test_the_same_seed_gives_the_same_curve(sets):
    one, other = (learning_curve(**sets, seed=5) for _ in range(2))
    assert np.array_equal(one.together, other.together)


@pytest.mark.parametrize("name", shipped.available())
def test_speakers_are_on_one_side_only_and_every_class_on_both(name):
    checkpoint = checkpoints.load(name)
    real, k = checkpoint.reference, len(checkpoint.config.classes)
    for seed in range(20):
        half = speaker_half(real.c, real.speaker, np.random.default_rng(seed))
        assert not set(real.speaker[half]) & set(real.speaker[~half])
        assert set(real.c[half]) == set(real.c[~half]) == set(range(k))


@pytest.mark.parametrize("n", [0, 10_000])
def test_a_number_out_of_range(sets, n):
    with pytest.raises(SermiError, match="real samples of each class"):
        learning_curve(**sets, n_real=n)


def test_one_speaker_can_not_be_dealt(sets):
    with pytest.raises(SermiError, match="too few speakers"):
        learning_curve(**{**sets, "speaker": np.zeros_like(sets["speaker"])})
