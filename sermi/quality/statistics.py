"""What two sets of features have in common: each statistic is a function of arrays, without any splitting or sampling."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

_COMPONENTS = 10
_TEST_FOLDS = 4
_SHRINKAGE = 0.15


def frechet(x: np.ndarray, y: np.ndarray) -> float:
    """Squared Fréchet distance between Gaussians fitted to x (N, d) and y (M, d).

    |μ_x - μ_y|² + tr(S_x + S_y - 2 (S_x^½ S_y S_x^½)^½)  (Heusel et al. 2017, eq. 6; Dowson and Landau 1982). It is biased
    upwards with few samples, by as much for every set of that size: compare it with that of real data of the same size.
    """
    s_x, s_y = (np.atleast_2d(np.cov(z, rowvar=False)) for z in (x, y))
    values, vectors = np.linalg.eigh(s_x)
    root = vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T
    cross = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ s_y @ root), 0)).sum()
    distance = np.square(x.mean(axis=0) - y.mean(axis=0)).sum() + np.trace(s_x) + np.trace(s_y) - 2 * cross
    return max(0.0, float(distance))


def neighbourhoods(real: np.ndarray, made: np.ndarray, k: int = 5) -> dict[str, float]:
    """precision and recall (Kynkäänniemi et al. 2019, eq. 1 and 2), density and coverage (Naeem et al. 2020, eq. 3 and 5).

    A sample's ball reaches to its k-th nearest neighbour among its own kind. real: (N, d), made: (M, d), both more than k.
    precision: share of made in the ball of a real one; recall: the other way round; density: in how many real balls a made one
    lies, over k; coverage: share of real ones whose ball holds a made one.
    """
    between = cdist(real, made)
    reach_real, reach_made = (np.partition(cdist(x, x), k, axis=1)[:, k] for x in (real, made))
    in_real = between <= reach_real[:, None]
    return {
        "precision": float(in_real.any(axis=0).mean()),
        "recall": float((between <= reach_made).any(axis=1).mean()),
        "density": float(in_real.sum(axis=0).mean() / k),
        "coverage": float(in_real.any(axis=1).mean()),
    }


def two_sample(x: np.ndarray, y: np.ndarray, seed: int = 0) -> float:
    """Held-out share of x (N, d) and y (N, d) that a classifier puts into the right set; 0.5 is chance.

    Lopez-Paz and Oquab 2017. The classifier is a logistic regression on the leading principal components of both and their
    products, so that it sees means and covariances.
    """
    joint = np.concatenate([x, y])
    joint = joint - joint.mean(axis=0)
    components = min(_COMPONENTS, *joint.shape)
    leading = joint @ np.linalg.svd(joint, full_matrices=False)[2][:components].T
    which = np.repeat([0, 1], [len(x), len(y)])
    classifier = make_pipeline(
        StandardScaler(), PolynomialFeatures(2, include_bias=False), StandardScaler(), LogisticRegression(C=0.1)
    )
    folds = StratifiedKFold(min(_TEST_FOLDS, len(x), len(y)), shuffle=True, random_state=seed)
    found = cross_val_predict(classifier, leading, which, cv=folds)
    return float(np.mean([np.mean(found[which == side] == side) for side in (0, 1)]))


def taught(x: np.ndarray, c: np.ndarray, y: np.ndarray, d: np.ndarray) -> float:
    """UA on y (M, d), d (M,) of a discriminant with a shrunk covariance that was fitted on x (N, d), c (N,) alone."""
    k = len(np.unique(c))
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=_SHRINKAGE, priors=np.full(k, 1 / k)).fit(x, c)
    predicted = model.predict(y)
    return float(np.mean([np.mean(predicted[d == code] == code) for code in np.unique(d)]))


def nearness(x: np.ndarray, training: np.ndarray) -> float:
    """Median distance of x (N, d) to the nearest training sample (M, d)."""
    return float(np.median(cdist(x, training).min(axis=1)))
