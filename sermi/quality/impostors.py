"""A gallery of impostors: sets that are wrong in one way each, made from real features, and real speech of other speakers.

Every verdict on them should be right. A third of the speakers of each corpus is set apart as the others; what is wrong is
done to their speech, or made from the moments of the speakers who remain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sermi.quality.deals import Speakers
from sermi.quality.interface import QualityError
from sermi.quality.sets import FeatureSet
from sermi.quality.spread import class_means
from sermi.quality.verdict import WORDS
from sermi.stats.gaussians import symmetric_root

PER_CLASS = 200
"""Samples of each class in an impostor, at most."""
REAL = frozenset({"like real"})
WRONG = frozenset(WORDS) - REAL
_FEWEST_SPEAKERS = 6
"""Of a corpus: two of them are set apart."""
_TAILS = 3.0
"""Degrees of freedom of Student's t."""


@dataclass(frozen=True)
class Impostor:
    """A set, and which verdicts on it are right."""

    features: FeatureSet
    right: frozenset[str]


@dataclass(frozen=True)
class Gallery:
    """Impostors, and the speakers to judge them by."""

    reference: np.ndarray
    """(N,) mask of their rows."""
    impostors: dict[str, Impostor]
    """By what they are."""


def gallery(h: np.ndarray, c: np.ndarray, speaker: np.ndarray, corpus: np.ndarray, *, seed: int = 0) -> Gallery:
    """Impostors of real features. Corpora with fewer than six speakers are left out.

    Args:
        h: (N, d).
        c: (N,) codes 0..K-1.
        speaker: (N,) names.
        corpus: (N,) names.
        seed: of the speakers set apart and of all that is random.

    Raises:
        QualityError: fewer than two corpora with six speakers or more.
    """
    rng = np.random.default_rng(seed)
    usable, apart = _set_apart(speaker, corpus, rng)
    known, others = usable & ~apart, usable & apart
    whose = Speakers.of(len(c), speaker, corpus, None)
    rows = _balanced(c, whose.corpus, others, rng)
    x, k, j = h[rows], c[rows], whose.corpus[rows]
    means = class_means(x, k, np.ones(len(k)))
    around, n_classes = x - means[k], len(means)
    stretch = np.sqrt(rng.chisquare(_TAILS, len(k)) / (_TAILS - 2))[:, None]
    sets: dict[str, tuple[np.ndarray, np.ndarray, frozenset[str]]] = {
        "real speech of other speakers": (x, k, REAL),
        "spread × 0.5": (means[k] + 0.5 * around, k, frozenset({"too narrow"})),
        "spread × 2": (means[k] + 2 * around, k, frozenset({"too wide"})),
        "heavy tails": (means[k] + around / stretch, k, WRONG),
        "classes swapped": (x, (k + 1) % n_classes, frozenset({"wrong emotions"})),
        "one mode (corpus) dropped": (x[j != j[0]], k[j != j[0]], frozenset({"too narrow"})),
    }
    for share in (0.1, 0.4):
        sets[f"{share:.0%} copies"] = (_with_copies(x, k, h[known], c[known], share, rng), k, frozenset({"copies"}))
    sets |= _of_moments(h[known], c[known], speaker[known], whose.corpus[known], rng)
    return Gallery(known, {name: Impostor(FeatureSet(x, k, name), right) for name, (x, k, right) in sets.items()})


def _set_apart(speaker: np.ndarray, corpus: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(N,) masks of the corpora with enough speakers, and of a third of their speakers."""
    chosen, usable = [], np.zeros(len(corpus), dtype=bool)
    for name in np.unique(corpus):
        speakers = np.unique(speaker[corpus == name])
        if len(speakers) >= _FEWEST_SPEAKERS:
            usable |= corpus == name
            chosen.append(rng.permutation(speakers)[: len(speakers) // 3])
    if len(chosen) < 2:
        raise QualityError("A gallery of impostors needs two corpora with six speakers each, or more.")
    return usable, np.isin(speaker, np.concatenate(chosen))


def _balanced(c: np.ndarray, corpus: np.ndarray, side: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Random rows of a side, a mask (N,): as many of each class, corpora in equal numbers where there are enough."""
    size = min(PER_CLASS, *(int(np.count_nonzero(side & (c == k))) for k in np.unique(c)))
    drawn = []
    for k in np.unique(c):
        rows = np.flatnonzero(side & (c == k))
        share = 1 / np.bincount(corpus[rows])[corpus[rows]]
        drawn.append(rng.choice(rows, size, replace=False, p=share / share.sum()))
    return np.concatenate(drawn)


def _with_copies(
    x: np.ndarray, k: np.ndarray, h: np.ndarray, c: np.ndarray, share: float, rng: np.random.Generator
) -> np.ndarray:
    """x with the first `share` of each class's rows taken from h."""
    x = x.copy()
    for code in np.unique(k):
        rows = np.flatnonzero(k == code)
        rows = rows[: round(share * len(rows))]
        x[rows] = h[rng.choice(np.flatnonzero(c == code), len(rows), replace=False)]
    return x


def _of_moments(
    h: np.ndarray, c: np.ndarray, speaker: np.ndarray, corpus: np.ndarray, rng: np.random.Generator
) -> dict[str, tuple[np.ndarray, np.ndarray, frozenset[str]]]:
    """Sets that hold nothing but means and covariances of h (N, d)."""
    rows = _balanced(c, corpus, np.ones(len(c), dtype=bool), rng)
    x, k, j = h[rows], c[rows], corpus[rows]
    means = class_means(x, k, np.ones(len(k)))
    deviation, z = (x - means[k]).std(axis=0), rng.normal(size=x.shape)
    place = {(a, b): h[(c == a) & (corpus == b)].mean(axis=0) for a, b in {*zip(k.tolist(), j.tolist(), strict=True)}}
    places = np.array([place[a, b] for a, b in zip(k.tolist(), j.tolist(), strict=True)])
    narrow = frozenset({"too narrow"})
    sets = {
        "class means": (means[k], k, narrow),
        "class means + 0.2 deviations of noise": (means[k] + 0.2 * deviation * z, k, narrow),
        "class means + 1 deviation of noise": (means[k] + deviation * z, k, WRONG),
        "class × corpus means": (places, k, narrow),
    }
    for size in (0.001, 0.1, 0.2, 0.5, 1.0):
        right = narrow if size < 0.5 else WRONG
        sets[f"class × corpus means + {size:g} deviations of noise"] = (places + size * deviation * z, k, right)
    by_class = [symmetric_root(np.cov((x[k == code] - means[code]).T)) for code in range(len(means))]
    around = np.array([by_class[code] @ row for code, row in zip(k, z, strict=True)])
    sets["Gaussian of each class"] = (means[k] + around, k, WRONG)
    within = symmetric_root(np.cov((x - places).T))
    sets["Gaussian of each class and corpus, no voices"] = (places + z @ within.T, k, WRONG)
    sets["Gaussian of each part, new voices drawn"] = (*_new_voices(h, c, speaker, corpus, rng), frozenset(WORDS))
    return sets


def _new_voices(
    h: np.ndarray, c: np.ndarray, speaker: np.ndarray, corpus: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """As many voices as there are, drawn anew: class and corpus means + voice + voice × class + rest, each part Gaussian."""
    cell = np.unique(np.stack([np.unique(speaker, return_inverse=True)[1], c]), axis=1, return_inverse=True)[1].ravel()
    _, person = np.unique(speaker, return_inverse=True)
    d, n_people, n_classes = h.shape[1], int(person.max()) + 1, int(c.max()) + 1
    place = class_means(h, np.unique(corpus * n_classes + c, return_inverse=True)[1], np.ones(len(c)))
    places = place[np.unique(corpus * n_classes + c, return_inverse=True)[1]]
    around = h - places
    of_cell = class_means(around, cell, np.ones(len(c)))
    first = np.unique(cell, return_index=True)[1]
    of_person = class_means(of_cell, person[first], np.ones(len(first)))
    rest = np.cov((around - of_cell[cell]).T) * len(h) / max(1, len(h) - len(of_cell))
    n = len(h) / len(of_cell)
    # a mean of n samples keeps a part of their scatter, and a mean of K cells a part of theirs
    n_groups = n_people - int(corpus.max()) - 1
    interaction = np.cov((of_cell - of_person[person[first]]).T) * n_classes / max(1, n_classes - 1) - rest / n
    voices = np.cov(of_person.T) * n_people / max(1, n_groups) - interaction / n_classes - rest / (n * n_classes)
    offsets = rng.normal(size=(n_people, d)) @ symmetric_root(voices).T
    of_cells = rng.normal(size=(len(of_cell), d)) @ symmetric_root(interaction).T
    return places + offsets[person] + of_cells[cell] + rng.normal(size=h.shape) @ symmetric_root(rest).T, c
