"""What is measured of the generators of a checkpoint before it is shipped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from sermi import mi
from sermi.augment.training import TrainedGenerator
from sermi.features import Features
from sermi.mi.discriminant import pair_information_by_emotion
from sermi.models.generator import Generator
from train.checkpoint.information import generated_information
from train.checkpoint.set_quality import RealSpeech, judged
from train.samples import AudioSample

_MAX_REAL_PAIRS = 4_000
"""InfoNCE scores each pair with all others."""
_N_PAIRS = 4_000
"""Generated ones that information is measured of."""
_N_GROUPS = 8
"""Generated pairs are dealt to so many groups, which stand for the speakers that critics are cross-fitted by."""


def generator_report(
    trained: Mapping[str, TrainedGenerator],
    *,
    real: mi.MIEstimate,
    train: Features,
    sample: AudioSample,
    speech: RealSpeech,
    seed: int,
) -> dict[str, Any]:
    """What each generator's samples and pairs carry by a fresh critic, and their quality, beside real features.

    Args:
        trained: by regulariser.
        real: I(c; h) of the training speakers.
        train: real features of the training speakers, paired with text features.
        sample: whose they are, which generated ones are drawn like.
        speech: all real speech, which quality is measured against.
        seed: of samples, folds and critics.
    """
    n_classes = int(train.c.max()) + 1
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(train))[:_MAX_REAL_PAIRS]
    real_pairs = pair_information_by_emotion(
        train.h[rows], train.text[rows], train.c[rows], groups=train.speaker[rows], seed=seed
    )
    report: dict[str, Any] = {
        "what": "I(c; h): held-out, cross-fitted linear critic, nats, by speaker; generated features are of as many voices, of "
        "the same corpora, and measured by voice. Pairs: I(h; t) as far as it runs "
        "through the emotion. "
        "Quality: generated features beside one half of all real speakers, and the other half in their place, means over deals "
        "of speakers; low to high: where single real sets lie",
        "real": {
            "information": real.as_dict(),
            "pair_information_by_emotion": round(real_pairs, 4),
        },
    }
    codes = np.arange(_N_PAIRS) % n_classes
    groups = rng.integers(_N_GROUPS, size=_N_PAIRS)
    for name, result in trained.items():
        generator = result.generator
        report[name] = {
            "information": generated_information(generator, sample, seed).as_dict(),
            "pair_information_by_emotion": round(_pair_information(generator, codes, groups, seed), 4),
            **judged(generator, speech, seed),
            "spread": round(float(generator.spread), 3),
            "log": result.log,
        }
    return report


def _pair_information(generator: Generator, codes: np.ndarray, groups: np.ndarray, seed: int) -> float:
    """I(h; t) of generated pairs, nats, as far as it runs through the emotion."""
    h, t = (
        side.numpy() for side in generator.sample(torch.from_numpy(codes), seed=seed, pairs=True) if side is not None
    )
    return pair_information_by_emotion(h, t, codes, groups=groups, seed=seed)
