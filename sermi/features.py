"""Labelled features, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sermi.errors import SermiError


@dataclass(frozen=True)
class Features:
    """h: (N, d), c: (N,), speaker: (N,); t: (N, dt) or None."""

    h: np.ndarray
    c: np.ndarray
    speaker: np.ndarray
    t: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.c)

    def where(self, keep: np.ndarray) -> Features:
        """The rows of a boolean mask."""
        return Features(self.h[keep], self.c[keep], self.speaker[keep], None if self.t is None else self.t[keep])

    @property
    def joint(self) -> np.ndarray:
        """What the last layer sees: h, or (h, t) with both sides at unit root mean square: (N, d + dt)."""
        return self.h if self.t is None else np.concatenate([self.h, self.t], axis=1)

    @property
    def text(self) -> np.ndarray:
        """t, where it must be there. Raises SermiError where there is none."""
        if self.t is None:
            raise SermiError("These features have no text features beside them; give t, too.")
        return self.t
