"""Generating features: fit a generator to real ones, with the mutual information of its samples as a regulariser."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sermi.augment.config import GeneratorConfig, Regulariser
from sermi.augment.training import TrainedGenerator, fit_generator

if TYPE_CHECKING:
    from sermi.augment.sampler import SermiSampler

__all__ = ["GeneratorConfig", "Regulariser", "SermiSampler", "TrainedGenerator", "fit_generator"]


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name != "SermiSampler":  # which needs imbalanced-learn
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return import_module("sermi.augment.sampler").SermiSampler


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
