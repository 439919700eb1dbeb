"""How a generator is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from sermi.errors import SermiError

Regulariser = Literal["off", "maximise", "match"]


@dataclass(frozen=True)
class GeneratorConfig:
    """How a generator is trained.

    weight: λ. text_weight: of I(t; ĥ) beside I(c; ĥ). base_spread: of the base, None to solve for it (`match` only).
    text_dropout: how often words are withheld, so that one generator serves both cases. gaussian: start at
    class-conditional Gaussians, or from scratch. radii: between which the noise's length across the directions between classes
    varies, None for 0.3 to 1 under `match` and 1 otherwise.
    """

    regulariser: Regulariser = "match"
    weight: float = 1.0
    text_weight: float = 0.3
    base_spread: float | None = None
    gaussian: bool = True
    radii: tuple[float, float] | None = None
    steps: int = 200
    batch: int = 128
    rate: float = 2e-4
    opponent_rate: float = 3e-4
    average: float = 0.995
    shrinkage: float = 0.15
    instance_noise: float = 0.3
    text_dropout: float = 0.5
    hidden: int = 256

    def __post_init__(self) -> None:
        if self.regulariser not in get_args(Regulariser):
            raise SermiError(f"The regulariser is off, maximise or match, not '{self.regulariser}'.")
        if self.steps < 0 or self.batch < 2 or self.weight < 0 or not 0 < self.shrinkage <= 1:
            raise SermiError("A generator needs steps >= 0, batch >= 2, weight >= 0 and shrinkage between 0 and 1.")
