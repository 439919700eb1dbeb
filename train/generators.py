"""The generators of a checkpoint: one for each regulariser, and what is measured of each before it is shipped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from sermi import mi
from sermi.models.generator import Generator
from train.discriminant import Sample
from train.gaussians import class_gaussians
from train.generator import GeneratorConfig, Regulariser, TrainedGenerator, fit_generator
from train.metrics import UA

REGULARISERS: tuple[Regulariser, ...] = ("match", "maximise", "off")
"""The one that is used unless another is asked for comes first."""
STEPS = 400
N_MEASURED = 4_000


def fit_generators(
    h: np.ndarray,
    t: np.ndarray,
    c: np.ndarray,
    n_classes: int,
    weights: np.ndarray,
    real: mi.MIEstimate,
    seed: int,
) -> dict[Regulariser, TrainedGenerator]:
    """h: (N, d), t: (N, dt) label-matched, c, weights: (N,). real: I(c; h) on speakers left out, which `match` aims at."""
    return {
        regulariser: fit_generator(
            h,
            c,
            n_classes,
            config=GeneratorConfig(regulariser, steps=STEPS),
            t=t,
            weights=weights,
            real_information=real.value,
            seed=seed,
        )
        for regulariser in REGULARISERS
    }


def generator_report(
    generators: Mapping[str, Generator],
    real: mi.MIEstimate,
    h: np.ndarray,
    c: np.ndarray,
    test: tuple[np.ndarray, np.ndarray],
    seed: int,
) -> dict[str, Any]:
    """What each generator's samples tell by a fresh critic, beside the real features; and what a last layer learns from them.

    h: (N, d), c: (N,) real training features; test: the same of speakers that no training saw.
    """
    n_classes = int(c.max()) + 1
    report: dict[str, Any] = {
        "what": "I(c; h): held-out, cross-fitted linear critic, nats; real data by speaker. UA: discriminant trained on "
        "generated features alone, tested on held-out speakers",
        "real": {"information": real.as_dict(), "UA": _taught(h, c, test, n_classes)},
    }
    codes = np.arange(N_MEASURED) % n_classes
    for name, generator in generators.items():
        made = generator.sample(torch.from_numpy(codes), seed=seed)[0].numpy()
        report[name] = {
            "information": mi.LabelInformation(seed=seed).estimate(made, codes).as_dict(),
            "UA": _taught(made, codes, test, n_classes),
            "spread": round(float(generator.spread), 3),
        }
    return report


def real_information(h: np.ndarray, sample: Sample, seed: int) -> mi.MIEstimate:
    """I(c; h) of real features, measured on speakers that the critic never saw."""
    return mi.LabelInformation(seed=seed).estimate(h, sample.c, sample.speaker)


def _taught(h: np.ndarray, c: np.ndarray, test: tuple[np.ndarray, np.ndarray], n_classes: int) -> float:
    means, factor = class_gaussians(h, c, n_classes, 0.15)
    x, centres = (np.linalg.solve(factor, rows.T).T for rows in (test[0].astype(np.float64), means))
    predicted = (x @ centres.T - 0.5 * (centres**2).sum(axis=1)).argmax(axis=1)
    return round(UA(test[1], predicted, n_classes), 4)
