"""Class-conditional Gaussians: class means, one shrunk within-class covariance. The baseline that most papers leave out."""

from __future__ import annotations

import numpy as np

from sermi.stats.gaussians import balanced_noise, class_gaussians
from train.comparison.augmenters.base import WIDENS, Augmenter


class Gaussian(Augmenter):
    """x = m_c + a · F z with F Fᵀ = (1 - γ) S_w + γ tr(S_w)/d 1.

    a is the noise scale. S_w is pooled over classes, so a class needs only a mean, which one sample can give.
    """

    name = "gaussian"
    title = "Class-conditional Gaussian"
    noise_scales = WIDENS

    def __init__(self, *, shrinkage: float = 0.15, seed: int = 0) -> None:
        super().__init__(seed=seed)
        self.shrinkage = shrinkage

    def _fit(self, x: np.ndarray, c: np.ndarray, groups: np.ndarray | None) -> None:
        self._means, self._factor = class_gaussians(x, c, int(c.max()) + 1, self.shrinkage)

    def _sample(
        self, codes: np.ndarray, t: np.ndarray | None, noise_scale: float, rng: np.random.Generator
    ) -> np.ndarray:
        z = balanced_noise(codes, len(self._factor), rng)
        return self._means[codes] + noise_scale * z @ self._factor.T
