"""The trained generators as augmenters: a plain conditional GAN, SERMI maximising MI, SERMI matching it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch

from sermi.augment.config import GeneratorConfig, Regulariser
from sermi.augment.training import fit_generator
from sermi.stats.gaussians import balanced_noise
from train.comparison.augmenters.base import Augmenter


class _Adversarial(Augmenter):
    """A generator trained in one mode. How long is chosen on inner speakers: the residual soon learns them by heart.

    condition: where samples are asked for without words although there were some to fit on, None makes pairs (ĥ, t̂); otherwise
    real words of the class are drawn, which ĥ is conditioned on (true) or which are put beside a ĥ made without words (false).
    """

    regulariser: ClassVar[Regulariser]
    grid = ({"steps": 60}, {"steps": 200})

    def __init__(self, *, seed: int = 0, condition: bool | None = None, **options: object) -> None:
        super().__init__(seed=seed)
        self.condition = condition
        self.config = GeneratorConfig(regulariser=self.regulariser, **options)

    def _fit(self, x: np.ndarray, c: np.ndarray, groups: np.ndarray | None) -> None:
        self._real = (x[:, self._width :].astype(np.float32), c)
        h, t = (x, None) if not self._text_width else (x[:, : self._width], x[:, self._width :])
        self._classes, codes = np.unique(c, return_inverse=True)
        self.trained = fit_generator(h, codes, groups=groups, config=self.config, t=t, seed=self.seed)

    def _known(self) -> tuple[int, ...]:
        return tuple(self._classes.tolist())

    def _sample(self, codes: np.ndarray, t: np.ndarray | None, spread: float, rng: np.random.Generator) -> np.ndarray:
        c = torch.from_numpy(np.searchsorted(self._classes, codes))
        generator = self.trained.generator
        beside = None
        if t is None and self._text_width and self.condition is not None:
            beside = self._real_words(codes, rng)
            t = beside if self.condition else None
        z, u = (torch.from_numpy(noise).float() for noise in balanced_noise(codes, self._width, rng))
        made, words = generator.sample(
            c,
            seed=int(rng.integers(2**31)),
            t=None if t is None else torch.from_numpy(t).float(),
            pairs=t is None and beside is None and self._text_width > 0,
            noise_scale=spread,
            z=generator.scale_noise(z, u),
        )
        if beside is not None:
            words = torch.from_numpy(beside)
        return (made if words is None else torch.cat([made, words], dim=1)).numpy()

    def _real_words(self, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(n, dt): a random real row of text features for each code."""
        t, c = self._real
        return np.concatenate([t[rng.choice(np.flatnonzero(c == k), 1)] for k in codes])


class ConditionalGan(_Adversarial):
    """λ = 0, from the same Gaussian start as SERMI."""

    name, title, regulariser = "cgan", "Conditional GAN (λ = 0)", "off"
    spreads = (1.0, 1.4)


class SermiMaximise(_Adversarial):
    """The paper's regulariser: as much information about the emotion as possible."""

    name, title, regulariser = "sermi-maximise", "SERMI, MI maximised", "maximise"
    spreads = (1.0, 1.4)


class SermiMatch(_Adversarial):
    """As much information as real features carry about speakers that were not trained on.

    Inner speakers also decide whether the Gaussian base is brought to that information and to real distances, or the residual
    alone: with four training speakers, real information is measured too roughly to build on.
    """

    name, title, regulariser = "sermi-match", "SERMI, MI matched", "match"
    grid = ({"steps": 60}, {"steps": 60, "base_spread": 1.0, "radii": (1.0, 1.0)})
    spreads = (1.0, 1.4)
