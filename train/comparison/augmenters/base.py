"""What an augmenter is: it is fitted on real features and then makes as many samples of a class as are asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from sermi.errors import SermiError


@dataclass(frozen=True)
class Samples:
    """Generated features h: (n, d) float32, their codes c: (n,), and t: (n, dt) when the augmenter was fitted on pairs."""

    h: np.ndarray
    c: np.ndarray
    t: np.ndarray | None = None


class Augmenter(ABC):
    """An augmenter with one setting of its hyper-parameters.

    grid: the settings that inner validation may choose from; spreads: factors on the noise that it may choose from when
    sampling, which need no other fit. At most four combinations, so that all have the same budget.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    """In figures and tables."""
    grid: ClassVar[tuple[Mapping[str, Any], ...]] = ({},)
    spreads: ClassVar[tuple[float, ...]] = (1.0,)
    ratio: ClassVar[float] = 15
    """Samples made for each real one."""

    def __init__(self, *, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, h: np.ndarray, c: np.ndarray, t: np.ndarray | None = None, groups: np.ndarray | None = None) -> Self:
        """h: (N, d) real features, c: (N,) codes, t: (N, dt) text features of the same utterances, groups: (N,) speakers.

        Raises SermiError for NaN or for shapes that don't fit together.
        """
        for what, table in (("features", h), ("text features", t)):
            if table is not None and (table.ndim != 2 or len(table) != len(c)):
                raise SermiError(f"The {what} should be one row for each of the {len(c)} labels, not {table.shape}.")
            if table is not None and not np.isfinite(table).all():
                raise SermiError(f"The {what} hold NaN or infinite values; leave those rows out.")
        if groups is not None and len(groups) != len(c):
            raise SermiError(f"There are {len(groups)} groups for {len(c)} labels; give one for each.")
        self._width, self._text_width = h.shape[1], 0 if t is None else t.shape[1]
        joint = h if t is None else np.concatenate([h, t], axis=1)
        self._fit(joint.astype(np.float64), np.asarray(c), groups)
        return self

    def sample(self, n: int, c: int | np.ndarray, t: np.ndarray | None = None, *, spread: float = 1.0) -> Samples:
        """n samples of class c, or one for each code in c (n,).

        t: (n, dt) text features to condition on; augmenters that can't, pass them on beside their h. The same seed gives
        the same samples. Raises SermiError for a class that was not in the real features.
        """
        codes = np.full(n, c) if np.ndim(c) == 0 else np.asarray(c)
        missing = sorted(set(codes.tolist()) - set(self._known()))
        if missing:
            raise SermiError(f"Class {missing[0]} was not among the real features, so nothing can be made of it.")
        rng = np.random.default_rng(self.seed)
        if t is not None and t.shape != (len(codes), self._text_width):
            raise SermiError(f"The text features should be {(len(codes), self._text_width)} in shape, not {t.shape}.")
        joint = self._sample(codes, t, spread, rng).astype(np.float32)
        h, words = joint[:, : self._width], joint[:, self._width :]
        return Samples(h, codes, t if t is not None else words if self._text_width else None)

    @abstractmethod
    def _fit(self, x: np.ndarray, c: np.ndarray, groups: np.ndarray | None) -> None:
        """x: (N, d + dt) real features, the two sides of a pair beside each other."""

    @abstractmethod
    def _known(self) -> tuple[int, ...]:
        """Classes that samples can be made of."""

    @abstractmethod
    def _sample(self, codes: np.ndarray, t: np.ndarray | None, spread: float, rng: np.random.Generator) -> np.ndarray:
        """(n, d + dt), or (n, d) where t is given, one row for each code."""


class Resampler(Augmenter):
    """An augmenter that works on the real features themselves."""

    def _fit(self, x: np.ndarray, c: np.ndarray, groups: np.ndarray | None) -> None:
        self._x, self._c = x, c

    def _known(self) -> tuple[int, ...]:
        return tuple(np.unique(self._c).tolist())

    def _rows(self, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """A random real row of each code."""
        rows = np.zeros(len(codes), int)
        for k in np.unique(codes):
            rows[codes == k] = rng.choice(np.flatnonzero(self._c == k), int((codes == k).sum()))
        return rows
