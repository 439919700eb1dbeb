"""Emotions given a voice, calibrated: the part of a checkpoint that answers with context."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import log_softmax

from sermi import schema
from sermi.errors import SermiError
from sermi.voice.fitness import FitTest
from sermi.voice.held_out import Temperatures
from sermi.voice.model import Discriminant, VoiceModel
from sermi.voice.posterior import NO_SHIFTS, Posterior, ShiftFactors

PARTS = ("corpus", "corpus_class", "speaker", "speaker_class", "rest")
"""The covariances of a voice model."""
_ROUNDING = 1e-5
"""Of float32, as a share of a covariance's trace."""


@dataclass(frozen=True)
class VoiceConfig:
    """What is kept of a voice recogniser beside its tensors."""

    dim: int
    """d, the first components of the audio feature h that it sees."""
    score_factor: float
    """Of `VoiceModel`."""
    temperatures: Temperatures
    fit_test: FitTest
    shifts: ShiftFactors = NO_SHIFTS
    """Of `VoiceModel`; older checkpoints have none."""

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> VoiceConfig:
        """From what JSON holds. Raises ValueError for anything else."""
        config = schema.read(cls, raw)
        config.check()
        return config

    def check(self) -> None:
        """Raises ValueError for values that can't be used."""
        test, temperatures = self.fit_test, self.temperatures
        values: tuple[tuple[float, ...], ...] = (temperatures.values, test.thresholds, test.clip_thresholds)
        sizes: tuple[tuple[int, ...], ...] = (temperatures.sizes, test.sizes, test.sizes)
        if temperatures.known_sizes or temperatures.known_values:
            sizes, values = (*sizes, temperatures.known_sizes), (*values, temperatures.known_values)
        for rising, numbers in zip(sizes, values, strict=True):
            if not rising or len(rising) != len(numbers) or list(rising) != sorted(set(rising)):
                raise ValueError("a voice's sizes don't rise or lack values")
        if (
            not np.isfinite(np.concatenate([*sizes, *values, [self.score_factor]])).all()
            or min(temperatures.values + temperatures.known_values) <= 0
        ):
            raise ValueError("a voice's values can't be used")
        if self.dim < 1 or self.score_factor <= 0:
            raise ValueError("a voice's dimension or score factor can't be used")
        if not all(0 <= factor <= 1 for factor in (self.shifts.unknown, self.shifts.known)) or self.shifts.penalty < 0:
            raise ValueError("a voice's shift factors can't be used")


@dataclass(frozen=True, eq=False)
class VoiceRecogniser:
    """A voice model with its temperatures, and when clips don't fit one voice."""

    model: VoiceModel
    temperatures: Temperatures
    fit_test: FitTest

    @property
    def config(self) -> VoiceConfig:
        """What is kept beside `tensors`."""
        model = self.model
        return VoiceConfig(model.dim, model.score_factor, self.temperatures, self.fit_test, model.shifts)

    def features(self, h: np.ndarray) -> np.ndarray:
        """Of audio features h (..., D), what the model sees: (..., d)."""
        return h[..., : self.model.dim]

    def answers(self, posterior: Posterior) -> Answers:
        """To be kept as long as nothing more is known of the voice."""
        return Answers(self.model.discriminant(posterior), self.temperatures(posterior.n, posterior.n_known))

    def tensors(self) -> dict[str, np.ndarray]:
        """float32: means (K, d) and the covariances (d, d), exactly symmetric."""
        covariances = {name: getattr(self.model, name) for name in PARTS}
        symmetric = {name: ((matrix + matrix.T) / 2).astype(np.float32) for name, matrix in covariances.items()}
        return {"means": self.model.means.astype(np.float32), **symmetric}

    @classmethod
    def of(cls, config: VoiceConfig, tensors: Mapping[str, np.ndarray]) -> VoiceRecogniser:
        """From what was kept. Raises SermiError where the covariances are none."""
        parts = {name: np.asarray(tensors[name], np.float64) for name in ("means", *PARTS)}
        for name in PARTS:
            if not _is_covariance(parts[name], definite=name == "rest"):
                raise SermiError(f"the voice model's {name} is no covariance")
        if not _is_covariance(parts["corpus"] + parts["speaker"], definite=True):
            raise SermiError("the voice model's corpus and speaker have no definite sum")
        model = VoiceModel(**parts, score_factor=config.score_factor, shifts=config.shifts)
        return cls(model, config.temperatures, config.fit_test)


def tensor_shapes(config: VoiceConfig, n_classes: int) -> dict[str, tuple[int, ...]]:
    """Of `VoiceRecogniser.tensors`, without making them."""
    return {"means": (n_classes, config.dim), **dict.fromkeys(PARTS, (config.dim, config.dim))}


def _is_covariance(matrix: np.ndarray, *, definite: bool) -> bool:
    least = np.linalg.eigvalsh(matrix)[0]
    bound = _ROUNDING * np.trace(matrix) / len(matrix)
    return bool(np.array_equal(matrix, matrix.T) and (least > bound if definite else least >= -bound))


@dataclass(frozen=True, eq=False)
class Answers:
    """A voice's discriminant and temperature."""

    discriminant: Discriminant
    temperature: float

    def __call__(self, h: np.ndarray) -> np.ndarray:
        """Audio features h (N, D) -> (N, K) calibrated log-probabilities."""
        seen = h[:, : self.discriminant.weights.shape[1]]
        return log_softmax(self.discriminant.scores(seen) / self.temperature, axis=1)
