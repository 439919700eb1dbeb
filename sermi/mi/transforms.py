"""Maps that can be undone: they move every sample and no information, so a closed form survives them."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

_TURNS = (1.5 * np.pi, 3.0 * np.pi)
_UNROLLED = 21.0
"""About the longest radius of the roll, so that it fits into a unit square or so."""


def to_uniform(x: np.ndarray) -> np.ndarray:
    """Normal to uniform margins, column by column.

    >>> to_uniform(np.zeros((1, 1))).item()
    0.5
    """
    return ndtr(x)


def half_cube(x: np.ndarray) -> np.ndarray:
    """sign(x) |x|^3/2: longer tails."""
    return np.sign(x) * np.abs(x) ** 1.5


def shorten(x: np.ndarray) -> np.ndarray:
    """asinh, which takes tails like those of Student's t in."""
    return np.arcsinh(x)


def wiggle(x: np.ndarray) -> np.ndarray:
    """x with three sines, whose slopes add up to less than 1."""
    return x + 0.4 * np.sin(x) + 0.2 * np.sin(1.7 * x + 1) + 0.03 * np.sin(3.3 * x - 2.5)


def spiral(x: np.ndarray, speed: float = 1 / 3) -> np.ndarray:
    """Turns the first two columns of (N, d) by an angle that grows with |x|², which doesn't change: d >= 2."""
    angle = speed * np.sum(x**2, axis=1)
    cos, sin = np.cos(angle), np.sin(angle)
    turned = x.copy()
    turned[:, 0] = cos * x[:, 0] - sin * x[:, 1]
    turned[:, 1] = sin * x[:, 0] + cos * x[:, 1]
    return turned


def swiss_roll(u: np.ndarray) -> np.ndarray:
    """(N, 1) in [0, 1] -> (N, 2) on a roll."""
    start, length = _TURNS
    angle = start + length * u[:, 0]
    return np.stack([angle * np.cos(angle), angle * np.sin(angle)], axis=1) / _UNROLLED
