"""Voices of a simulated hierarchy, whose parts and offsets are known."""

import numpy as np
from scipy.stats import chi2

K, DIM, NEUTRAL = 4, 6, 2
CLASSES = ("angry", "happy", "neutral", "sad")


def covariance(rng, scale):
    root = rng.normal(size=(DIM, 2 * DIM)) / np.sqrt(2 * DIM)
    return scale**2 * root @ root.T


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
