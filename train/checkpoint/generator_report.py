"""What is measured of the generators of a checkpoint before it is shipped."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from sermi import mi
from sermi.augment.training import TrainedGenerator
from sermi.features import Features
from sermi.mi.discriminant import pair_information_by_emotion
from sermi.models.generator import Generator
from sermi.quality import QualityError, measure_quality
from train.samples import AudioSample

_log = logging.getLogger(__name__)

N_MEASURED = 4_000
"""Generated features that information is measured of."""
_MAX_REAL_PAIRS = 4_000
"""InfoNCE scores each pair with all others."""
_N_GROUPS = 8
"""Generated pairs are dealt to so many groups, which stand for the speakers that critics are cross-fitted by."""


def generator_report(
    trained: Mapping[str, TrainedGenerator],
    *,
    real: mi.MIEstimate,
    train: Features,
    test: Features,
    seed: int,
) -> dict[str, Any]:
    """What each generator's samples and pairs carry by a fresh critic, and their quality, beside real features.

    Args:
        trained: by regulariser.
        real: I(c; h) of the training speakers.
        train: real features of the training speakers, paired with text features.
        test: real features of speakers that no training saw.
        seed: of samples, folds and critics.
    """
    n_classes = int(train.c.max()) + 1
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(train))[:_MAX_REAL_PAIRS]
    real_pairs = pair_information_by_emotion(
        train.h[rows], train.text[rows], train.c[rows], groups=train.speaker[rows], seed=seed
    )
    report: dict[str, Any] = {
        "what": "I(c; h): held-out, cross-fitted linear critic, nats; real data by speaker. Pairs: I(h; t) as far as it runs "
        "through the emotion. Quality: generated features against speakers kept out, and training features in their place",
        "real": {
            "information": real.as_dict(),
            "pair_information_by_emotion": round(real_pairs, 4),
        },
    }
    codes = np.arange(N_MEASURED) % n_classes
    groups = rng.integers(_N_GROUPS, size=N_MEASURED)
    for name, result in trained.items():
        generator = result.generator
        generated = _sample_h(generator, codes, seed)
        # as many of each class as there are real ones, so that both teach a classifier as well as they can
        like_training = _sample_h(generator, train.c, seed)
        report[name] = {
            "information": mi.LabelInformation(seed=seed).estimate(generated, codes).as_dict(),
            "pair_information_by_emotion": round(_pair_information(generator, codes, groups, seed), 4),
            "quality": _quality(like_training, train, test, n_classes=n_classes, seed=seed),
            "spread": round(float(generator.spread), 3),
            "log": result.log,
        }
    return report


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
        measured = critic.estimate(_sample_h(generator, codes, seed), codes).value
        spread = float(generator.spread)
        low, high = (spread, high) if measured > information else (low, spread)


def real_information(h: np.ndarray, sample: AudioSample, seed: int) -> mi.MIEstimate:
    """I(c; h) of real features h (N, d), measured on speakers that the critic never saw."""
    return mi.LabelInformation(seed=seed).estimate(h, sample.c, sample.speaker)


def _sample_h(generator: Generator, c: np.ndarray, seed: int) -> np.ndarray:
    """Generated audio features (n, d) of codes c (n,)."""
    return generator.sample(torch.from_numpy(c), seed=seed)[0].numpy()


def _pair_information(generator: Generator, codes: np.ndarray, groups: np.ndarray, seed: int) -> float:
    """I(h; t) of generated pairs, nats, as far as it runs through the emotion."""
    h, t = (
        side.numpy() for side in generator.sample(torch.from_numpy(codes), seed=seed, pairs=True) if side is not None
    )
    return pair_information_by_emotion(h, t, codes, groups=groups, seed=seed)


def _quality(
    generated: np.ndarray, train: Features, test: Features, *, n_classes: int, seed: int
) -> dict[str, dict[str, float]]:
    """Each measure of features generated for train.c; none where the held-out speakers have too few of a class.

    The checkpoint is as good without it.
    """
    try:
        measured = measure_quality(
            generated,
            train.c,
            train=train.h,
            train_c=train.c,
            held_out=test.h,
            held_out_c=test.c,
            n_classes=n_classes,
            seed=seed,
        )
    except QualityError as error:
        _log.warning("The quality of generated features was not measured. %s", error)
        return {}
    return {
        name: {"value": round(quality.value, 4), "real": round(quality.real, 4)} for name, quality in measured.items()
    }
