"""Clips of a voice move its emotions towards what they show of these, as far as voices left out say."""

from dataclasses import replace

import numpy as np
import pytest

from sermi.voice import ShiftFactors, with_shifts
from tests.sermi.voice.simulation import DIM, NEUTRAL, K, Simulated, recall, unlabelled

FULL = ShiftFactors(1.0, 1.0)


def expressive(truth):
    """Voices that differ in how they express an emotion as much as in anything else."""
    return replace(truth, speaker_class=9 * truth.speaker_class, shifts=FULL)


def of_each(voice, n=2):
    c = np.repeat(np.arange(K), n)
    return voice.model.posterior(voice.clips(c), c)


def test_a_full_shift_leads_to_where_the_joint_gaussian_has_the_emotions(truth):
    emotions = [0, 0, NEUTRAL]
    x = Simulated(truth, np.random.default_rng(17)).clips(np.array(emotions))
    posterior = replace(truth, shifts=FULL).posterior(x, emotions)
    np.testing.assert_allclose(
        truth.means + posterior.mean + posterior.shifts, truth.places(x, emotions).means, atol=1e-9
    )
    half = replace(truth, shifts=ShiftFactors(0.5, 0.5)).posterior(x, emotions)
    np.testing.assert_allclose(half.shifts, posterior.shifts / 2)
    assert truth.posterior(x, emotions).shifts is None


def test_without_clips_nothing_is_shifted(truth):
    h = np.random.default_rng(9).normal(size=(5, DIM))
    whole = replace(truth, shifts=ShiftFactors(1.0, 1.0, 2.0))
    empty = whole.posterior(np.zeros((0, DIM)))
    assert np.array_equal(whole.log_probabilities(h, empty), truth.log_probabilities(h))


def test_the_order_of_clips_does_not_matter(truth):
    rng, model = np.random.default_rng(8), replace(truth, shifts=ShiftFactors(0.25, 0.5))
    clips, emotions = Simulated(truth, rng).clips(rng.integers(K, size=7)), [None, 2, None, 2, 0, None, None]
    order = rng.permutation(7)
    one, other = model.posterior(clips, emotions), model.posterior(clips[order], [emotions[i] for i in order])
    np.testing.assert_allclose(one.shifts, other.shifts, atol=1e-9)


def test_known_classes_lose_the_penalty_where_others_have_no_clips(truth):
    model = replace(truth, shifts=ShiftFactors(penalty=1.5))
    x = Simulated(truth, np.random.default_rng(3)).clips(np.arange(K))
    h = np.random.default_rng(9).normal(size=(5, DIM))
    some, plain = model.posterior(x[:2], [0, 1]), truth.posterior(x[:2], [0, 1])
    lost = truth.discriminant(plain).scores(h) - model.discriminant(some).scores(h)
    np.testing.assert_allclose(lost, np.tile([1.5, 1.5, 0, 0], (5, 1)), atol=1e-12)
    for emotions in (list(range(K)), None):
        same, before = model.posterior(x, emotions), truth.posterior(x, emotions)
        assert np.array_equal(model.log_probabilities(h, same), truth.log_probabilities(h, before))


def test_shifts_help_where_voices_express_emotions_differently(truth):
    shifted = expressive(truth)
    offset_alone = replace(shifted, shifts=ShiftFactors())
    assert recall(shifted, of_each) > recall(offset_alone, of_each) + 0.05
    assert recall(shifted, unlabelled(20)) > recall(offset_alone, unlabelled(20))


@pytest.mark.parametrize("emotion", range(K))
def test_unlabelled_clips_of_one_emotion_do_no_harm(truth, emotion):
    model = replace(truth, shifts=ShiftFactors(0.25))
    one_emotion = recall(model, lambda voice: model.posterior(voice.clips(np.full(5, emotion))))
    assert one_emotion > recall(model, unlabelled(0)) - 0.02


def test_as_much_is_chosen_as_helps_voices_left_out(truth, held_out):
    alike = replace(truth, corpus_class=0 * truth.rest, speaker_class=0 * truth.rest)
    chosen = {}
    for name, model in {"expressive": expressive(truth), "alike": alike}.items():
        rng, parts = np.random.default_rng(5), []
        for part in held_out:
            voices, c = [Simulated(model, rng) for _ in range(8)], np.tile(np.arange(K), 12)
            h = np.concatenate([voice.clips(c) for voice in voices])
            parts.append(
                replace(part, model=model, h=h, c=np.tile(c, 8), speaker=np.repeat(np.arange(8), len(c)).astype(str))
            )
        kept = with_shifts(parts, neutral=NEUTRAL)
        (chosen[name],) = {part.model.shifts for part in kept}
        assert [part.h is before.h for part, before in zip(kept, parts, strict=True)] == [True] * len(parts)
    assert chosen["expressive"].unknown > 0
    assert chosen["expressive"].known > 0
    assert (chosen["alike"].unknown, chosen["alike"].known) == (0, 0)


def test_voices_of_one_emotion_each_choose_nothing(truth, held_out):
    part = held_out[0]
    one_each = replace(part, c=np.full(len(part.c), NEUTRAL))
    (kept,) = with_shifts([one_each], neutral=NEUTRAL)
    assert kept.model.shifts == ShiftFactors()


def test_places_of_emotions_without_known_clips_move_as_the_answers_do(truth):
    x = Simulated(truth, np.random.default_rng(17)).clips(np.array([0, 0, NEUTRAL]))
    model = replace(truth, shifts=ShiftFactors(0.5, 0.25))
    posterior, places = model.posterior(x), model.places(x)
    np.testing.assert_allclose(places.means, truth.means + posterior.mean + posterior.shifts)
    known = model.places(x, [0, None, None]).means
    np.testing.assert_allclose(known[0], truth.places(x, [0, None, None]).means[0])
    assert not np.allclose(known[NEUTRAL], truth.places(x, [0, None, None]).means[NEUTRAL])
