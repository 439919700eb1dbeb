"""The measures of a generated set: which samples are compared with which, and what real samples reach in their place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from sermi.quality.interface import QualityError, Scored
from sermi.quality.sets import NEIGHBOURS, FeatureSet, checked, common_classes, common_sizes
from sermi.quality.statistics import frechet_distance, median_nearest_distance, prdc, train_on_generated
from sermi.quality.two_sample import c2st

_MAX_TRAINING = 20_000
"""A classifier may be trained on more than neighbourhoods are found in: it costs little, and few samples are mostly noise."""
OF_PAIRS = ("frechet", "precision", "recall", "density", "coverage", "two_sample", "taught", "memorisation")
"""Keys of MEASURES that a set has beside one set of held-out features; `sermi.quality.judge` has the others, too."""
_OF_NEIGHBOURHOODS = ("precision", "recall", "density", "coverage")


def measure_quality(
    generated: Any,
    c: Any,
    *,
    train: Any,
    train_c: Any,
    held_out: Any,
    held_out_c: Any,
    n_classes: int,
    seed: int = 0,
    max_samples: int = 2000,
    names: Sequence[str] | None = None,
) -> dict[str, Scored]:
    """The measures in OF_PAIRS, or those in `names`, of generated features beside real ones.

    `value` compares generated, and `real` train, with held_out. Of each class all sets give equally many random samples.
    What a classifier is trained on need not be as few, so there only generated and train are equal. Classes that were not
    generated are left out; of a single class `taught` is, too.

    memorisation: how far generated samples are from the nearest of all training samples, over how far held-out ones are, both
    as medians; `real` is the same of one half of the held-out ones over the other. A generator that draws new samples of the
    training speakers is a little below 1, because held-out speakers are others.

    Args:
        generated: (N, d) features.
        c: (N,) their codes.
        train: (M, d) real features that the generator was trained on.
        train_c: (M,) their codes.
        held_out: (L, d) real features of other speakers.
        held_out_c: (L,) their codes.
        n_classes: K.
        seed: of all that is random.
        max_samples: of a set, about; distances are between all pairs.
        names: among OF_PAIRS; None for all.

    Raises:
        QualityError: NaN, widths or lengths that don't fit, an unknown name, or a generated class with fewer than 6 samples in
            any of the sets.
    """
    names = _checked_names(names)
    given = checked("generated", generated, c, n_classes)
    training = checked("train", train, train_c, n_classes)
    others = checked("held_out", held_out, held_out_c, n_classes)
    (samples, real, target), _ = common_classes(given, training, others)
    with threadpool_limits(limits=1):  # many small fits: more threads cost more than they save
        scored = _compare(target, samples, real, names, seed=seed, max_samples=max_samples)
        if "memorisation" in names:
            scored["memorisation"] = _memorisation(samples, training.h, target, seed=seed, max_samples=max_samples)
    return scored


def _checked_names(names: Sequence[str] | None) -> list[str]:
    """In the order of OF_PAIRS. Raises QualityError for a name that is not among them."""
    unknown = sorted(set(names or ()) - set(OF_PAIRS))
    if unknown:
        raise QualityError(f"There is no measure '{unknown[0]}' of two sets; use {', '.join(OF_PAIRS)}.")
    return [name for name in OF_PAIRS if names is None or name in names]


def _compare(
    target: FeatureSet,
    generated: FeatureSet,
    real: FeatureSet,
    names: Sequence[str],
    *,
    seed: int,
    max_samples: int,
) -> dict[str, Scored]:
    """Measures of generated, and of real in its place, against target; but not memorisation."""
    rng = np.random.default_rng(seed)
    sizes = common_sizes((target, generated, real), max_samples)
    # generated comes last, so that what is generated never changes which real samples are compared
    some_target, some_real, some_generated = (side.sample(sizes, rng) for side in (target, real, generated))
    training_sizes = common_sizes((generated, real), _MAX_TRAINING)
    training_real, training_generated = (side.sample(training_sizes, rng) for side in (real, generated))

    def measure(samples: FeatureSet, training: FeatureSet) -> dict[str, float]:
        values: dict[str, float] = {}
        if "frechet" in names:
            values["frechet"] = frechet_distance(some_target.h, samples.h)
        if any(name in names for name in _OF_NEIGHBOURHOODS):
            values |= prdc(some_target.h, samples.h, NEIGHBOURS)
        if "two_sample" in names:
            by_class = [some_target.c == k for k in range(len(sizes))]
            values["two_sample"] = float(
                np.mean([c2st(samples.h[rows], some_target.h[rows], seed) for rows in by_class])
            )
        if "taught" in names and len(sizes) > 1:
            values["taught"] = train_on_generated(training.h, training.c, target.h, target.c)
        return values

    of_real = measure(some_real, training_real)
    of_generated = measure(some_generated, training_generated)
    return {name: Scored(of_generated[name], of_real[name]) for name in names if name in of_generated}


def _memorisation(
    generated: FeatureSet, training: np.ndarray, held_out: FeatureSet, *, seed: int, max_samples: int
) -> Scored:
    """Nearness of generated to training (M, d), over that of as many held-out samples of each class (Meehan et al. 2020)."""
    rng = np.random.default_rng(seed)
    sizes = common_sizes((held_out, generated), max_samples)
    new, samples = (side.sample(sizes, rng).h for side in (held_out, generated))
    # sorted by class, so that every other one is a half with the same classes
    first, second, whole = (median_nearest_distance(x, training) for x in (new[::2], new[1::2], new))
    if min(second, whole) == 0:
        raise QualityError("Most held_out samples are also in train; keep those out that the generator was trained on.")
    return Scored(median_nearest_distance(samples, training) / whole, first / second)
