"""Voices on simulated hierarchies, whose parts and offsets are known."""

from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save_file
from scipy.special import softmax
from scipy.stats import chi2, multivariate_normal

from sermi.errors import SermiError
from sermi.voice import (
    FitTest,
    Voice,
    VoiceModel,
    VoiceSettings,
    choose_fit_test,
    choose_temperatures,
    fit_voice_model,
    held_out_voices,
    voice_ratios,
)

K, DIM, NEUTRAL = 4, 6, 2
CLASSES = ("angry", "happy", "neutral", "sad")


def covariance(rng, scale):
    root = rng.normal(size=(DIM, 2 * DIM)) / np.sqrt(2 * DIM)
    return scale**2 * root @ root.T


@pytest.fixture(scope="module")
def truth():
    """The model that simulated features come from; one sentence is recognised in about three of four cases."""
    rng = np.random.default_rng(0)
    parts = [covariance(rng, scale) for scale in (1.2, 0.3, 1.2, 0.4, 1.0)]
    return VoiceModel(2.6 * rng.normal(size=(K, DIM)) / np.sqrt(2), *parts, score_factor=1.0)


class Simulated:
    """A voice of a model: its offset, and clips of it."""

    def __init__(self, model, rng):
        self.model, self.rng = model, rng
        self.offset = self.normal(model.offset)
        self.class_offsets = np.stack([self.normal(model.class_offset) for _ in range(K)])

    def normal(self, covariance, size=None):
        return self.rng.multivariate_normal(np.zeros(DIM), covariance, size)

    def clips(self, c):
        return self.model.means[c] + self.offset + self.class_offsets[c] + self.normal(self.model.rest, len(c))


def corpora(model, rng, *, n_corpora=8, n_speakers=10, each=6):
    """Features, codes, speakers and corpora of a simulated collection."""
    h, c, speaker, corpus = [], [], [], []
    for j in range(n_corpora):
        o = rng.multivariate_normal(np.zeros(DIM), model.corpus)
        i = rng.multivariate_normal(np.zeros(DIM), model.corpus_class, K)
        for v in range(n_speakers):
            s = rng.multivariate_normal(np.zeros(DIM), model.speaker)
            u = rng.multivariate_normal(np.zeros(DIM), model.speaker_class, K)
            codes = np.repeat(np.arange(K), each)
            h.append(
                (model.means + o + i + s + u)[codes] + rng.multivariate_normal(np.zeros(DIM), model.rest, len(codes))
            )
            c.append(codes)
            speaker += [f"{j}-{v}"] * len(codes)
            corpus += [f"{j}"] * len(codes)
    return {
        "h": np.concatenate(h),
        "c": np.concatenate(c),
        "speaker": np.array(speaker),
        "corpus": np.array(corpus),
        "n_classes": K,
    }


@pytest.fixture(scope="module")
def held_out(truth):
    return held_out_voices(
        **corpora(truth, np.random.default_rng(1), n_corpora=5, n_speakers=6),
        settings=VoiceSettings(0.05, score_factor=1.0),
    )


@pytest.fixture(scope="module")
def fit_test(held_out):
    return choose_fit_test(held_out, n_draws=4)


def recall(model, context, *, n_voices=200, seed=2):
    """Of 20 further clips of each of many voices, the share that is recognised; context(voice) is their posterior."""
    rng = np.random.default_rng(seed)
    right = []
    for _ in range(n_voices):
        voice, c = Simulated(model, rng), rng.integers(K, size=20)
        h = voice.clips(c)
        right.append(np.mean(model.log_probabilities(h, context(voice)).argmax(axis=1) == c))
    return float(np.mean(right))


def unlabelled(n):
    return lambda voice: voice.model.posterior(voice.clips(voice.rng.integers(K, size=n)))


def coverage(truth, model, n, *, known, n_voices=500):
    """The share of voices whose offset lies in the posterior's 50 % and 90 % region."""
    rng, distances = np.random.default_rng(3), []
    for _ in range(n_voices):
        voice, c = Simulated(truth, rng), rng.integers(K, size=n)
        posterior = model.posterior(voice.clips(c), c if known else None)
        error = voice.offset - posterior.mean
        distances.append(error @ np.linalg.solve(posterior.covariance, error))
    return [float(np.mean(np.array(distances) <= chi2.ppf(level, DIM))) for level in (0.5, 0.9)]


@pytest.mark.parametrize("n", [1, 3, 8, 20])
def test_the_posterior_covers_the_offset_as_often_as_it_claims(truth, n):
    assert coverage(truth, truth, n, known=True) == pytest.approx([0.5, 0.9], abs=0.05)


@pytest.mark.parametrize("n", [3, 8, 20])
def test_so_it_does_where_no_emotion_is_known_but_emotions_lie_apart(truth, n):
    apart = replace(truth, means=4 * truth.means)
    assert coverage(apart, apart, n, known=False) == pytest.approx([0.5, 0.9], abs=0.05)


@pytest.fixture(scope="module")
def fitted(truth):
    training = corpora(truth, np.random.default_rng(4), n_corpora=60, n_speakers=15, each=12)
    return fit_voice_model(**training, settings=VoiceSettings(0.01, score_factor=1.0))


def test_so_does_that_of_a_fitted_model(truth, fitted):
    assert coverage(truth, fitted, 8, known=True) == pytest.approx([0.5, 0.9], abs=0.06)


def test_the_parts_of_a_fitted_model_are_those_of_the_simulation(truth, fitted):
    for part in ("corpus", "corpus_class", "speaker", "speaker_class", "rest"):
        true, estimate = getattr(truth, part), getattr(fitted, part)
        assert np.trace(estimate) == pytest.approx(np.trace(true), rel=0.4)
        assert np.sum(true * estimate) / np.linalg.norm(true) / np.linalg.norm(estimate) > 0.85
    assert np.abs(fitted.means - truth.means).max() < 0.6


def test_speakers_and_corpora_count_equally_however_many_recordings_they_have(truth):
    training = corpora(truth, np.random.default_rng(6), n_corpora=3, n_speakers=3, each=2)
    rows = np.concatenate([np.arange(72), np.flatnonzero(training["speaker"] == "1-1")])
    repeated = {name: value[rows] if name != "n_classes" else value for name, value in training.items()}
    one, other = fit_voice_model(**training), fit_voice_model(**repeated)
    for part in ("means", "corpus", "corpus_class", "speaker", "speaker_class"):
        np.testing.assert_allclose(getattr(one, part), getattr(other, part), atol=1e-12)


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


def test_one_clip_or_none_always_fits(truth):
    test = FitTest((2, 8), (0.0, 1.0))
    assert [test.threshold(n) for n in (2, 5, 30)] == [0.0, 0.5, 1.0]
    assert test.fits(truth, np.zeros((0, DIM)))
    assert test.fits(truth, 100 * np.ones((1, DIM)))
    assert test.fitting(truth, 100 * np.ones((1, DIM))).tolist() == [True]
    assert voice_ratios(truth, np.ones((1, DIM))).tolist() == [0.0]


def test_known_emotions_count_in_the_ratio(truth):
    clips = Simulated(truth, np.random.default_rng(11)).clips(np.full(4, NEUTRAL))
    assert voice_ratios(truth, clips, [NEUTRAL] * 4).mean() > voice_ratios(truth, clips, [0, 1, 2, 3]).mean()


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


@pytest.mark.parametrize(
    ("clips", "emotions"),
    [
        (np.zeros((2, DIM + 1)), None),
        (np.full((2, DIM), np.nan), None),
        (np.zeros(DIM), None),
        (np.zeros((2, DIM)), [NEUTRAL]),
        (np.zeros((2, DIM)), [K, 0]),
        (np.zeros((2, DIM)), [-2, 0]),
    ],
)
def test_what_does_not_fit_a_model_is_refused_in_one_sentence(truth, clips, emotions):
    with pytest.raises(SermiError, match=r"^[^.]*(\.\d[^.]*)*\.$"):
        truth.posterior(clips, emotions)


@pytest.mark.parametrize(
    "change",
    [
        {"h": np.zeros((0, DIM)), "c": np.zeros(0, int), "speaker": np.array([]), "corpus": np.array([])},
        {"h": np.full((96, DIM), np.inf)},
        {"h": np.zeros((96, DIM))},
        {"c": np.zeros(96, int)},
        {"c": np.full(96, K)},
        {"settings": VoiceSettings(0.0)},
        {"corpus": np.arange(96).astype(str)},
        {"speaker": np.arange(96).astype(str), "corpus": np.repeat("one", 96)},
        {"speaker": np.repeat("one", 96), "corpus": np.repeat("one", 96)},
    ],
)
def test_recordings_that_do_not_determine_a_model_are_refused(truth, change):
    training = corpora(truth, np.random.default_rng(14), n_corpora=2, n_speakers=2)
    with pytest.raises(SermiError, match=r"^[^.]*(\.\d[^.]*)*\.$"):
        fit_voice_model(**(training | change))


def test_repeated_and_extreme_clips_stay_finite(truth):
    for clips in (np.zeros((30, DIM)), np.full((3, DIM), 1e6), np.zeros((1, DIM))):
        posterior = truth.posterior(clips)
        assert np.isfinite(posterior.mean).all()
        assert np.isfinite(truth.log_probabilities(clips, posterior)).all()
        assert np.linalg.eigvalsh(posterior.covariance).min() > 0


def test_a_voice_is_saved_and_loaded(tmp_path):
    voice = Voice(CLASSES, source="open4")
    assert (len(voice), voice.clips.shape, voice.emotions.tolist()) == (0, (0, 0), [])
    rng = np.random.default_rng(15)
    h = rng.normal(size=(3, DIM)).astype(np.float32)
    for row, emotion in zip(h, (None, "neutral", "sad"), strict=True):
        voice.add(row, emotion)
    voice.remove(0)
    voice.save(tmp_path / "voice.safetensors")
    loaded = Voice.load(tmp_path / "voice.safetensors", classes=CLASSES, source="open4")
    assert loaded.emotions.tolist() == [2, 3]
    assert np.array_equal(loaded.clips, h[1:])
    loaded.remove(0)
    loaded.remove(0)
    loaded.save(tmp_path / "empty.safetensors")
    assert len(Voice.load(tmp_path / "empty.safetensors")) == 0


def test_a_voice_without_clips_is_the_prior(truth):
    voice = Voice(CLASSES)
    assert np.array_equal(truth.posterior(voice.clips, voice.emotions).mean, truth.prior.mean)


def test_what_is_no_voice_is_refused(tmp_path):
    voice = Voice(CLASSES, source="open4")
    voice.add(np.zeros(DIM))
    path = tmp_path / "voice.safetensors"
    voice.save(path)
    (tmp_path / "text").write_text("no voice")
    save_file({"clips": np.zeros((1, DIM))}, tmp_path / "other.safetensors")
    for mistake in (
        lambda: voice.add(np.zeros(DIM + 1)),
        lambda: voice.add(np.full(DIM, np.nan)),
        lambda: voice.add(np.zeros(DIM), "joyous"),
        lambda: voice.remove(1),
        lambda: Voice.load(path, source="open7"),
        lambda: Voice.load(path, classes=CLASSES[:2]),
        lambda: Voice.load(tmp_path / "text"),
        lambda: Voice.load(tmp_path / "other.safetensors"),
        lambda: Voice.load(tmp_path / "missing"),
    ):
        with pytest.raises(SermiError):
            mistake()
    assert len(voice) == 1
