import numpy as np

from sermi.mi.discriminant import pair_information_by_emotion, speaker_disjoint_information
from sermi.stats.gaussians import balanced_noise, class_gaussians


def test_class_gaussians_find_means_and_pooled_covariance():
    rng = np.random.default_rng(0)
    truth = np.array([[2.0, 0.6], [0.6, 1.0]])
    c = np.repeat([0, 1, 3], [20_000, 5_000, 20_000])
    means = np.array([[0, 0], [5, 1], [9, 9], [-3, 2]])
    x = means[c] + rng.multivariate_normal([0, 0], truth, len(c))
    fitted, factor = class_gaussians(x, c, 4, shrinkage=0.0)
    assert np.allclose(fitted[[0, 1, 3]], means[[0, 1, 3]], atol=0.06)
    assert np.isnan(fitted[2]).all()
    assert np.allclose(factor @ factor.T, truth, atol=0.05)
    _, round_factor = class_gaussians(x, c, 4, shrinkage=1.0)
    assert np.allclose(round_factor @ round_factor.T, 1.5 * np.eye(2), atol=0.05)


def test_balanced_noise_has_exact_moments_where_samples_are_many_and_means_where_they_are_few():
    codes = np.array([0] * 41 + [1] * 6)
    z = balanced_noise(codes, 10, np.random.default_rng(0))
    even = balanced_noise(np.zeros(60, int), 10, np.random.default_rng(1))
    assert np.allclose(even.mean(0), 0)
    assert np.allclose(even.T @ even / 60, np.eye(10))
    assert np.allclose(z[codes == 1].mean(0), 0)
    assert np.isfinite(z).all()


def test_information_is_zero_without_any_and_high_where_classes_are_apart(speech_like):
    rng = np.random.default_rng(0)
    c = rng.integers(4, size=2_000)
    speaker = rng.integers(10, size=2_000)
    assert speaker_disjoint_information(rng.normal(size=(2_000, 8)), c, speaker, seed=0) < 0.02
    apart = 8 * np.eye(4)[c] + rng.normal(size=(2_000, 4))
    assert speaker_disjoint_information(apart, c, speaker, seed=0) > 0.95 * np.log(4)


def test_information_counts_what_other_speakers_show():
    """Features that name a class only within a speaker carry nothing to the next one."""
    rng = np.random.default_rng(0)
    n_speakers, n_each = 12, 40
    speaker = np.repeat(np.arange(n_speakers), n_each)
    c = np.tile(np.arange(2), n_speakers * n_each // 2)
    codes = rng.normal(size=(n_speakers, 2, 20))
    h = 3 * codes[speaker, c] + rng.normal(size=(len(c), 20))
    assert speaker_disjoint_information(h, c, speaker, seed=0) < 0.05
    assert speaker_disjoint_information(h, c, rng.integers(8, size=len(c)), seed=0) > 0.1


def test_pairs_that_share_the_emotion_alone_carry_of_each_other_what_it_carries():
    """Two of four emotions a side can't be confused: I(h; t) = I(c; h) = I(c; t) = log 4; dealt anew it is 0."""
    rng = np.random.default_rng(0)
    c, groups = rng.integers(4, size=2_000), rng.integers(8, size=2_000)
    h, t = (8 * np.eye(4)[c] + rng.normal(size=(2_000, 4)) for _ in range(2))
    assert abs(pair_information_by_emotion(h, t, c, groups, seed=0) - np.log(4)) < 0.02
    plain = rng.normal(size=(2_000, 4))
    assert abs(pair_information_by_emotion(h, plain, c, groups, seed=0)) < 0.02
