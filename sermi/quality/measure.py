"""The measures of a generated set: which samples are compared with which, and what real samples reach in their place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from sermi.quality.interface import MEASURES, QualityError, Scored
from sermi.quality.sets import NEIGHBOURS, FeatureSet, checked, common_classes, common_sizes, split_speakers
from sermi.quality.statistics import c2st, frechet_distance, median_nearest_distance, prdc, train_on_generated

_MAX_TEACHERS = 20_000
"""A classifier may be taught by more than neighbourhoods are found in: it costs little, and few samples teach mostly noise."""
_NEIGHBOURLY = ("precision", "recall", "density", "coverage")


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
    """All measures, or those in `names`, of generated (N, d) with codes c (N,).

    train (M, d), train_c: real features that the generator was trained on; held_out (L, d), held_out_c: of other speakers.
    `value` compares generated, and `real` train, with held_out. Of each class all sets give equally many random samples, at
    most about max_samples in all. What teaches a classifier need not be as few, so there only generated and train are
    equal. Classes that were not generated are left out; of a single class `taught` is, too.

    memorisation: how far generated samples are from the nearest of all training samples, over how far held-out ones are, both
    as medians; `real` is the same of one half of the held-out ones over the other. A generator that draws new samples of the
    training speakers is a little below 1, because held-out speakers are others.

    Raises:
        QualityError: NaN, widths or lengths that don't fit, an unknown name, or a generated class with fewer than 6 samples in
            any of the sets.
    """
    wanted = _wanted(names)
    made, known, left = (
        checked(name, h, codes, n_classes)
        for name, h, codes in (
            ("generated", generated, c),
            ("train", train, train_c),
            ("held_out", held_out, held_out_c),
        )
    )
    (made, kept, left), _ = common_classes(made, known, left)
    with threadpool_limits(limits=1):  # many small fits: more threads cost more than they save
        found = _compared(left, made, kept, wanted, seed, max_samples)
        if "memorisation" in wanted:
            found["memorisation"] = _memorisation(made, known.h, left, seed, max_samples)
    return found


def measure_against_reference(
    generated: Any,
    c: Any,
    reference: Any,
    reference_c: Any,
    speaker: Any,
    *,
    n_classes: int,
    seed: int = 0,
    max_samples: int = 2000,
    names: Sequence[str] | None = None,
) -> dict[str, Scored]:
    """The measures that need no training data, so all but memorisation, where only real features (M, d) are at hand.

    The reference is split by speaker (M,): `value` compares generated with one half, `real` the other half with it, in sets
    alike as in `measure_quality`. Both are means over the halves, each being compared with once: halves of few speakers
    differ. Classes that were not generated are left out; of a single class `taught` is, too.

    Raises:
        QualityError: as `measure_quality`, memorisation asked for by name, or a reference whose speakers can't be split with
            6 samples of every class on both sides.
    """
    wanted = _wanted(names)
    if names is not None and "memorisation" in names:
        raise QualityError("memorisation needs the training samples, and a reference doesn't hold them.")
    made, real = checked("generated", generated, c, n_classes), checked("reference", reference, reference_c, n_classes)
    speaker = np.asarray(speaker)
    if speaker.shape != (len(real.c),):
        raise QualityError(f"speaker must name one speaker for each of the {len(real.c)} reference samples.")
    (made, real), (_, rows) = common_classes(made, real)
    first = split_speakers(real.c, speaker[rows], np.random.default_rng(seed))
    with threadpool_limits(limits=1):
        one, other = (
            _compared(real.rows(~side), made, real.rows(side), wanted, seed, max_samples) for side in (first, ~first)
        )
    return {
        name: Scored((one[name].value + other[name].value) / 2, (one[name].real + other[name].real) / 2) for name in one
    }


def _wanted(names: Sequence[str] | None) -> list[str]:
    """In the order of MEASURES."""
    unknown = sorted(set(names or ()) - MEASURES.keys())
    if unknown:
        raise QualityError(f"There is no measure '{unknown[0]}'; use {', '.join(MEASURES)}.")
    return [name for name in MEASURES if names is None or name in names]


def _compared(
    left: FeatureSet, made: FeatureSet, other: FeatureSet, wanted: Sequence[str], seed: int, max_samples: int
) -> dict[str, Scored]:
    """The wanted measures of made, and of other in its place, against left; but not memorisation."""
    rng = np.random.default_rng(seed)
    sizes = common_sizes((left, made, other), max_samples)
    # made comes last, so that what is generated never changes which real samples are compared
    target, real, generated = (side.sample(sizes, rng) for side in (left, other, made))
    teaching = common_sizes((made, other), _MAX_TEACHERS)
    teachers = [side.sample(teaching, rng) for side in (other, made)]
    by_side = []
    for side, teacher in zip((real, generated), teachers, strict=True):
        found = {}
        if "frechet" in wanted:
            found["frechet"] = frechet_distance(target.h, side.h)
        if any(name in wanted for name in _NEIGHBOURLY):
            found |= prdc(target.h, side.h, NEIGHBOURS)
        if "two_sample" in wanted:
            rows = [target.c == k for k in range(len(sizes))]
            found["two_sample"] = float(np.mean([c2st(side.h[of], target.h[of], seed) for of in rows]))
        if "taught" in wanted and len(sizes) > 1:
            found["taught"] = train_on_generated(teacher.h, teacher.c, left.h, left.c)
        by_side.append(found)
    real_found, made_found = by_side
    return {name: Scored(made_found[name], real_found[name]) for name in wanted if name in made_found}


def _memorisation(made: FeatureSet, training: np.ndarray, left: FeatureSet, seed: int, max_samples: int) -> Scored:
    """Nearness to training (M, d) of samples of made, over that of as many of each class of left (Meehan et al. 2020)."""
    rng = np.random.default_rng(seed)
    sizes = common_sizes((left, made), max_samples)
    new, generated = (side.sample(sizes, rng).h for side in (left, made))
    # sorted by class, so that every other one is a half with the same classes
    first, second, whole = (median_nearest_distance(x, training) for x in (new[::2], new[1::2], new))
    if min(second, whole) == 0:
        raise QualityError("Most held_out samples are also in train; keep those out that the generator was trained on.")
    return Scored(median_nearest_distance(generated, training) / whole, first / second)
