"""What clips say about a voice: covered as often as claimed, and worth what it should be."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from tests.sermi.voice.simulation import (
    DIM,
    NEUTRAL,
    K,
    Simulated,
    coverage,
    recall,
    unlabelled,
)


@pytest.mark.parametrize("n", [1, 3, 8, 20])
def test_the_posterior_covers_the_offset_as_often_as_it_claims(truth, n):
    assert coverage(truth, truth, n, known=True) == pytest.approx([0.5, 0.9], abs=0.05)


@pytest.mark.parametrize("n", [3, 8, 20])
def test_so_it_does_where_no_emotion_is_known_but_emotions_lie_apart(truth, n):
    apart = replace(truth, means=4 * truth.means)
    assert coverage(apart, apart, n, known=False) == pytest.approx([0.5, 0.9], abs=0.05)


def test_clips_of_one_known_emotion_give_the_closed_form(truth):
    x = Simulated(truth, np.random.default_rng(7)).clips(np.full(3, NEUTRAL))
    gain = truth.offset @ np.linalg.inv(truth.rest / 3 + truth.class_offset + truth.offset)
    posterior = truth.posterior(x, [NEUTRAL] * 3)
    np.testing.assert_allclose(posterior.mean, gain @ (x.mean(axis=0) - truth.means[NEUTRAL]))
    np.testing.assert_allclose(posterior.covariance, truth.offset - gain @ truth.offset, atol=1e-10)


def test_the_order_of_clips_does_not_matter(truth):
    rng = np.random.default_rng(8)
    clips, emotions = Simulated(truth, rng).clips(rng.integers(K, size=7)), [None, 2, None, 2, 0, None, None]
    order = rng.permutation(7)
    one, other = truth.posterior(clips, emotions), truth.posterior(clips[order], [emotions[i] for i in order])
    np.testing.assert_allclose(one.mean, other.mean, atol=1e-9)
    np.testing.assert_allclose(one.covariance, other.covariance, atol=1e-9)


def test_without_clips_it_is_the_discriminant_with_the_sum_of_all_parts(truth):
    h = 3 * np.random.default_rng(9).normal(size=(50, DIM))
    total = truth.corpus + truth.corpus_class + truth.speaker + truth.speaker_class + truth.rest
    densities = np.stack([multivariate_normal(mean, total).logpdf(h) for mean in truth.means], axis=1)
    expected = densities - np.log(np.exp(densities).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(truth.log_probabilities(h), expected, atol=1e-9)
    empty = truth.posterior(np.zeros((0, DIM)))
    assert np.array_equal(truth.log_probabilities(h, empty), truth.log_probabilities(h))
    assert empty.n == 0


def test_more_clips_help(truth):
    recalls = [recall(truth, unlabelled(n)) for n in (0, 3, 20)]
    assert recalls == sorted(recalls)
    assert recalls[-1] > recalls[0] + 0.05


@pytest.mark.parametrize("emotion", range(K))
def test_unlabelled_clips_of_one_emotion_do_no_harm(truth, emotion):
    one_emotion = recall(truth, lambda voice: truth.posterior(voice.clips(np.full(5, emotion))))
    assert one_emotion > recall(truth, unlabelled(0)) - 0.02


def test_known_neutral_clips_help(truth):
    def neutral(voice):
        return truth.posterior(voice.clips(np.full(3, NEUTRAL)), [NEUTRAL] * 3)

    def unknown(voice):
        return truth.posterior(voice.clips(np.full(3, NEUTRAL)))

    assert recall(truth, neutral) > recall(truth, unknown) > recall(truth, unlabelled(0))


def test_known_and_unknown_clips_together_are_better_than_either(truth):
    def both(voice):
        clips = voice.clips(np.array([NEUTRAL, *voice.rng.integers(K, size=3)]))
        return truth.posterior(clips, [NEUTRAL, None, None, None])

    def neutral(voice):
        return truth.posterior(voice.clips(np.array([NEUTRAL])), [NEUTRAL])

    assert recall(truth, both) > max(recall(truth, neutral), recall(truth, unlabelled(3)))


def test_places_of_a_voice_are_those_of_the_joint_gaussian_of_all_that_is_known(truth):
    """Against brute force: places and clips are jointly Gaussian, so conditioning on the clips is one solve."""
    emotions = [0, 0, NEUTRAL]
    x = Simulated(truth, np.random.default_rng(17)).clips(np.array(emotions))
    places = truth.places(x, emotions)
    for k in range(K):
        own = np.array([1.0 if emotion == k else 0.0 for emotion in emotions])
        with_clips = np.kron(np.ones((1, 3)), truth.offset) + np.kron(own[None], truth.class_offset)
        same = np.equal.outer(emotions, emotions).astype(float)
        among = (
            np.kron(np.ones((3, 3)), truth.offset) + np.kron(same, truth.class_offset) + np.kron(np.eye(3), truth.rest)
        )
        gain = with_clips @ np.linalg.inv(among)
        around = (x - truth.means[emotions]).ravel()
        np.testing.assert_allclose(places.means[k], truth.means[k] + gain @ around, atol=1e-8)
        covariance = truth.offset + truth.class_offset - gain @ with_clips.T
        np.testing.assert_allclose(places.factors[k] @ places.factors[k].T, covariance, atol=1e-8)


def test_places_of_an_unknown_voice_are_the_class_means_and_all_that_voices_differ_in(truth):
    places = truth.places(np.zeros((0, DIM)))
    np.testing.assert_allclose(places.means, truth.means)
    for factor in places.factors:
        np.testing.assert_allclose(factor @ factor.T, truth.offset + truth.class_offset, atol=1e-9)
