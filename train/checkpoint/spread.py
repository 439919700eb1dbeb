"""Match, for a checkpoint: real information by the critic that its card reports, and the spread that meets it."""

from __future__ import annotations

import numpy as np
import torch

from sermi import mi
from sermi.models.generator import Generator
from train.samples import AudioSample

N_MEASURED = 4_000
"""Generated features that information is measured of."""


def calibrate_spread(generator: Generator, information: float, *, seed: int, rounds: int = 6) -> None:
    """Bring a trained generator's spread to where a fresh critic measures that much I(c; ĥ), nats, in its samples.

    Training solves for the spread of the base with a quick critic and adds a residual; this is the last turn of the
    screw, with the critic that the figure is reported by. The spread stays within a factor of 2 of what it was.

    Args:
        generator: changed in place.
        information: I(c; h) of real features, nats.
        seed: of the samples and the critic.
        rounds: of bisection on the logarithm of the spread.
    """
    codes = np.arange(N_MEASURED) % generator.shape.n_classes
    low, high = float(generator.spread) / 2, float(generator.spread) * 2
    for _ in range(rounds):
        generator.spread.fill_((low * high) ** 0.5)
        critic = mi.LabelInformation(seed=seed, control=False)
        measured = critic.estimate(sample_h(generator, codes, seed), codes).value
        spread = float(generator.spread)
        low, high = (spread, high) if measured > information else (low, spread)


def real_information(h: np.ndarray, sample: AudioSample, seed: int) -> mi.MIEstimate:
    """I(c; h) of real features h (N, d), measured on speakers that the critic never saw."""
    return mi.LabelInformation(seed=seed).estimate(h, sample.c, sample.speaker)


def sample_h(generator: Generator, c: np.ndarray, seed: int) -> np.ndarray:
    """Generated audio features (n, d) of codes c (n,)."""
    return generator.sample(torch.from_numpy(c), seed=seed)[0].numpy()
