"""From a table to the features h that a generator works in, and back: leading components, and what is off them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sermi.augment.columns import Columns, fit_columns

MOST_COMPONENTS = 100
"""Of h by itself: some hundred samples don't determine a covariance of more."""
_MIXTURES = 256
"""Of residuals that are kept."""
_ROWS = 128
"""Brought back at once, to bound memory."""
_EXACT = 500
"""Rows or columns up to which components are exact: more take longer than a search for the leading ones."""
_LEAST = 1e-6
"""Of a component's variance over the largest, under which it is rounding."""
_WHITENING = 0.5
"""Of the components: 0 leaves everything to the largest ones, 1 blows up the smallest, which are mostly noise."""


@dataclass(frozen=True)
class FeatureSpace:
    """Scores of columns = mean + components · (scale · h) + what is off the components.

    That rest is Gaussian, with the class means and the covariance of real rows' residuals, so that what comes back varies as
    much as real rows do. A root of the covariance is kept, of random mixtures of all residuals: of which rows it was, and of
    which mixtures, it says no more than the covariance does.
    """

    columns: Columns
    mean: np.ndarray
    """(d,) of scores."""
    components: np.ndarray
    """(r, d), orthonormal."""
    scale: np.ndarray
    """(r,) what h is multiplied by."""
    rest_means: np.ndarray
    """(K, d) of each class off the components."""
    rest_root: np.ndarray
    """(m, d), orthogonal; a random mixture of these is a draw of the rest."""

    def features(self, x: np.ndarray) -> np.ndarray:
        """h (N, r) float32 of rows x (N, d)."""
        return ((self.columns.scores(x) - self.mean) @ self.components.T / self.scale).astype(np.float32)

    def rows(self, h: np.ndarray, c: np.ndarray, out: np.ndarray, rng: np.random.Generator) -> None:
        """Write rows (N, d) of features h (N, r) and codes c (N,) into `out`, in its dtype."""
        weight = 1 / np.sqrt(max(1, len(self.rest_root)))
        for start in range(0, len(h), _ROWS):
            part = slice(start, start + _ROWS)
            scores = (h[part] * self.scale) @ self.components + self.mean + self.rest_means[c[part]]
            mixing = rng.standard_normal((len(scores), len(self.rest_root)), dtype=np.float32)
            scores += weight * mixing @ self.rest_root
            out[part] = self.columns.values(scores)


def fit_space(
    x: np.ndarray, c: np.ndarray, n_classes: int, *, n_components: int | None, seed: int
) -> tuple[FeatureSpace, np.ndarray]:
    """The space of real rows, and their h (N, r) in it.

    Args:
        x: (N, d) finite numbers.
        c: (N,) codes 0..K-1.
        n_classes: K.
        n_components: r at most; None for `MOST_COMPONENTS`. There are fewer of fewer samples or columns.
        seed: of the search for components and of the mixtures.
    """
    columns = fit_columns(x)
    scores = columns.scores(x)
    most = min(n_components or MOST_COMPONENTS, len(x) - 1, x.shape[1])
    mean = scores.mean(axis=0)
    scores -= mean
    components, variances = _leading(scores, most, seed)
    kept = max(1, int(np.count_nonzero(variances > _LEAST * max(variances[0], 1e-30))))
    components, variances = components[:kept], variances[:kept]
    scale = np.where(variances > 0, variances, 1.0) ** (_WHITENING / 2)
    position = scores @ components.T
    for start in range(0, len(x), _ROWS):
        part = slice(start, start + _ROWS)
        scores[part] -= position[part] @ components
    means = np.stack([scores[c == k].mean(axis=0) for k in range(n_classes)])
    mixtures = np.zeros((min(_MIXTURES, len(x)) if kept < x.shape[1] else 0, x.shape[1]), dtype=np.float32)
    rng = np.random.default_rng(seed)
    for start in range(0, len(x), _ROWS):
        part = slice(start, start + _ROWS)
        mixing = rng.standard_normal((len(mixtures), len(c[part])), dtype=np.float32)
        mixtures += mixing @ (scores[part] - means[c[part]])
    root = _root(mixtures / np.sqrt(max(1, len(x) - n_classes)))
    space = FeatureSpace(columns, mean, components, scale.astype(np.float32), means, root)
    return space, (position / scale).astype(np.float32)


def _root(mixtures: np.ndarray) -> np.ndarray:
    """Orthogonal rows whose random mixtures are distributed as those of mixtures (m, d), at most m.

    Mixtures themselves won't do: of few rows they could be solved for each, by whoever knows the seed.
    """
    if not mixtures.size:
        return mixtures
    _, sizes, axes = np.linalg.svd(mixtures, full_matrices=False)
    return np.asarray(sizes[:, None] * axes * np.sqrt(len(axes) / len(mixtures)), dtype=np.float32)


def _leading(x: np.ndarray, most: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Leading components (r, d) of centred x (N, d) and their variances (r,), largest first; exact for small tables."""
    n, d = x.shape
    if d <= _EXACT:
        variances, vectors = np.linalg.eigh(x.T @ x)
        return vectors[:, ::-1][:, :most].T.copy(), np.maximum(variances[::-1][:most], 0) / (n - 1)
    if n <= _EXACT:
        _, sizes, components = np.linalg.svd(x, full_matrices=False)
    else:
        from sklearn.utils.extmath import randomized_svd

        _, sizes, components = randomized_svd(x, most, random_state=seed)
    return components[:most], sizes[:most] ** 2 / (n - 1)
