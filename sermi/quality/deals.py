"""Deals of real features: their speakers in two halves that match, and draws from a half in which corpora count equally."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sermi.quality.interface import QualityError
from sermi.quality.sets import FEWEST, FeatureSet

_ATTEMPTS = 64
"""At a deal in which both halves have enough of every class."""


@dataclass(frozen=True)
class Speakers:
    """Whose real features are, and what two halves of the speakers should have in common."""

    group: np.ndarray
    """(N,) codes of speakers; each row its own where nobody knows the speakers."""
    corpus: np.ndarray
    """(N,) codes of corpora."""
    corpora: tuple[str, ...]
    """Their names."""
    cell: np.ndarray
    """(N,) codes of what is dealt within: corpora, or corpora by gender."""
    known: bool
    """Whether groups were given."""

    @classmethod
    def of(cls, n: int, groups: np.ndarray | None, corpora: np.ndarray | None, genders: np.ndarray | None) -> Speakers:
        """Of what a user gave for n rows. Raises QualityError for another length, or a speaker in two corpora or genders."""
        given = {"groups": groups, "corpora": corpora, "genders": genders}
        for name, labels in given.items():
            if labels is not None and np.shape(labels) != (n,):
                raise QualityError(
                    f"{name} must be one label for each of the {n} real samples, not {np.shape(labels)}."
                )
            if labels is not None and any(label is None or label != label for label in labels.tolist()):
                raise QualityError(f"{name} has empty values; name every sample's, or leave those samples out.")
        group, corpus, gender = (
            fallback if labels is None else np.unique(labels, return_inverse=True)[1]
            for labels, fallback in zip(given.values(), (np.arange(n), np.zeros(n, int), np.zeros(n, int)), strict=True)
        )
        cell = np.unique(corpus * (gender.max() + 1) + gender, return_inverse=True)[1]
        if len(np.unique(group)) < len({*zip(group.tolist(), cell.tolist(), strict=True)}):
            raise QualityError("A speaker stands in two corpora or genders; name speakers differently in each corpus.")
        names = () if corpora is None else tuple(map(str, np.unique(corpora)))
        return cls(group, corpus, names, cell, known=groups is not None)

    def where(self, rows: np.ndarray) -> Speakers:
        """Those of some rows, a mask (N,)."""
        return Speakers(self.group[rows], self.corpus[rows], self.corpora, self.cell[rows], self.known)

    @property
    def weights(self) -> np.ndarray:
        """(N,) what rows count, so that corpora count equally; sums to N."""
        counts = np.bincount(self.corpus)
        weights = 1 / counts[self.corpus]
        return weights * (len(weights) / weights.sum())

    def half(self, rng: np.random.Generator) -> np.ndarray:
        """(N,) mask of half of the speakers of each cell; of odd numbers, cells take turns with the one left over."""
        group, first = np.unique(self.group, return_index=True)
        cell_of, chosen, extra = self.cell[first], [], int(rng.integers(2))
        for cell in np.unique(cell_of):
            speakers = rng.permutation(group[cell_of == cell])
            chosen.append(speakers[: (len(speakers) + extra) // 2])
            extra = (extra + len(speakers)) % 2
        return np.isin(self.group, np.concatenate(chosen))


@dataclass(frozen=True)
class Deal:
    """Half of the speakers, the other half in the place of what was generated, and that: equally many of each class, sorted."""

    half: np.ndarray
    """(N,) mask of the real rows of the first half."""
    target: FeatureSet
    """Of the first half."""
    real: FeatureSet
    """Of the other half."""
    generated: FeatureSet
    corpus: np.ndarray
    """(n,) codes of the corpora of the first half's rows."""


def deals(
    generated: FeatureSet, real: FeatureSet, speakers: Speakers, *, n: int, per_class: int, rng: np.random.Generator
) -> list[Deal]:
    """n deals with at most per_class samples of a class on each side, corpora in equal numbers where there are enough.

    Raises QualityError where many deals have no 6 samples of every class on both sides.
    """
    n_classes = int(real.c.max()) + 1
    dealt = []
    for _ in range(n):
        half = _half(real, speakers, rng)
        sides = (real.c[half], real.c[~half], generated.c)
        counts = np.min([np.bincount(codes, minlength=n_classes) for codes in sides], axis=0)
        sizes = np.minimum(counts, per_class)
        first, second = (_balanced_rows(real.c, speakers.corpus, sizes, side, rng) for side in (half, ~half))
        drawn = generated.sample(sizes, rng)
        dealt.append(Deal(half, real.rows(first), real.rows(second), drawn, speakers.corpus[first]))
    return dealt


def _half(real: FeatureSet, speakers: Speakers, rng: np.random.Generator) -> np.ndarray:
    for _ in range(_ATTEMPTS):
        half = speakers.half(rng)
        if min(np.count_nonzero(real.c[side] == k) for side in (half, ~half) for k in np.unique(real.c)) >= FEWEST:
            return half
    raise QualityError(
        f"The real samples can't be dealt by speaker with {FEWEST} of every class on both sides; give more speakers."
    )


def _balanced_rows(
    c: np.ndarray, corpus: np.ndarray, sizes: np.ndarray, side: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Random rows of a side, a mask (N,): sizes (K,) of each class."""
    drawn = []
    for k, size in enumerate(sizes):
        rows = np.flatnonzero(side & (c == k))
        share = 1 / np.bincount(corpus[rows])[corpus[rows]]
        drawn.append(rng.choice(rows, size, replace=False, p=share / share.sum()))
    return np.concatenate(drawn)
