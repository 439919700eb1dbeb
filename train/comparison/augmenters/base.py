"""What an augmenter is: fitted on real features, it generates features of every class that it was fitted on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np

from sermi.errors import SermiError
from sermi.features import Features

GENERATED = "generated"
"""The speaker of every generated feature."""


WIDENS = (1.0, 1.4)
"""Noise as it was fitted, and wider: the start of the search for the noise scale."""


class Augmenter(ABC):
    """An augmenter with one setting of its hyper-parameters, which are its constructor's options."""

    name: ClassVar[str]
    """On the command line and in tables."""
    title: ClassVar[str]
    """For people, in figures and reports."""
    needs: ClassVar[str | None] = None
    """A module of the extra `train` that it can't do without."""
    grid: ClassVar[tuple[Mapping[str, Any], ...]] = ({},)
    """The settings that inner validation starts with. Where what is chosen lies at the edge of an option that has a ladder
    (`train.comparison.search.LADDERS`), it goes on beyond; the values here are some of the ladder's, next to each other."""
    noise_scales: ClassVar[tuple[float, ...]] = (1.0,)
    """Factors on the noise that it starts with as well: `WIDENS` for every augmenter that has noise, so that what means the
    same is chosen from the same. They act when sampling, so they need no other fit."""

    _width: int
    _text_width: int
    _classes: np.ndarray

    def __init__(self, *, seed: int = 0) -> None:
        self.seed = seed

    def fit(
        self, h: np.ndarray, c: np.ndarray, *, t: np.ndarray | None = None, groups: np.ndarray | None = None
    ) -> Self:
        """Fit on real features.

        Args:
            h: (N, d) audio features.
            c: (N,) codes.
            t: (N, dt) text features of the same utterances; None for the voice alone.
            groups: (N,) speakers; only `sermi-match` needs them.

        Raises:
            SermiError: NaN, infinite values, or shapes that don't fit together.
        """
        for name, table in (("features", h), ("text features", t)):
            if table is not None and (table.ndim != 2 or len(table) != len(c)):
                raise SermiError(f"The {name} should be one row for each of the {len(c)} labels, not {table.shape}.")
            if table is not None and not np.isfinite(table).all():
                raise SermiError(f"The {name} hold NaN or infinite values; leave those rows out.")
        if groups is not None and len(groups) != len(c):
            raise SermiError(f"There are {len(groups)} groups for {len(c)} labels; give one for each.")
        self._width, self._text_width = h.shape[1], 0 if t is None else t.shape[1]
        self._classes = np.unique(c)
        joint = h if t is None else np.concatenate([h, t], axis=1)
        self._fit(joint.astype(np.float64), np.asarray(c), groups)
        return self

    def sample(self, c: np.ndarray, t: np.ndarray | None = None, *, noise_scale: float = 1.0) -> Features:
        """A generated feature for each code. The same seed gives the same samples.

        Args:
            c: (n,) codes.
            t: (n, dt) text features to condition on; an augmenter that can't, passes them on beside its h. Without them, one
                that was fitted on pairs generates pairs.
            noise_scale: Factor on the noise.

        Returns:
            h (n, d) and t (n, dt) float32, the speaker being `GENERATED`; t is None where there were no text features to
            fit on.

        Raises:
            SermiError: A class that was not among the real features, or text features of another shape.
        """
        missing = np.setdiff1d(c, self._classes)
        if len(missing):
            raise SermiError(f"Class {missing[0]} was not among the real features, so nothing can be generated for it.")
        if t is not None and t.shape != (len(c), self._text_width):
            raise SermiError(f"The text features should be {(len(c), self._text_width)} in shape, not {t.shape}.")
        joint = self._sample(c, t, noise_scale, np.random.default_rng(self.seed)).astype(np.float32)
        h, words = joint[:, : self._width], joint[:, self._width :]
        if t is None and self._text_width:
            t = words
        return Features(h, c, np.full(len(c), GENERATED), t)

    @abstractmethod
    def _fit(self, x: np.ndarray, c: np.ndarray, groups: np.ndarray | None) -> None:
        """x: (N, d + dt) float64 real features, the two sides of a pair beside each other."""

    @abstractmethod
    def _sample(
        self, codes: np.ndarray, t: np.ndarray | None, noise_scale: float, rng: np.random.Generator
    ) -> np.ndarray:
        """(n, d + dt), or (n, d) where t is given, one row for each code."""


class Resampler(Augmenter):
    """An augmenter that works on the real features themselves."""

    _x: np.ndarray
    _c: np.ndarray

    def _fit(self, x: np.ndarray, c: np.ndarray, groups: np.ndarray | None) -> None:
        self._x, self._c = x, c

    def _draw_rows(self, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """A random real row of each code."""
        rows = np.zeros(len(codes), int)
        for k in np.unique(codes):
            rows[codes == k] = rng.choice(np.flatnonzero(self._c == k), int((codes == k).sum()))
        return rows


class RealOnly(Resampler):
    """No augmenter: the last layer on real features alone, which every gain is measured against."""

    name = "none"
    title = "None (logistic regression)"

    def _sample(
        self, codes: np.ndarray, t: np.ndarray | None, noise_scale: float, rng: np.random.Generator
    ) -> np.ndarray:
        return self._x[:0]
