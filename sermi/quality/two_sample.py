"""C2ST, the classifier two-sample test: how well a classifier tells two sets apart on samples that it wasn't fitted on.

scikit-learn is imported where it is used: it takes longer to import than most statistics to compute, and brings pandas along.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Literal

import numpy as np
import scipy.linalg
from scipy.special import expit

from sermi.quality.interface import QualityError
from sermi.quality.statistics import distance_blocks

Classifier = Literal["linear", "mlp", "neighbours"]

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
_HIDDEN = 32
"""Units of the network's layer."""
_NETWORK_STEPS = 40
"""Of L-BFGS at most: few, so that a network on few samples doesn't learn them by heart."""
_NETWORK_PENALTY = 1.0
_VOTES = 5
"""Of nearest samples."""


def c2st(x: np.ndarray, y: np.ndarray, seed: int = 0, *, classifier: Classifier = "linear") -> float:
    """C2ST, the classifier two-sample test: held-out share of x (N, d) and y (M, d) that it puts into the right set.

    0.5 is chance; alike sets of a few dozen samples come out a little lower, since what is held out is missing on its own side.
    Of the larger set as many are drawn as the smaller has: else whatever is told apart badly would count as the larger.

    Lopez-Paz and Oquab 2017 (https://arxiv.org/abs/1610.06545), who use a network and nearest neighbours.

    Args:
        x: one set, of two samples or more.
        y: the other.
        seed: of what is drawn, of the folds and of the network's start.
        classifier: "linear" is a logistic regression on the leading principal components of both and their products, so that
            it sees means and covariances. There are up to ten components, fewer for small sets: a third as many terms as
            samples at most, for with more it misses what is plain to see. "mlp" is a network with one hidden layer, which sees
            tails and modes, too, where samples are many. "neighbours" takes the majority of the five nearest samples, and so
            sees clumps and lone samples.

    Raises:
        QualityError: an unknown classifier.
    """
    from sklearn.model_selection import StratifiedKFold

    if classifier not in _CLASSIFIERS:
        raise QualityError(f"There is no classifier '{classifier}'; use {', '.join(_CLASSIFIERS)}.")
    terms_of, fitted = _CLASSIFIERS[classifier]
    n, rng = min(len(x), len(y)), np.random.default_rng(seed)
    x, y = (rows if len(rows) == n else rows[rng.choice(len(rows), n, replace=False)] for rows in (x, y))
    terms = terms_of(np.concatenate([x, y]))
    side = np.repeat([0, 1], [len(x), len(y)])
    right = np.empty(len(side), dtype=bool)
    folds = StratifiedKFold(min(_TEST_FOLDS, len(x), len(y)), shuffle=True, random_state=seed)
    for fit, test in folds.split(terms, side):
        right[test] = fitted(terms[fit], side[fit], seed)(terms[test]) == side[test]
    return float((right[side == 0].mean() + right[side == 1].mean()) / 2)


_Predict = Callable[[np.ndarray], np.ndarray]
"""(N, d) terms to (N,) sides, 0 or 1."""


def _moments(x: np.ndarray) -> np.ndarray:
    """Leading components of x (N, d) and their products, standardised."""
    z = _standardised(_leading(x, _n_components(len(x))))
    i, j = np.triu_indices(z.shape[1])
    return np.hstack([z, _standardised(z[:, i] * z[:, j])])


def _linear(x: np.ndarray, side: np.ndarray, seed: int) -> _Predict:
    weights = _logistic(x, side)
    return lambda rows: rows @ weights[:-1] + weights[-1] > 0


def _network(x: np.ndarray, side: np.ndarray, seed: int) -> _Predict:
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        (_HIDDEN,), solver="lbfgs", alpha=_NETWORK_PENALTY, max_iter=_NETWORK_STEPS, random_state=seed
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it ended early is meant
        model.fit(x, side)
    return lambda rows: model.predict(rows)


def _majority(x: np.ndarray, side: np.ndarray, seed: int) -> _Predict:
    k = min(_VOTES, len(x))

    def predict(rows: np.ndarray) -> np.ndarray:
        distances = np.concatenate([block for _, block in distance_blocks(rows, x)])
        nearest = np.argpartition(distances, k - 1, axis=1)[:, :k]
        return side[nearest].mean(axis=1) > 0.5

    return predict


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


_CLASSIFIERS: dict[
    str, tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray, np.ndarray, int], _Predict]]
] = {
    "linear": (_moments, _linear),
    "mlp": (_standardised, _network),
    "neighbours": (np.asarray, _majority),
}
