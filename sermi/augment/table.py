"""A generator of a table's rows: the space of their features, and the network that was trained in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch

from sermi.augment.config import GeneratorConfig, Regulariser
from sermi.augment.mirrored import mirrored_noise, mirrored_voices
from sermi.augment.space import FeatureSpace, fit_space
from sermi.augment.training import fit_generator
from sermi.mi.discriminant import speaker_disjoint_information
from sermi.models.generator import Generator
from sermi.stats.threads import single_threaded

_TEXT_COMPONENTS = 64
"""Of text features at most."""


@dataclass(frozen=True)
class Rows:
    """A checked table to learn from."""

    x: np.ndarray
    """(N, d) finite numbers."""
    c: np.ndarray
    """(N,) codes 0..K-1, each twice or more."""
    groups: np.ndarray | None = None
    """(N,) codes of speakers, at least two; None where nobody named them."""
    text: np.ndarray | None = None
    """(N, dt) finite text features of the same rows; None without any."""
    weights: np.ndarray | None = None
    """(N,) over 0, how much rows count within their class; None for all alike."""

    @property
    def n_classes(self) -> int:
        """K."""
        return int(self.c.max()) + 1

    def where(self, rows: np.ndarray) -> Rows:
        """Those rows, a mask (N,) or indices."""
        groups, text, weights = (
            None if values is None else values[rows] for values in (self.groups, self.text, self.weights)
        )
        if groups is not None and len(np.unique(groups)) < 2:
            groups = None  # one alone says nothing of others
        return Rows(self.x[rows], self.c[rows], groups, text, weights)


class DrawnFeatures(NamedTuple):
    """Generated features, and whose they are."""

    h: np.ndarray
    """(n, r)."""
    t: np.ndarray | None
    """(n, rt) of the words that go with them; None without text features."""
    voice: np.ndarray | None
    """(n,) numbers of the new groups that say them; None where the generator knows no groups."""


@dataclass(frozen=True)
class TableGenerator:
    """Draws rows of a table, and of a table of text features beside it where there was one."""

    network: Generator
    space: FeatureSpace
    text_space: FeatureSpace | None

    def features(
        self, c: np.ndarray, seed: int, text: np.ndarray | None = None, *, mirrored: bool = True
    ) -> DrawnFeatures:
        """Generated features.

        Args:
            c: (n,) codes.
            seed: of all that is random.
            text: (n, dt) text features to condition on; None to draw t̂ as well, where there were any to learn from.
            mirrored: whether noise comes in pairs, to teach a classifier better; what is measured on some of the rows and
                tested on others needs independent ones.
        """
        t = None if text is None or self.text_space is None else torch.from_numpy(self.text_space.features(text))
        pairs = t is None and self.text_space is not None
        codes = torch.from_numpy(c.astype(np.int64))
        noise = None
        if mirrored:
            voices = mirrored_voices(c, self.network.shape)
            noise = mirrored_noise(c, voices, self.network.shape, seed)
        else:
            voices = self.network.deal(codes, torch.Generator().manual_seed(seed))
        h, drawn = self.network.sample(codes, seed=seed, t=t, pairs=pairs, voices=voices, noise=noise)
        voice = voices.number.numpy() if self.network.shape.voices else None
        return DrawnFeatures(h.numpy(), None if drawn is None else drawn.numpy(), voice)

    @single_threaded
    def write(self, h: np.ndarray, c: np.ndarray, seed: int, out: np.ndarray, *, of_text: bool = False) -> None:
        """Rows (n, d) of features h (n, r), or text features of t̂, and codes c (n,) into `out`, in its dtype."""
        space = self.text_space if of_text and self.text_space is not None else self.space
        space.rows(h, c, out, np.random.default_rng(seed))


def fit_table(
    rows: Rows, *, regulariser: Regulariser, steps: int | None, n_components: int | None, seed: int
) -> tuple[TableGenerator, np.ndarray]:
    """A generator of rows, and the features h (N, r) of the rows that it learnt from.

    Where no groups are known, `match` aims at the information that is measured on single rows left out.

    Args:
        rows: to learn from.
        regulariser: of `GeneratorConfig`.
        steps: of training; None for its default.
        n_components: r at most; None to choose it.
        seed: of everything random.

    Raises:
        SermiError: what `fit_generator` can't be trained on.
    """
    space, h = fit_space(rows.x, rows.c, rows.n_classes, n_components=n_components, seed=seed)
    text_space, t = None, None
    if rows.text is not None:
        text_space, t = fit_space(rows.text, rows.c, rows.n_classes, n_components=_TEXT_COMPONENTS, seed=seed)
    options: dict[str, Any] = {} if steps is None else {"steps": steps}
    measured: dict[str, Any] = {}
    if regulariser == "match":
        whose = np.arange(len(h)) if rows.groups is None else rows.groups
        measured["real_information"] = speaker_disjoint_information(h, rows.c, whose, seed=seed)
        if t is not None:
            measured["real_text_information"] = speaker_disjoint_information(t, rows.c, whose, seed=seed)
    trained = fit_generator(
        h,
        rows.c,
        groups=rows.groups,
        n_classes=rows.n_classes,
        t=t,
        weights=rows.weights,
        config=GeneratorConfig(regulariser, **options),
        seed=seed,
        **measured,
    )
    return TableGenerator(trained.generator, space, text_space), h
