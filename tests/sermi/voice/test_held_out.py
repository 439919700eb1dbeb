"""Temperatures are chosen on voices left out."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax

from sermi.voice import (
    choose_temperatures,
)
from tests.sermi.voice.simulation import (
    K,
    Simulated,
)


def test_temperatures_mend_scores_that_are_too_sure(truth, held_out):
    temperatures = choose_temperatures(held_out)
    assert temperatures.sizes == (0, 1, 3, 8)  # nobody has 40 clips
    assert [temperatures(n) for n in (0, 8, 100)] == [temperatures.values[i] for i in (0, 3, 3)]
    assert temperatures(2) == pytest.approx((temperatures(1) + temperatures(3)) / 2)
    # what the true model claims is right as it is; half its spread is too sure
    narrow = {name: getattr(truth, name) / 4 for name in ("corpus", "speaker", "corpus_class", "speaker_class", "rest")}
    rng, sure = np.random.default_rng(12), []
    for part in held_out:
        voices = [Simulated(truth, rng) for _ in range(12)]
        c = [rng.integers(K, size=12) for _ in voices]
        h = np.concatenate([voice.clips(codes) for voice, codes in zip(voices, c, strict=True)])
        sure.append(
            replace(part, model=replace(truth, **narrow), h=h, c=np.concatenate(c), speaker=np.repeat(range(12), 12))
        )
    assert choose_temperatures(sure, contexts=[0])(0) == pytest.approx(4, rel=0.25)
    right = choose_temperatures([replace(part, model=truth) for part in sure])
    assert right(0) == pytest.approx(1, rel=0.25)
    # a context's clips are taken for what they were recognised as, and sometimes aren't
    assert right(3) > right(0)


def test_calibrated_with_context(truth, held_out):
    model, divisor = held_out[0].model, choose_temperatures(held_out)(3)
    rng, confidence, right = np.random.default_rng(13), [], []
    for _ in range(300):
        voice, c = Simulated(truth, rng), rng.integers(K, size=10)
        posterior = model.posterior(voice.clips(rng.integers(K, size=3)))
        p = softmax(model.log_probabilities(voice.clips(c), posterior) / divisor, axis=1)
        confidence.append(p.max(axis=1).mean())
        right.append(np.mean(p.argmax(axis=1) == c))
    assert np.mean(confidence) == pytest.approx(np.mean(right), abs=0.06)


def test_clips_whose_emotion_is_known_have_temperatures_of_their_own(held_out):
    temperatures = choose_temperatures(held_out, contexts=[0, 3], neutral=1)
    assert temperatures.known_sizes == (1, 3)
    assert temperatures(3, 3) == temperatures.known_values[1] != temperatures(3)
    assert temperatures(4, 1) == pytest.approx(0.75 * temperatures(4) + 0.25 * temperatures(4, 4))
    assert choose_temperatures(held_out, contexts=[0, 3]) == replace(temperatures, known_sizes=(), known_values=())
    older = replace(temperatures, known_sizes=(), known_values=())
    assert older(3, 3) == temperatures(3)
    posterior = held_out[0].model.posterior(held_out[0].h[:3], [1, None, 1])
    assert (posterior.n, posterior.n_known) == (3, 2)
