"""How a generator is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from sermi.errors import SermiError

Regulariser = Literal["off", "maximise", "match"]
"""off: a plain conditional GAN; maximise: as much information as can be; match: as much as real features carry."""


@dataclass(frozen=True)
class GeneratorConfig:
    """How a generator is trained. Raises SermiError for values that can't be trained with."""

    regulariser: Regulariser = "match"
    """What becomes of the information that samples carry, see `Regulariser`."""
    weight: float = 1.0
    """λ of the regulariser beside the adversarial loss; both are of the order of a nat."""
    text_weight: float = 0.3
    """Of I(t; ĥ) beside I(c; ĥ). Below 1, so that words, which InfoNCE rewards up to log B, don't outweigh the emotion."""
    voice_weight: float = 0.1
    """Of I(v; ĥ) beside I(c; ĥ): how well a voice can be read from its samples. Low, since the base draws voices already."""
    base_spread: float | None = None
    """s of the base: how much voices differ along the directions between classes; without voices, how much samples do. None to
    solve for it, which only `match` does."""
    voice_spread: float = 1.0
    """Factor on what voices share in all emotions. Under 1, voices are likelier ones; what differs in high dimensions is
    overstated by few speakers."""
    voices: bool = True
    """Draw voices where speakers are given."""
    gaussian: bool = True
    """Start at class-conditional Gaussians, or from scratch, which shows what that start is worth."""
    steps: int = 200
    """Of D, G and Q in turn: some twenty passes over a thousand samples. In more, the residual learns them by heart."""
    batch: int = 128
    """Samples a step, equally many of each class: over ten of each of eight classes, and InfoNCE can say log 128 nats."""
    rate: float = 2e-4
    """Adam's learning rate of G, the usual one of adversarial training (Radford et al. 2016)."""
    opponent_rate: float = 3e-4
    """Of D: a little faster than G, so that it keeps up without two steps for one (Heusel et al. 2017)."""
    average: float = 0.995
    """Decay of the moving average of G's weights, which is the generator that is kept: a memory of 200 steps."""
    shrinkage: float = 0.15
    """γ of the base's within-class covariance, as in the critic that measures real information: some hundred samples
    don't determine a covariance of 300 features."""
    instance_noise: float = 0.3
    """Standard deviation of the noise on all that D sees, in whitened units, where samples of a class spread by 1. It blurs
    what tells one real sample from another, and leaves how the classes lie (Sønderby et al. 2017)."""
    text_dropout: float = 0.5
    """How often words are withheld: half of the time, so that one generator serves equally with and without them."""
    hidden: int = 256
    """Width of the residual's two layers: about that of the features."""

    def __post_init__(self) -> None:
        if self.regulariser not in get_args(Regulariser):
            raise SermiError(f"The regulariser is off, maximise or match, not '{self.regulariser}'.")
        if self.steps < 0 or self.batch < 2 or self.weight < 0 or not 0 < self.shrinkage <= 1:
            raise SermiError("A generator needs steps >= 0, batch >= 2, weight >= 0 and shrinkage between 0 and 1.")
        if min(self.rate, self.opponent_rate) <= 0 or not 0 <= self.average < 1 or self.hidden < 1:
            raise SermiError(
                "A generator needs rates over 0, an average from 0 to under 1, and hidden layers of some width."
            )
        if not 0 <= self.text_dropout <= 1 or self.instance_noise < 0 or self.text_weight < 0:
            raise SermiError("A generator needs text_dropout between 0 and 1, and instance_noise and text_weight >= 0.")
        if self.base_spread is not None and self.base_spread <= 0:
            raise SermiError(f"A base_spread is over 0, not {self.base_spread}; None solves for it.")
        if self.voice_spread < 0 or self.voice_weight < 0:
            raise SermiError("A voice_spread and a voice_weight are not negative.")
