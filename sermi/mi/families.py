"""Distributions, normal and not, whose information is known: kinds that Czyż et al. 2023 ("Beyond Normal: On the Evaluation
of Mutual Information Estimators", NeurIPS) hold estimators against, and three with labels."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.special import digamma, gammaln

from sermi.mi import transforms
from sermi.mi.tasks import Task, channel, xor

Map = Callable[[np.ndarray], np.ndarray]
_STRONG = 0.8
_DENSE = 0.5
_BIVARIATE = 0.75


def families() -> list[Task]:
    """All with features on both sides."""
    plain, roll = normal(_sparse(1, 1, _BIVARIATE), 1, "bivariate"), transforms.to_uniform
    tasks = [
        plain,
        mapped(plain, roll, roll, "uniform margins"),
        mapped(plain, transforms.half_cube, transforms.half_cube, "half-cube"),
        mapped(plain, transforms.wiggle, transforms.wiggle, "wiggly"),
        mapped(plain, lambda x: transforms.swiss_roll(roll(x)), roll, "swiss roll"),
        additive_noise(0.1),
        additive_noise(0.75),
        staircase(),
        zero_inflated_counts(),
        *(normal(_dense(dim), dim, f"dense, {dim} x {dim}") for dim in (2, 3, 5, 25, 50)),
        *(normal(_sparse(dim, 2, _STRONG), dim, f"sparse, {dim} x {dim}") for dim in (3, 5, 25)),
        *(student(dof, dim) for dof, dim in ((1, 1), (1, 2), (2, 3), (3, 5), (5, 5))),
        *(mapped(student(dof, dim), transforms.shorten, transforms.shorten, "asinh") for dof, dim in ((1, 1), (2, 3))),
    ]
    for dim in (3, 5, 25):
        sparse = normal(_sparse(dim, 2, _STRONG), dim, f"sparse, {dim} x {dim}")
        tasks.append(mapped(sparse, transforms.spiral, transforms.spiral, "spiral"))
        tasks.append(mapped(sparse, roll, roll, "uniform margins"))
    return [
        *tasks,
        mapped(normal(_dense(5), 5, "dense, 5 x 5"), transforms.half_cube, transforms.half_cube, "half-cube"),
    ]


def labelled_families() -> list[Task]:
    """With labels on one side."""
    stairs = staircase()
    return [channel(), xor(), replace(stairs, name="Staircase, labels", sample=_swapped(stairs), labelled=True)]


def mapped(task: Task, x_map: Map, y_map: Map, name: str) -> Task:
    """The same information behind a map of either side that can be undone."""

    def sample(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        x, y = task.sample(n, rng)
        return x_map(x), y_map(y)

    return Task(f"{task.name}, {name}", task.true_mi, sample)


def normal(covariance: np.ndarray, dim: int, name: str) -> Task:
    """x the first `dim` of jointly normal columns, y the rest: I = (log |Σx| + log |Σy| - log |Σ|) / 2.

    >>> round(normal(np.array([[1, 0.6], [0.6, 1]]), 1, "").true_mi, 4) == round(-math.log(1 - 0.36) / 2, 4)
    True
    """
    factor = np.linalg.cholesky(covariance)

    def sample(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        z = rng.normal(size=(n, len(factor))) @ factor.T
        return z[:, :dim], z[:, dim:]

    return Task(f"Normal, {name}", normal_information(covariance, dim), sample)


def normal_information(covariance: np.ndarray, dim: int) -> float:
    """Nats between the first `dim` and the other columns of a normal distribution."""
    volumes = [np.linalg.slogdet(part)[1] for part in (covariance[:dim, :dim], covariance[dim:, dim:], covariance)]
    return float(volumes[0] + volumes[1] - volumes[2]) / 2


def student(dof: int, dim: int) -> Task:
    """Student's t of dof degrees: normal columns, sparse, over one χ of all, which alone links x and y a little.

    I is that of the normal one and a term of ν and the dimensions (Arellano-Valle, Contreras-Reyes and Genton 2013).
    """
    covariance = _sparse(dim, min(dim, 2), _STRONG)
    plain = normal(covariance, dim, "")

    def sample(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        x, y = plain.sample(n, rng)
        chi = np.sqrt(rng.chisquare(dof, (n, 1)) / dof)
        return x / chi, y / chi

    def half_entropy(k: int) -> float:
        return float(gammaln((dof + k) / 2) - (dof + k) / 2 * digamma((dof + k) / 2))

    extra = half_entropy(0) + half_entropy(2 * dim) - 2 * half_entropy(dim)
    return Task(f"Student-t, {dof} dof, {dim} x {dim}", plain.true_mi + extra, sample)


def additive_noise(width: float) -> Task:
    """y = x + e, x uniform on [0, 1] and e on [-ε, ε]: I = ε - log 2ε up to ε = 1/2, else 1 / 4ε.

    >>> round(additive_noise(0.5).true_mi, 9), round(1 / (4 * 0.5), 9)
    (0.5, 0.5)
    """

    def sample(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        x = rng.random((n, 1))
        return x, x + rng.uniform(-width, width, (n, 1))

    true_mi = width - math.log(2 * width) if width <= 0.5 else 1 / (4 * width)
    return Task(f"Additive noise, ±{width:g}", true_mi, sample)


def staircase(n_steps: int = 5) -> Task:
    """x one of n whole numbers, y = x + U(0, 2): I = log n - (n - 1) / n log 2 (Gao et al. 2017)."""

    def sample(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        x = rng.integers(0, n_steps, (n, 1))
        return x.astype(float), x + rng.uniform(0, 2, (n, 1))

    return Task(f"Staircase, {n_steps} steps", math.log(n_steps) - (n_steps - 1) / n_steps * math.log(2), sample)


def zero_inflated_counts(zeros: float = 0.15) -> Task:
    """x exponential, y Poisson of mean x or, with probability `zeros`, 0 (after Gao et al. 2017)."""

    def sample(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        x = rng.exponential(size=(n, 1))
        return x, np.where(rng.random((n, 1)) < zeros, 0, rng.poisson(x)).astype(float)

    return Task("Zero-inflated counts", zero_inflated_information(zeros), sample)


def zero_inflated_information(zeros: float) -> float:
    """I(x; y) = H(y) - H(y | x) in nats, summed over y and integrated over x.

    Without zeros it is 2 log 2 - γ - Σ_k 2^-k log k.

    >>> round(zero_inflated_information(0.0), 4)
    0.3012
    """
    counts = np.arange(60)
    marginal = (1 - zeros) * 0.5 ** (counts + 1)
    marginal[0] += zeros
    nodes, weights = np.polynomial.laguerre.laggauss(100)
    log_mass = counts * np.log(nodes)[:, None] - nodes[:, None] - gammaln(counts + 1)
    mass = (1 - zeros) * np.exp(log_mass)
    mass[:, 0] += zeros
    conditional = -np.sum(np.where(mass > 0, mass * np.log(np.maximum(mass, 1e-300)), 0), axis=1)
    return float(-np.sum(marginal * np.log(marginal)) - weights @ conditional)


def _dense(dim: int) -> np.ndarray:
    return np.full((2 * dim, 2 * dim), _DENSE) + (1 - _DENSE) * np.eye(2 * dim)


def _sparse(dim: int, n_pairs: int, rho: float) -> np.ndarray:
    """(2 d, 2 d): the first pairs of columns are correlated, the others are independent."""
    covariance = np.eye(2 * dim)
    for i in range(n_pairs):
        covariance[i, dim + i] = covariance[dim + i, i] = rho
    return covariance


def _swapped(task: Task) -> Callable[[int, np.random.Generator], tuple[np.ndarray, np.ndarray]]:
    """y as features and x, whole numbers, as labels."""

    def sample(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        x, y = task.sample(n, rng)
        return y, x[:, 0].astype(np.int64)

    return sample
