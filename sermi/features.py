"""Labelled features, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sermi.errors import SermiError


@dataclass(frozen=True)
class Features:
    """N samples with their labels."""

    h: np.ndarray
    """(N, d) audio features."""
    c: np.ndarray
    """(N,) emotion codes 0..K-1."""
    speaker: np.ndarray
    """(N,) names or numbers, for telling one speaker from another."""
    t: np.ndarray | None = None
    """(N, dt) text features, where there are words beside the voice."""

    def __len__(self) -> int:
        return len(self.c)

    @property
    def text(self) -> np.ndarray:
        """t, where it must be there. Raises SermiError where there is none."""
        if self.t is None:
            raise SermiError("These features have no text features beside them; give t, too.")
        return self.t

    @property
    def joint(self) -> np.ndarray:
        """What the last layer sees: h, or h and t side by side as they are: (N, d + dt)."""
        return self.h if self.t is None else np.concatenate([self.h, self.t], axis=1)

    def where(self, keep: np.ndarray) -> Features:
        """The rows of a boolean mask."""
        return Features(self.h[keep], self.c[keep], self.speaker[keep], None if self.t is None else self.t[keep])
