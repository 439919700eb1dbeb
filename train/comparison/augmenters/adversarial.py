"""The trained generators as augmenters: a plain conditional GAN, SERMI maximising MI, SERMI matching it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch

from sermi.augment.config import GeneratorConfig, Regulariser
from sermi.augment.training import TrainedGenerator, fit_generator
from sermi.models.generator import Noise
from sermi.stats.gaussians import balanced_noise
from train.comparison.augmenters.base import WIDENS, Augmenter


class _Adversarial(Augmenter):
    """A generator trained in one mode. How long is chosen on inner speakers: the residual soon learns them by heart."""

    regulariser: ClassVar[Regulariser]
    voices: ClassVar[bool] = True
    """Whether it draws voices."""
    grid: ClassVar[tuple[Mapping[str, Any], ...]] = ({"steps": 60}, {"steps": 200})
    noise_scales = WIDENS

    _trained: TrainedGenerator
    _real_t: np.ndarray
    _real_c: np.ndarray

    def __init__(self, *, seed: int = 0, condition: bool | None = None, **options: Any) -> None:
        """Settings of the generator.

        Args:
            seed: Of the training and the samples.
            condition: What to do where samples are asked for without words although there were some to fit on. None
                generates pairs (ĥ, t̂). Otherwise real words of the class are drawn: ĥ is conditioned on them (true), or
                they stand beside a ĥ generated without words (false).
            options: Of `GeneratorConfig`.
        """
        super().__init__(seed=seed)
        self.condition = condition
        self.config = GeneratorConfig(**{"regulariser": self.regulariser, "voices": self.voices, **options})

    def _fit(self, x: np.ndarray, c: np.ndarray, groups: np.ndarray | None) -> None:
        self._real_t, self._real_c = x[:, self._width :].astype(np.float32), c
        h, t = (x, None) if not self._text_width else (x[:, : self._width], x[:, self._width :])
        self._trained = fit_generator(
            h,
            np.searchsorted(self._classes, c),
            groups=groups,
            n_classes=len(self._classes),
            t=t,
            config=self.config,
            seed=self.seed,
        )

    def _sample(
        self, codes: np.ndarray, t: np.ndarray | None, noise_scale: float, rng: np.random.Generator
    ) -> np.ndarray:
        c = torch.from_numpy(np.searchsorted(self._classes, codes))
        generator = self._trained.generator
        real_words = None
        if t is None and self._text_width and self.condition is not None:
            real_words = self._draw_real_words(codes, rng)
            t = real_words if self.condition else None
        parts = (balanced_noise(codes, self._width, rng) for _ in range(3))
        noise = Noise(*(torch.from_numpy(part).float() for part in parts))
        h, words = generator.sample(
            c,
            seed=int(rng.integers(2**31)),
            t=None if t is None else torch.from_numpy(t).float(),
            pairs=t is None and real_words is None and self._text_width > 0,
            noise_scale=noise_scale,
            noise=noise,
        )
        if real_words is not None:
            words = torch.from_numpy(real_words)
        return (h if words is None else torch.cat([h, words], dim=1)).numpy()

    def _draw_real_words(self, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(n, dt): a random real row of text features for each code."""
        rows = [rng.choice(np.flatnonzero(self._real_c == k), 1) for k in codes]
        return np.concatenate([self._real_t[row] for row in rows])


class ConditionalGan(_Adversarial):
    """λ = 0, from class-conditional Gaussians: it knows no voices."""

    name, title, regulariser, voices = "cgan", "Conditional GAN (λ = 0)", "off", False


class SermiMaximise(_Adversarial):
    """The paper's regulariser: as much information about the emotion as possible."""

    name, title, regulariser = "sermi-maximise", "SERMI, MI maximised", "maximise"


class SermiMatch(_Adversarial):
    """As much information as real features carry about speakers that were not trained on, or as the base carries.

    Inner speakers decide whether the Gaussian base is brought to the information of real features, or stays as it is
    (`base_spread` 1) and only the residual is kept at what the base carries: with four training speakers, real information is
    measured too roughly to build on.
    """

    name, title, regulariser = "sermi-match", "SERMI, MI matched", "match"
    grid = tuple({"steps": n, **base} for base in ({}, {"base_spread": 1.0}) for n in (60, 200))
