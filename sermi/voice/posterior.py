"""What is known of a voice from clips of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ShiftFactors:
    """How far classes move towards what clips of a voice show of them beyond its offset, φ, from 0 to 1."""

    unknown: float = 0.0
    """Classes of whose clips none is known to be of them."""
    known: float = 0.0
    """Classes with clips that are known to be of them."""
    penalty: float = 0.0
    """γ: what scores of the latter lose where other classes have no known clips."""


NO_SHIFTS = ShiftFactors()


@dataclass(frozen=True, eq=False)
class Posterior:
    """What is known of a voice: its offset b is N(mean, covariance)."""

    mean: np.ndarray
    """b̂: (d,)."""
    covariance: np.ndarray
    """P: (d, d)."""
    n: int = 0
    """How many clips it comes from."""
    n_known: int = 0
    """How many of these had a known emotion."""
    shifts: np.ndarray | None = None
    """(K, d): class k is taken to lie at m_k + b̂ + shifts_k, by what its own clips show; None for m_k + b̂."""
    known: np.ndarray | None = None
    """(K,) bool: the classes of the clips whose emotion was known; None for none."""


@dataclass(frozen=True, eq=False)
class Places:
    """Where a voice has its emotions: class k at N(means_k, factors_k factors_kᵀ), its clips around it with Σ_e."""

    means: np.ndarray
    """(K, d)."""
    factors: np.ndarray
    """(K, d, d)."""
