"""What every estimator of mutual information takes and gives; imports nothing else of the package."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

import numpy as np

from sermi.errors import SermiError

Kind = Literal["lower bound", "estimate", "upper bound"]


class MIError(SermiError, ValueError):
    """Mutual information can't be measured on this input; the message says what to change. A ValueError for scikit-learn."""


@dataclass(frozen=True)
class MIEstimate:
    """A measured mutual information with what is needed to judge it. All in nats."""

    value: float
    """The measured figure, on samples that no part of the critic was fitted to."""
    interval: tuple[float, float]
    """95 % interval of `value`, over groups where there were any, else over samples. It holds the chance of which samples
    were evaluated, not of how the critic was trained."""
    ceiling: float | None
    """What this estimator could give at most on this input, H(c) or log B; None where there is no limit."""
    control: float | None
    """The same estimator on shuffled pairs, about 0 if nothing leaks; None if it was not asked for."""
    kind: Kind
    """A "lower bound" (in expectation, whatever the critic), "upper bound", or an "estimate" (may err both ways)."""
    estimator: str
    """What measured it."""
    n_train: int
    """Samples a critic was fitted to (of one fold, where there are several); 0 if nothing was fitted."""
    n_eval: int
    """Samples that `value` is an average of."""
    n_groups: int | None = None
    """Groups (speakers) among those; None if no groups were given."""
    within_groups: float | None = None
    """The same estimator on y shuffled within each group: what groups tell by themselves, about 0 if they don't. None if no
    groups were given, for then it can't be known, or if no control was asked for."""
    warning: str | None = None
    """A sentence where groups, given or not, may pass for information."""

    @property
    def bits(self) -> float:
        """`value` in bits, the second unit.

        >>> MIEstimate(math.log(2), (0.6, 0.7), None, 0.0, "estimate", "KSG", 0, 100).bits
        1.0
        """
        return self.value / math.log(2)

    def __str__(self) -> str:
        """One line.

        >>> print(MIEstimate(1.187, (1.1, 1.28), 2.0794, 0.001, "lower bound", "linear critic", 800, 1000, 20))
        I ≥ 1.19 nats [1.10, 1.28]; ceiling 2.08; shuffled 0.00; linear critic, trained on 800, measured on 1,000 of 20 groups
        >>> print(MIEstimate(0.4, (0.3, 0.5), None, 0.0, "estimate", "3 nearest neighbours", 0, 500))
        I ≈ 0.40 nats [0.30, 0.50]; shuffled 0.00; 3 nearest neighbours, measured on 500, no groups given
        """
        sign = {"lower bound": "≥", "estimate": "≈", "upper bound": "≤"}[self.kind]
        low, high = self.interval
        parts = [f"I {sign} {format_nats(self.value)} nats [{format_nats(low)}, {format_nats(high)}]"]
        if self.ceiling is not None:
            parts.append(f"ceiling {format_nats(self.ceiling)}")
        if self.control is not None:
            parts.append(f"shuffled {format_nats(self.control)}")
        if self.within_groups is not None:
            parts[-1] += f", within groups {format_nats(self.within_groups)}"
        trained = f", trained on {self.n_train:,}" if self.n_train else ""
        groups = ", no groups given" if self.n_groups is None else f" of {self.n_groups:,} groups"
        parts.append(f"{self.estimator}{trained}, measured on {self.n_eval:,}{groups}")
        if self.warning is not None:
            parts.append(f"warning: {self.warning}")
        return "; ".join(parts)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able fields, and `bits`."""
        fields = asdict(self)
        fields["interval"] = list(self.interval)
        return fields | {"bits": self.bits}


class Estimator(Protocol):
    """Hyper-parameters go to the constructor; one call measures."""

    @property
    def name(self) -> str:
        """What stands in `MIEstimate.estimator`."""

    def estimate(self, x: np.ndarray, y: np.ndarray, groups: np.ndarray | None = None) -> MIEstimate:
        """I(x; y) from N pairs.

        Args:
            x: (N, d) float features.
            y: (N, d') float features or (N,) labels.
            groups: (N,) speakers or other units that depend on each other; never split between fitting and measuring.

        Raises:
            MIError: the input can't be measured; the message says what to change.
        """


def format_nats(value: float) -> str:
    """Two decimals, without a minus sign in front of what rounds to zero."""
    return f"{round(value, 2) + 0.0:.2f}"
