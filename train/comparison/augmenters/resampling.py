"""Augmenters that recombine real features: duplicates, noise, SMOTE, mixup."""

from __future__ import annotations

import numpy as np

from sermi.stats.gaussians import class_gaussians
from train.comparison.augmenters.base import Resampler


class Oversampling(Resampler):
    """Real features again, drawn with replacement."""

    name = "oversampling"
    title = "Oversampling"

    def _sample(
        self, codes: np.ndarray, t: np.ndarray | None, noise_scale: float, rng: np.random.Generator
    ) -> np.ndarray:
        return self._x[self._draw_rows(codes, rng)]


class Noise(Resampler):
    """Real features plus independent Gaussian noise, `scale` times each feature's within-class standard deviation."""

    name = "noise"
    title = "Gaussian noise"
    grid = ({"scale": 0.3}, {"scale": 0.6}, {"scale": 1.0})

    def __init__(self, *, scale: float = 0.5, seed: int = 0) -> None:
        super().__init__(seed=seed)
        self.scale = scale

    def _sample(
        self, codes: np.ndarray, t: np.ndarray | None, noise_scale: float, rng: np.random.Generator
    ) -> np.ndarray:
        _, factor = class_gaussians(self._x, self._c, int(self._c.max()) + 1, shrinkage=1e-6)
        deviation = np.sqrt((factor**2).sum(axis=1))
        real = self._x[self._draw_rows(codes, rng)]
        return real + self.scale * deviation * rng.standard_normal(real.shape)


class Smote(Resampler):
    """SMOTE (Chawla et al. 2002), by imbalanced-learn: points between a real feature and one of its k nearest of its class.

    A class of one sample has no neighbour and is repeated.
    """

    name = "smote"
    title = "SMOTE"
    needs = "imblearn"
    grid = ({"neighbours": 3}, {"neighbours": 10})

    def __init__(self, *, neighbours: int = 5, seed: int = 0) -> None:
        super().__init__(seed=seed)
        self.neighbours = neighbours

    def _sample(
        self, codes: np.ndarray, t: np.ndarray | None, noise_scale: float, rng: np.random.Generator
    ) -> np.ndarray:
        x = np.empty((len(codes), self._x.shape[1]))
        for k in np.unique(codes):
            x[codes == k] = self._sample_class(int(k), int((codes == k).sum()), rng)
        return x

    def _sample_class(self, k: int, n: int, rng: np.random.Generator) -> np.ndarray:
        from imblearn.over_sampling import SMOTE

        own, others = self._x[self._c == k], self._x[self._c != k]
        if len(own) == 1 or not len(others):
            return own[rng.integers(len(own), size=n)]
        smote = SMOTE(
            sampling_strategy={1: len(own) + n},
            k_neighbors=min(self.neighbours, len(own) - 1),
            random_state=int(rng.integers(2**31)),
        )
        # imbalanced-learn raises one class of a data set; what the other one holds does not matter
        x = np.concatenate([own, others[:1]])
        y = np.concatenate([np.ones(len(own), int), np.zeros(1, int)])
        return smote.fit_resample(x, y)[0][len(x) :]


class Mixup(Resampler):
    """Mixup (Zhang et al. 2018) within a class, so that labels stay hard: λ x_i + (1 - λ) x_j with λ ~ Beta(alpha, alpha)."""

    name = "mixup"
    title = "Mixup"
    grid = ({"alpha": 0.2}, {"alpha": 1.0})

    def __init__(self, *, alpha: float = 0.4, seed: int = 0) -> None:
        super().__init__(seed=seed)
        self.alpha = alpha

    def _sample(
        self, codes: np.ndarray, t: np.ndarray | None, noise_scale: float, rng: np.random.Generator
    ) -> np.ndarray:
        share = rng.beta(self.alpha, self.alpha, len(codes))[:, None]
        return share * self._x[self._draw_rows(codes, rng)] + (1 - share) * self._x[self._draw_rows(codes, rng)]
