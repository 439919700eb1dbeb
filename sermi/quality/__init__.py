"""How good generated features are, beside how much they tell: each measure stands next to what real data reaches.

A number by itself says little in hundreds of dimensions with few samples, so each comes as `Scored(value, real)`: `value`
compares generated features with real ones of speakers that were left out, `real` compares other real features with the same, in
sets of the same size with the same classes. No measure sees everything: precision and coverage can't tell copies from new
samples, memorisation can't see collapse, and a classifier taught by samples may do well with a caricature. Show them together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from sermi.errors import SermiError
from sermi.quality.statistics import frechet, nearness, neighbourhoods, taught, two_sample

NEIGHBOURS = 5
_FEWEST = 6
"""In a class: one more than the neighbours that a ball reaches to."""


class QualityError(SermiError):
    """The sets can't be compared; the message says what to change."""


@dataclass(frozen=True)
class Measure:
    """What a measure is called, which way is better, and what it says, in one line for everybody."""

    name: str
    title: str
    better: Literal["higher", "lower"]
    description: str
    source: str


_ALL = (
    Measure(
        "frechet",
        "Fréchet distance",
        "lower",
        "How far the cloud of generated features is from that of real ones, in place and in shape.",
        "Heusel et al. 2017",
    ),
    Measure(
        "precision",
        "Precision",
        "higher",
        "Share of generated features that lie where real ones lie: how plausible they are.",
        "Kynkäänniemi et al. 2019",
    ),
    Measure(
        "recall",
        "Recall",
        "higher",
        "Share of real features that lie where generated ones lie: how much of real variety they reach.",
        "Kynkäänniemi et al. 2019",
    ),
    Measure(
        "density",
        "Density",
        "higher",
        "How many real neighbourhoods a generated feature falls into: precision that one outlier can't flatter.",
        "Naeem et al. 2020",
    ),
    Measure(
        "coverage",
        "Coverage",
        "higher",
        "Share of real features that have a generated one next to them: variety that one outlier can't flatter.",
        "Naeem et al. 2020",
    ),
    Measure(
        "two_sample",
        "Two-sample test",
        "lower",
        "How often a classifier tells generated from real features of the same emotion; 50 % is pure guessing.",
        "Lopez-Paz and Oquab 2017",
    ),
    Measure(
        "taught",
        "Trained on generated, tested on real",
        "higher",
        "Recall on real speech of a classifier that has met generated features only.",
        "Esteban et al. 2017",
    ),
    Measure(
        "memorisation",
        "Distance to training samples",
        "higher",
        "How far generated features keep from the training samples, 1 being as far as new real speech; 0 is a copy.",
        "Meehan et al. 2020",
    ),
)
MEASURES: Mapping[str, Measure] = MappingProxyType({measure.name: measure for measure in _ALL})
"""In the order in which they are shown."""


@dataclass(frozen=True)
class Scored:
    """value: of the generated features. real: the same measure of real features in their place."""

    value: float
    real: float


@dataclass(frozen=True)
class _Set:
    """Features (N, d) and their codes (N,)."""

    h: np.ndarray
    c: np.ndarray

    def rows(self, rows: np.ndarray) -> _Set:
        return _Set(self.h[rows], self.c[rows])

    def balanced(self, sizes: np.ndarray, rng: np.random.Generator) -> _Set:
        """That many random rows of each class, sorted by class."""
        return self.rows(
            np.concatenate([rng.permutation(np.flatnonzero(self.c == k))[:n] for k, n in enumerate(sizes)])
        )


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
    most max_samples in all; the classifier that is taught sees whole sets, and memorisation is against the whole of train.

    Raises:
        QualityError: NaN, widths or lengths that don't fit, an unknown name, or a class with fewer than 6 samples.
    """
    made, known, left = (
        _checked(what, h, codes, n_classes)
        for what, h, codes in (
            ("generated", generated, c),
            ("train", train, train_c),
            ("held_out", held_out, held_out_c),
        )
    )
    _same_width(made, known, left)
    found = _against(left, made, known, n_classes, seed, max_samples, names)
    if names is None or "memorisation" in names:
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(left.h))[:max_samples]
        first, second = left.h[order[::2]], left.h[order[1::2]]
        made_rows = made.balanced(_sizes((made, left), n_classes, max_samples), rng)
        new = nearness(left.h[order], known.h)
        found["memorisation"] = Scored(
            nearness(made_rows.h, known.h) / new, nearness(first, known.h) / nearness(second, known.h)
        )
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
    """The measures that need no training data, where only a reference of real features (M, d) is at hand.

    The reference is split by speaker (M,): `value` compares generated with one half, `real` the other half with it. Classes
    that were not generated are left out.

    Raises:
        QualityError: as `measure_quality`, or a reference whose speakers can't be split with every class on both sides.
    """
    real, made = (
        _checked("reference", reference, reference_c, n_classes),
        _checked("generated", generated, c, n_classes),
    )
    _same_width(made, real)
    speaker = np.asarray(speaker)
    if speaker.shape != (len(real.c),):
        raise QualityError(f"speaker must name one speaker for each of the {len(real.c)} reference samples.")
    wanted = np.unique(made.c)
    keep = np.isin(real.c, wanted)
    codes = {k: i for i, k in enumerate(wanted)}
    real, made = (
        _Set(side.h[rows], np.array([codes[k] for k in side.c[rows]], dtype=np.int64))
        for side, rows in ((real, keep), (made, np.ones(len(made.c), bool)))
    )
    first = _half(real.c, speaker[keep], len(wanted), seed)
    found = _against(real.rows(~first), made, real.rows(first), len(wanted), seed, max_samples, names)
    if len(wanted) < 2:
        found.pop("taught", None)  # nothing can be told apart
    return found


def _against(
    left: _Set, made: _Set, other: _Set, n_classes: int, seed: int, max_samples: int, names: Sequence[str] | None
) -> dict[str, Scored]:
    unknown = sorted(set(names or ()) - MEASURES.keys())
    if unknown:
        raise QualityError(f"There is no measure '{unknown[0]}'; use {', '.join(MEASURES)}.")
    sizes = _sizes((left, made, other), n_classes, max_samples)
    rng = np.random.default_rng(seed)
    target, *sides = (side.balanced(sizes, rng) for side in (left, made, other))
    measured: dict[str, Callable[[int], float]] = {
        "frechet": lambda i: frechet(sides[i].h, target.h),
        "two_sample": lambda i: float(
            np.mean([two_sample(sides[i].h[target.c == k], target.h[target.c == k], seed) for k in range(n_classes)])
        ),
        "taught": lambda i: taught((made, other)[i].h, (made, other)[i].c, left.h, left.c) if n_classes > 1 else 0.0,
    }
    wanted = [name for name in MEASURES if names is None or name in names]
    near = [
        neighbourhoods(target.h, side.h, NEIGHBOURS)
        if {"precision", "recall", "density", "coverage"} & set(wanted)
        else {}
        for side in sides
    ]
    found = {}
    for name in wanted:
        if name in measured:
            found[name] = Scored(measured[name](0), measured[name](1))
        elif name in near[0]:
            found[name] = Scored(near[0][name], near[1][name])
    return found


def _sizes(sides: Sequence[_Set], n_classes: int, max_samples: int) -> np.ndarray:
    """(K,) how many samples of each class every set can give."""
    counts = np.stack([np.bincount(side.c, minlength=n_classes) for side in sides])
    return np.minimum(counts.min(axis=0), max(_FEWEST, max_samples // n_classes))


def _half(c: np.ndarray, speaker: np.ndarray, n_classes: int, seed: int) -> np.ndarray:
    """(N,) mask of half of the speakers; of 32 random halves the one whose rarest class on either side is most frequent."""
    speakers, rng = np.unique(speaker), np.random.default_rng(seed)
    best, most = np.zeros(len(c), bool), 0
    for _ in range(32):
        side = np.isin(speaker, rng.permutation(speakers)[: len(speakers) // 2])
        rarest = min(np.bincount(c[rows], minlength=n_classes).min() for rows in (side, ~side))
        if rarest > most:
            best, most = side, rarest
    if most < _FEWEST:
        raise QualityError(
            f"The reference can't be split by speaker with {_FEWEST} samples of every class on both sides; give more speakers."
        )
    return best


def _checked(what: str, h: Any, c: Any, n_classes: int) -> _Set:
    features, codes = np.asarray(h, dtype=np.float64), np.asarray(c)
    if features.ndim != 2 or codes.shape != (len(features),):
        raise QualityError(
            f"{what} must be (samples, features) with one code each, not {features.shape} and {codes.shape}."
        )
    if not np.isfinite(features).all():
        raise QualityError(f"{what} holds NaN or infinite values; leave those samples out.")
    if codes.dtype.kind not in "iu" or (len(codes) and (codes.min() < 0 or codes.max() >= n_classes)):
        raise QualityError(f"The codes of {what} must be whole numbers from 0 to {n_classes - 1}.")
    count = np.bincount(codes, minlength=n_classes)
    few = np.flatnonzero((count < _FEWEST) & ((count > 0) | (what not in ("generated", "reference"))))
    if len(few) or not len(codes):
        k = int(few[0]) if len(few) else 0
        raise QualityError(f"Class {k} of {what} has {int(count[k])} samples; at least {_FEWEST} are needed.")
    return _Set(features, codes.astype(np.int64))


def _same_width(*sides: _Set) -> None:
    widths = sorted({side.h.shape[1] for side in sides})
    if len(widths) > 1:
        raise QualityError(f"The sets are {' and '.join(map(str, widths))} wide; compare features of one width.")
