"""What two sets of features have in common: each statistic is a function of arrays, without any choice of rows.

scikit-learn is imported where it is used: it takes longer to import than most statistics to compute, and brings pandas along.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.linalg
from scipy.special import expit

from sermi.stats.recall import macro_recall

_MOST_COMPONENTS = 10
"""That the two-sample test looks at, with their products."""
_SAMPLES_PER_TERM = 3
_TEST_FOLDS = 4
_PENALTY = 10.0
"""Of the two-sample test's regression, on terms of unit variance: C = 0.1 in scikit-learn's words."""
_MOST_STEPS = 25
"""Of Newton's method at most."""
_LEAST_GAIN = 1e-6
"""Of a step in log-likelihood, below which it ends."""
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
    reach_real, reach_generated = _reach(real, k), _reach(generated, k)
    balls = np.zeros(len(generated), dtype=np.int64)
    covered, recalled = np.zeros(len(real), dtype=bool), np.zeros(len(real), dtype=bool)
    for rows, distances in _distances(real, generated):
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


def c2st(x: np.ndarray, y: np.ndarray, seed: int = 0) -> float:
    """C2ST, the classifier two-sample test: held-out share of x (N, d) and y (M, d) that it puts into the right set.

    0.5 is chance; alike sets of a few dozen samples come out a little lower, since what is held out is missing on its own side.
    seed: of the folds.

    Lopez-Paz and Oquab 2017 (https://arxiv.org/abs/1610.06545). The classifier is a logistic regression on the leading
    principal components of both and their products, so that it sees means and covariances. There are up to ten components,
    fewer for small sets: a third as many terms as samples at most, for with more it misses what is plain to see.
    """
    from sklearn.model_selection import StratifiedKFold

    z = _standardised(_leading(np.concatenate([x, y]), _n_components(len(x) + len(y))))
    i, j = np.triu_indices(z.shape[1])
    terms = np.hstack([z, _standardised(z[:, i] * z[:, j])])
    side = np.repeat([0, 1], [len(x), len(y)])
    right = np.empty(len(side), dtype=bool)
    folds = StratifiedKFold(min(_TEST_FOLDS, len(x), len(y)), shuffle=True, random_state=seed)
    for fit, test in folds.split(terms, side):
        weights = _logistic(terms[fit], side[fit])
        right[test] = (terms[test] @ weights[:-1] + weights[-1] > 0) == side[test]
    return float((right[side == 0].mean() + right[side == 1].mean()) / 2)


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
    return float(np.median(np.concatenate([distances.min(axis=1) for _, distances in _distances(x, training)])))


def _distances(x: np.ndarray, y: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
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


def _reach(x: np.ndarray, k: int) -> np.ndarray:
    """(N,) distance of each of x (N, d) to its k-th neighbour; itself is number 0."""
    return np.concatenate([np.partition(distances, k, axis=1)[:, k] for _, distances in _distances(x, x)])


def _n_components(n_samples: int) -> int:
    """As many as leave three samples for each of the k (k + 3) / 2 components and products."""
    allowed = (k for k in range(_MOST_COMPONENTS, 1, -1) if k * (k + 3) / 2 * _SAMPLES_PER_TERM <= n_samples)
    return next(allowed, 1)


def _leading(x: np.ndarray, n_components: int) -> np.ndarray:
    """(N, at most n_components) scores of x (N, d) on its leading components, from the smaller of its two Gram matrices."""
    x = x - x.mean(axis=0)
    n, d = x.shape
    last = min(n, d) - 1
    leading = [max(0, last + 1 - n_components), last]
    if n > d:
        return x @ scipy.linalg.eigh(x.T @ x, subset_by_index=leading)[1]
    values, vectors = scipy.linalg.eigh(x @ x.T, subset_by_index=leading)
    return vectors * np.sqrt(np.maximum(values, 0))


def _logistic(x: np.ndarray, side: np.ndarray) -> np.ndarray:
    """(d + 1,) weights and bias of a logistic regression of side (N,), 0 or 1, on x (N, d), by Newton's method.

    Minimises Σ log(1 + exp(-±(w x + b))) + 5 |w|². scikit-learn's takes five times as long for so small a fit, most of it for
    checks, and a web page waits for a hundred of them.
    """
    x = np.hstack([x, np.ones((len(x), 1))])
    ridge = np.append(np.full(x.shape[1] - 1, _PENALTY), 0.0)

    def loss(weights: np.ndarray) -> float:
        score = x @ weights
        return float(np.logaddexp(0, score).sum() - score @ side + ridge @ weights**2 / 2)

    weights, current = np.zeros(x.shape[1]), len(x) * np.log(2)
    for _ in range(_MOST_STEPS):
        share = expit(x @ weights)
        gradient = x.T @ (share - side) + ridge * weights
        curvature = (x.T * (share * (1 - share) + 1e-9)) @ x + np.diag(ridge)
        step = scipy.linalg.solve(curvature, gradient, assume_a="pos")
        while (new := loss(weights - step)) > current + 1e-12 * abs(current):
            step /= 2
        weights, gain, current = weights - step, current - new, new
        if gain < _LEAST_GAIN:
            break
    return weights


def _standardised(x: np.ndarray) -> np.ndarray:
    """Columns of mean 0 and spread 1; those without spread become 0."""
    spread = x.std(axis=0)
    return (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
