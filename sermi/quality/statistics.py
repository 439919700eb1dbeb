"""What two sets of features have in common: each statistic is a function of arrays, without any choice of rows.

scikit-learn is imported where it is used: it takes longer to import than most statistics to compute, and brings pandas along.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sermi.quality.interface import QualityError
from sermi.stats.recall import macro_recall

_SHRINKAGE = 0.15
"""Of the discriminant that is trained on generated features; the generator's base has the same."""
_ROWS = 512
"""Of a block of distances, to bound its memory."""


def frechet_distance(x: np.ndarray, y: np.ndarray) -> float:
    """Squared Fréchet distance between Gaussians fitted to x (N, d) and y (M, d), N and M at least 2.

    Heusel et al. 2017 (https://arxiv.org/abs/1706.08500), who measure it between features of images as the FID.

    Covariances are shrunk towards a multiple of the identity as far as Ledoit and Wolf (2004) estimate to be best. With fewer
    samples than features sample covariances share hardly any direction, and their distance is least for sets with a tenth to a
    fifth less spread than the truth: it would reward collapse. What bias is left is upwards and about the same for every set of
    a size: compare with real data of the same size.
    """
    from sklearn.covariance import ledoit_wolf

    return gaussian_frechet_distance(x.mean(axis=0), ledoit_wolf(x)[0], y.mean(axis=0), ledoit_wolf(y)[0])


def gaussian_frechet_distance(mean_x: np.ndarray, s_x: np.ndarray, mean_y: np.ndarray, s_y: np.ndarray) -> float:
    """|μ_x - μ_y|² + tr(S_x + S_y - 2 (S_x^½ S_y S_x^½)^½) for means (d,) and covariances (d, d).

    Heusel et al. 2017, eq. 6, after Dowson and Landau 1982. They write (S_x S_y)^½, which has the same trace but isn't
    symmetric, and whose root may come out complex.

    >>> gaussian_frechet_distance(np.zeros(2), np.diag([1.0, 4.0]), np.array([3.0, 0.0]), np.diag([4.0, 4.0]))
    10.0
    """
    values, vectors = np.linalg.eigh(s_x)
    root = vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T
    cross = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ s_y @ root), 0)).sum()
    distance = np.square(mean_x - mean_y).sum() + np.trace(s_x) + np.trace(s_y) - 2 * cross
    return max(0.0, float(distance))


def prdc(real: np.ndarray, generated: np.ndarray, k: int = 5) -> dict[str, float]:
    """precision, recall, density and coverage of generated (M, d) beside real (N, d), both more than k samples.

    A sample's ball reaches to its k-th nearest neighbour among its own kind.
        precision  share of generated samples in the ball of a real one;
        recall     the other way round (both Kynkäänniemi et al. 2019, eq. 1 and 2, https://arxiv.org/abs/1904.06991);
        density    in how many real balls a generated sample lies, over k;
        coverage   share of real samples whose ball holds a generated one (both Naeem et al. 2020, eq. 3 and 5,
                   https://arxiv.org/abs/2002.09797).
    """
    reach_real, reach_generated = reach(real, k), reach(generated, k)
    balls = np.zeros(len(generated), dtype=np.int64)
    covered, recalled = np.zeros(len(real), dtype=bool), np.zeros(len(real), dtype=bool)
    for rows, distances in distance_blocks(real, generated):
        inside = distances <= reach_real[rows, None]
        balls += inside.sum(axis=0)
        covered[rows] = inside.any(axis=1)
        recalled[rows] = (distances <= reach_generated).any(axis=1)
    return {
        "precision": float((balls > 0).mean()),
        "recall": float(recalled.mean()),
        "density": float(balls.mean() / k),
        "coverage": float(covered.mean()),
    }


def train_on_generated(generated: np.ndarray, c: np.ndarray, real: np.ndarray, real_c: np.ndarray) -> float:
    """UA on real features of a discriminant with a shrunk covariance that was fitted on generated ones alone.

    "Train on synthetic, test on real", Esteban et al. 2017 (https://arxiv.org/abs/1706.02633).

    Args:
        generated: (N, d) generated features, of two classes at least.
        c: (N,) their codes.
        real: (M, d) real features.
        real_c: (M,) their codes; classes that were not generated count as never recognised.
    """
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    k = len(np.unique(c))
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=_SHRINKAGE, priors=np.full(k, 1 / k)).fit(generated, c)
    return macro_recall(real_c, model.predict(real))


def median_nearest_distance(x: np.ndarray, training: np.ndarray) -> float:
    """Median distance of x (N, d) to the nearest training sample (M, d): copies of those are at 0.

    After Meehan et al. 2020 (https://arxiv.org/abs/2004.05675), who compare such distances of generated and new samples.

    >>> median_nearest_distance(np.array([[0.0], [5.0], [9.0]]), np.array([[1.0], [7.0]]))
    2.0
    """
    return float(np.median(nearest_distance(x, training)))


def memorisation(x: np.ndarray, training: np.ndarray, held_out: np.ndarray) -> float:
    """How far x (N, d) keeps from training samples (M, d), over how far held-out real samples (L, d) do; medians.

    1 is as far as new speakers, 0 a copy. Blind to copies that are fewer than half: see `share_of_copies`. Raises QualityError
    where held-out samples are training samples.

    >>> memorisation(np.array([[1.0], [8.0]]), np.array([[0.0], [9.0]]), np.array([[2.0], [11.0]]))
    0.5
    """
    usual = median_nearest_distance(held_out, training)
    if usual <= rounding(training):
        raise QualityError("Half of held_out or more are in training, too; hold out samples that are not.")
    return median_nearest_distance(x, training) / usual


def rounding(x: np.ndarray) -> float:
    """Distance up to which samples (N, d) may be the same: of equal ones `distance_blocks` leaves as much."""
    largest = float(np.linalg.norm(x - x.mean(axis=0), axis=1).max())
    return largest * 10 * float(np.sqrt(np.finfo(x.dtype if x.dtype.kind == "f" else np.float64).eps))


def nearest_distance(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(N,) distance of each of x (N, d) to the nearest of y (M, d)."""
    return np.concatenate([distances.min(axis=1) for _, distances in distance_blocks(x, y)])


def distance_blocks(x: np.ndarray, y: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Euclidean distances of a block of rows of x (N, d) to all of y (M, d), block by block to bound memory.

    Through matrix products, several times faster than pair by pair in hundreds of dimensions. Centred, so that an offset that
    all share takes no digits away.
    """
    centre = y.mean(axis=0)
    x, y = x - centre, y - centre
    squares = np.square(y).sum(axis=1)
    for start in range(0, len(x), _ROWS):
        rows = slice(start, start + _ROWS)
        squared = np.square(x[rows]).sum(axis=1)[:, None] + squares - 2 * x[rows] @ y.T
        yield rows, np.sqrt(np.maximum(squared, 0, out=squared), out=squared)


def reach(x: np.ndarray, k: int) -> np.ndarray:
    """(N,) distance of each of x (N, d) to its k-th neighbour; itself is number 0."""
    return np.concatenate([np.partition(distances, k, axis=1)[:, k] for _, distances in distance_blocks(x, x)])
