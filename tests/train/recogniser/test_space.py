"""The space of features, on simulated voices, and the recordings that train it."""

from dataclasses import replace

import numpy as np
import pytest

from train.recogniser.space import SpaceConfig, fit_space, shows_voice
from train.samples import AudioSample

K, EACH, WIDTH = 4, 12, 40


@pytest.fixture(scope="module")
def sample():
    """Two corpora of six speakers: emotions lie in two directions, voices in three, and the rest is noise of any size."""
    rng = np.random.default_rng(0)
    scale = rng.uniform(0.5, 2, WIDTH)
    a, c, speaker, corpus = [], [], [], []
    for v in range(12):
        voice = np.zeros(WIDTH)
        voice[2:5] = 3 * rng.normal(size=3)
        for k in range(K):
            emotion = np.zeros(WIDTH)
            emotion[:2] = 3 * np.array([np.cos(k * np.pi / 2), np.sin(k * np.pi / 2)])
            a.append((emotion + voice + rng.normal(size=(EACH, WIDTH))) * scale)
            c += [k] * EACH
            speaker += [f"s{v}"] * EACH
            corpus += [f"c{v % 2}"] * EACH
    rows = np.concatenate(a).astype(np.float32)
    return AudioSample(rows[:, None], np.array(c), np.array(speaker), np.array(corpus))


def test_recordings_of_a_cell_vary_by_one_in_every_direction(sample):
    h = fit_space(sample, SpaceConfig(dim=10, shrinkage=0.0), seed=0).projection(sample.a)[:, 0]
    cells = [h[(sample.speaker == s) & (sample.c == k)] for s in np.unique(sample.speaker) for k in range(K)]
    within = np.mean([np.cov(cell.T, bias=True) for cell in cells], axis=0)
    assert np.allclose(within, np.eye(10), atol=0.02)


def test_emotions_and_voices_come_first_and_a_narrower_space_is_part_of_a_wider_one(sample):
    wide, narrow = (fit_space(sample, SpaceConfig(dim=dim, shrinkage=0.0), seed=0).projection for dim in (10, 5))
    assert np.allclose(wide.components[:5], narrow.components, atol=1e-4)
    h = wide(sample.a)[:, 0]
    means = np.stack(
        [h[(sample.speaker == s) & (sample.c == k)].mean(0) for s in np.unique(sample.speaker) for k in range(K)]
    )
    variance = means.var(axis=0)
    assert variance[:5].min() > 5 * variance[5:].max()


def distances(h):
    return np.linalg.norm(h[:, None] - h[None], axis=-1)


def test_training_features_are_made_by_what_other_speakers_show(sample):
    """Other labels for a speaker turn their recordings, and change nothing about how these lie to each other."""
    own = sample.speaker == "s3"
    c = sample.c.copy()
    c[own] = np.random.default_rng(1).permutation(c[own])
    before, after = (
        fit_space(replace(sample, c=codes), SpaceConfig(dim=5), seed=0).features[own, 0] for codes in (sample.c, c)
    )
    assert not np.allclose(before, after, atol=1e-3)
    assert np.allclose(distances(before), distances(after), rtol=1e-3, atol=1e-3)


def test_training_speakers_lie_as_new_ones_do():
    """Cells that differ by chance alone: along directions that were found for them they lie apart, new ones don't."""
    rng = np.random.default_rng(2)
    c, speaker = (part.ravel() for part in np.meshgrid(np.tile(np.arange(K), 4), np.arange(16)))
    names = np.char.add("s", speaker.astype(str))

    def noise():
        a = rng.normal(size=(len(c), 1, 200)).astype(np.float32)
        return AudioSample(a, c, names, np.full(len(c), "c"))

    def share(h):
        """Of the variance, that which is between cells."""
        means = np.array([h[(names == s) & (c == k)].mean(axis=0) for s in np.unique(names) for k in range(K)])
        return means.var(axis=0).sum() / h.var(axis=0).sum()

    trained, new = noise(), noise()
    space = fit_space(trained, SpaceConfig(dim=10), seed=0)
    in_sample = share(space.projection(trained.a)[:, 0])
    crossed, of_new = share(space.features[:, 0]), share(space.projection(new.a)[:, 0])
    assert in_sample > 1.5 * of_new
    assert abs(crossed - of_new) < 0.2 * of_new


def test_a_single_speaker_is_projected_as_it_is(sample):
    one = sample.where(sample.speaker == "s0")
    space = fit_space(one, SpaceConfig(dim=3), seed=0)
    assert np.allclose(space.features, space.projection(one.a), atol=1e-4)


def test_speakers_whose_emotion_is_tied_to_something_else_do_not_train():
    c = np.array([0, 1, 0, 0, 1, 0, 1, 2])
    speaker = np.array(["a", "a", "b", "emotts_nea", "emotts_nea", "emotts_ema", "emotts_ema", "d"])
    corpus = np.array(["x", "x", "x", "emotts", "emotts", "emotts", "emotts", "y"])
    # b has one emotion and a has two; d is all that y has
    assert shows_voice(c, speaker, corpus).tolist() == [True, True, False, False, False, True, True, True]
