"""Generating features: fit a generator to real ones, with the mutual information of its samples as a regulariser."""

from sermi.augment.config import GeneratorConfig, Regulariser
from sermi.augment.training import TrainedGenerator, fit_generator

__all__ = ["GeneratorConfig", "Regulariser", "TrainedGenerator", "fit_generator"]
