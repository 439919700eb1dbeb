"""Samplers whose mutual information is known in closed form: what estimators are held against."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Sampler = Callable[[int, np.random.Generator], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Task:
    """A named source of pairs."""

    name: str
    true_mi: float
    """I(x; y) in nats."""
    sample: Sampler
    """(n, rng) -> x (n, d) and y, (n, d') features or (n,) int labels."""
    labelled: bool = False
    """Whether y is labels."""


def correlation(mi: float, dim: int) -> float:
    """ρ of `dim` pairs of standard normals that share `mi` nats in all: I = -d/2 log(1 - ρ²).

    >>> round(-20 / 2 * math.log(1 - correlation(4.0, 20) ** 2), 6)
    4.0
    """
    return math.sqrt(-math.expm1(-2 * mi / dim))


def gaussian(mi: float, dim: int = 20) -> Task:
    """x and y standard normal, correlated feature by feature (Poole et al. 2019, section 4)."""
    rho = correlation(mi, dim)

    def sample(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        x = rng.normal(size=(n, dim))
        return x, rho * x + math.sqrt(1 - rho**2) * rng.normal(size=(n, dim))

    return Task(f"Gaussian, {mi:g} nats", mi, sample)


def cubic(mi: float, dim: int = 20) -> Task:
    """The same with y -> y³, which is invertible and so leaves the information as it was."""
    plain = gaussian(mi, dim)

    def sample(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        x, y = plain.sample(n, rng)
        return x, y**3

    return Task(f"Cubic, {mi:g} nats", mi, sample)


def channel(n_classes: int = 8, error: float = 0.2) -> Task:
    """A symbol of n_classes is received as a wrong one with probability `error`; x is the received one as a unit vector.

    I = log K - H(ε) - ε log(K - 1).

    >>> round(channel(2, 0.5).true_mi, 9)
    0.0
    """
    equivocation = -error * math.log(error / (n_classes - 1)) - (1 - error) * math.log1p(-error)

    def sample(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        sent = rng.integers(0, n_classes, n)
        wrong = (sent + rng.integers(1, n_classes, n)) % n_classes
        received = np.where(rng.random(n) < error, wrong, sent)
        return np.eye(n_classes)[received], sent

    return Task(
        f"Channel, {n_classes} symbols, {error:.0%} errors", math.log(n_classes) - equivocation, sample, labelled=True
    )


def xor() -> Task:
    """c = a xor b from two noisy bits: nothing in either feature alone, log 2 in both.

    The noise is a tenth of the distance from a bit to the middle, so it hides less than 1e-20 nats.
    """

    def sample(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        bits = rng.integers(0, 2, (n, 2))
        return 2 * bits - 1 + rng.normal(0, 0.1, (n, 2)), bits[:, 0] ^ bits[:, 1]

    return Task("XOR", math.log(2), sample, labelled=True)


def independent(dim: int = 20) -> Task:
    """Two standard normals that know nothing of each other."""
    return Task("Independent", 0.0, lambda n, rng: (rng.normal(size=(n, dim)), rng.normal(size=(n, dim))))


def independent_labels(dim: int = 20, n_classes: int = 8) -> Task:
    """Standard normal features and unrelated labels."""

    def sample(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        return rng.normal(size=(n, dim)), rng.integers(0, n_classes, n)

    return Task("Independent labels", 0.0, sample, labelled=True)


def gaussian_log_ratio(x: np.ndarray, y: np.ndarray, rho: float) -> np.ndarray:
    """log p(x_i, y_j) / (p(x_i) p(y_j)) of `gaussian`, the best critic there is: (B, d), (M, d) -> (B, M).

    sum over features of -1/2 log(1 - ρ²) + (2 ρ x y - ρ² (x² + y²)) / (2 (1 - ρ²)).
    """
    squares = np.sum(x**2, axis=1)[:, None] + np.sum(y**2, axis=1)[None]
    quadratic = (2 * rho * x @ y.T - rho**2 * squares) / (2 * (1 - rho**2))
    return quadratic - x.shape[1] / 2 * math.log1p(-(rho**2))
