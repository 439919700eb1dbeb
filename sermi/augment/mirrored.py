"""Noise that comes in pairs of opposite sign, so that few generated rows have the class means that they were drawn around.

Where a class gets some dozens of rows, their mean is off by as much as that of real ones is, and a classifier learns both
errors. Antithetic draws (Glasserman, Monte Carlo Methods in Financial Engineering, 2003, sections 4.2 and 4.5) take theirs out:
a voice and its opposite say rows in turn, each row of the one having the opposite noise of its neighbour's.
"""

from __future__ import annotations

import numpy as np
import torch

from sermi.models.generator import CLIPS_PER_VOICE, GeneratorShape, Noise, Voices
from sermi.stats.gaussians import balanced_noise


def mirrored_voices(c: np.ndarray, shape: GeneratorShape) -> Voices:
    """Who says rows of codes c (N,): a class's rows alternate between the two voices of a pair, 2 i and 2 i + 1.

    With `CLIPS_PER_VOICE` rows of each emotion a voice, or one where the generator knows no voices; all of one corpus.
    """
    rank = _rank_in_class(c)
    pair = rank // (2 * CLIPS_PER_VOICE if shape.voices else 2)
    return Voices(torch.from_numpy(2 * pair + rank % 2), torch.zeros(len(c), dtype=torch.long))


def mirrored_noise(c: np.ndarray, voices: Voices, shape: GeneratorShape, seed: int) -> Noise:
    """Of rows of codes c (N,) that `mirrored_voices` say. What a row is by itself also has a covariance of exactly 1 where its
    class has over 2 d rows."""
    random, d = np.random.default_rng(seed), shape.feature_dim
    rest = _side_by_side(balanced_noise(c, d, random), c)
    if not shape.voices:
        return Noise(torch.from_numpy(rest).float(), *torch.zeros(2, len(c), d))
    number = voices.number.numpy()
    pair, sign = number // 2, np.where(number % 2, -1.0, 1.0)[:, None]
    n_pairs = int(pair.max(initial=-1)) + 1
    speaker = random.standard_normal((n_pairs, d))[pair]
    speaker_class = random.standard_normal((n_pairs, shape.n_classes, d))[pair, c]
    return Noise(*(torch.from_numpy(part).float() for part in (rest, sign * speaker, sign * speaker_class)))


def _rank_in_class(c: np.ndarray) -> np.ndarray:
    """(N,) how many rows of its class stand before a row."""
    rank = np.empty(len(c), dtype=np.int64)
    for k in np.unique(c):
        rank[c == k] = np.arange(np.count_nonzero(c == k))
    return rank


def _side_by_side(z: np.ndarray, c: np.ndarray) -> np.ndarray:
    """(N, d) `balanced_noise`, which has a class's mirrored rows half a class apart, with each next to the other."""
    out = np.empty_like(z)
    for k in np.unique(c):
        of_class = z[c == k]
        rank = np.arange(len(of_class))
        out[c == k] = of_class[rank // 2 + rank % 2 * ((len(rank) + 1) // 2)]
    return out
