"""Sets of features with their classes: checked, cut to the classes they share, and sampled alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sermi.quality.interface import QualityError

NEIGHBOURS = 5
FEWEST = NEIGHBOURS + 1
"""In a class: one more than the neighbours that a ball reaches to."""


@dataclass(frozen=True)
class FeatureSet:
    """Features with their classes, whosever they are."""

    h: np.ndarray
    """(N, d) float64."""
    c: np.ndarray
    """(N,) int64."""
    name: str
    """What messages call the set."""

    def rows(self, rows: np.ndarray) -> FeatureSet:
        """Those rows, given as indices or as a mask."""
        return FeatureSet(self.h[rows], self.c[rows], self.name)

    def sample(self, sizes: np.ndarray, rng: np.random.Generator) -> FeatureSet:
        """Random rows, sizes (K,) of each class, sorted by class."""
        return self.rows(
            np.concatenate([rng.permutation(np.flatnonzero(self.c == k))[:n] for k, n in enumerate(sizes)])
        )


def checked(name: str, h: Any, c: Any, n_classes: int) -> FeatureSet:
    """A set of what a user gave.

    Raises QualityError unless h is (N, d), finite and not empty, and c (N,) holds whole numbers from 0 to n_classes - 1.
    """
    h = h.detach().cpu() if hasattr(h, "detach") else h
    try:
        features = np.asarray(h, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise QualityError(f"{name} must be a table of numbers, samples by features, and it is not.") from error
    codes = np.asarray(c)
    if features.ndim != 2 or codes.shape != (len(features),):
        raise QualityError(
            f"{name} must be (samples, features) with one code each, not {features.shape} and {codes.shape}."
        )
    if not features.size:
        raise QualityError(f"{name} is empty; at least {FEWEST} samples of a class are needed.")
    bad = int(np.count_nonzero(~np.isfinite(features).all(axis=1)))
    if bad:
        raise QualityError(f"{name} holds NaN or infinite values in {bad} samples; leave those out.")
    if codes.dtype.kind not in "iu" or codes.min() < 0 or codes.max() >= n_classes:
        raise QualityError(f"The codes of {name} must be whole numbers from 0 to {n_classes - 1}.")
    return FeatureSet(features, codes.astype(np.int64), name)


def common_classes(generated: FeatureSet, *others: FeatureSet) -> tuple[list[FeatureSet], list[np.ndarray]]:
    """All sets with only the classes that were generated, as codes 0..K'-1, and the mask (N,) of what was kept of each.

    Raises QualityError for features of different widths, or a set with fewer than 6 samples of a generated class.
    """
    sides = (generated, *others)
    widths = sorted({side.h.shape[1] for side in sides})
    if len(widths) > 1:
        raise QualityError(f"The sets are {' and '.join(map(str, widths))} wide; compare features of one width.")
    classes = np.unique(generated.c)
    cut, masks = [], []
    for side in sides:
        for k in classes:
            if (count := int(np.count_nonzero(side.c == k))) < FEWEST:
                raise QualityError(f"Class {k} of {side.name} has {count} samples; at least {FEWEST} are needed.")
        kept = np.isin(side.c, classes)
        cut.append(FeatureSet(side.h[kept], np.searchsorted(classes, side.c[kept]), side.name))
        masks.append(kept)
    return cut, masks


def common_sizes(sides: Sequence[FeatureSet], max_samples: int) -> np.ndarray:
    """(K,) how many samples of each class every set can give, at most about max_samples in all."""
    n_classes = int(max(side.c.max() for side in sides)) + 1
    counts = np.stack([np.bincount(side.c, minlength=n_classes) for side in sides]).min(axis=0)
    return np.minimum(counts, max(FEWEST, max_samples // n_classes))
