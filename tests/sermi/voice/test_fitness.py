"""Two voices mixed up are noticed."""

import numpy as np
import pytest

from sermi.voice import (
    FitTest,
    KnownVoice,
    voice_ratios,
)
from tests.sermi.voice.simulation import (
    DIM,
    NEUTRAL,
    K,
    Simulated,
)


def far_voice(truth, voice):
    """Another voice, not near."""
    other = Simulated(truth, voice.rng)
    other.offset = voice.offset + 6 * np.linalg.cholesky(truth.speaker) @ np.ones(DIM) / np.sqrt(2)
    return other


def test_two_voices_mixed_up_are_noticed_and_parted(truth, held_out, fit_test):
    rng = np.random.default_rng(10)
    model = held_out[0].model
    alone, mixed, kept_own, kept_other = [], [], [], []
    for _ in range(60):
        voice = Simulated(truth, rng)
        own, other = (v.clips(rng.integers(K, size=n)) for v, n in ((voice, 8), (far_voice(truth, voice), 2)))
        alone.append(fit_test.fits(model, own))
        clips = np.concatenate([own, other])
        mixed.append(fit_test.fits(model, clips))
        kept = fit_test.fitting(model, clips)
        kept_own.append(kept[:8].mean())
        kept_other.append(kept[8:].mean())
    assert np.mean(alone) > 0.85
    assert np.mean(mixed) < 0.3
    assert np.mean(kept_own) > 0.8
    assert np.mean(kept_other) < 0.3


def test_a_stranger_is_not_admitted(truth, held_out, fit_test):
    rng = np.random.default_rng(12)
    model, own, other = held_out[0].model, [], []
    for n in np.repeat([1, 3, 8], 60):
        voice = Simulated(truth, rng)
        known = KnownVoice(model, voice.clips(rng.integers(K, size=n)))
        own.append(fit_test.admits(known, voice.clips(rng.integers(K, size=1))[0]))
        other.append(fit_test.admits(known, far_voice(truth, voice).clips(rng.integers(K, size=1))[0]))
    assert np.mean(own) > 0.9
    assert np.mean(other) < 0.4


def test_a_further_clip_has_the_ratio_that_it_has_among_the_others(truth):
    clips = Simulated(truth, np.random.default_rng(13)).clips(np.array([0, 1, 2, 3, NEUTRAL]))
    expected = voice_ratios(truth, clips, [0, 1, 2, 3, None])[-1]
    assert KnownVoice(truth, clips[:-1], [0, 1, 2, 3]).ratio(clips[-1]) == pytest.approx(expected)


def test_one_clip_or_none_always_fits(truth):
    test = FitTest((2, 8), (0.0, 1.0), (-1.0, 0.0))
    assert [test.threshold(n) for n in (2, 5, 30)] == [0.0, 0.5, 1.0]
    assert test.fits(truth, np.zeros((0, DIM)))
    assert test.fits(truth, 100 * np.ones((1, DIM)))
    assert test.fitting(truth, 100 * np.ones((1, DIM))).tolist() == [True]
    assert voice_ratios(truth, np.ones((1, DIM))).tolist() == [0.0]


def test_known_emotions_count_in_the_ratio(truth):
    clips = Simulated(truth, np.random.default_rng(11)).clips(np.full(4, NEUTRAL))
    assert voice_ratios(truth, clips, [NEUTRAL] * 4).mean() > voice_ratios(truth, clips, [0, 1, 2, 3]).mean()
