"""Information between two sets of features, by a critic that is measured on pairs it never saw."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np

from sermi.mi import confounds, inputs
from sermi.mi.critics import CriticName
from sermi.mi.fitting import BOUNDS, BoundName, Training
from sermi.mi.held_out import contributions
from sermi.mi.interface import Kind, MIError, MIEstimate
from sermi.mi.pair_critic import PairCritic, fit_pair_critic
from sermi.mi.resampling import from_zero, mean_interval, split

TITLES: dict[BoundName, str] = {"infonce": "InfoNCE", "smile": "SMILE", "nwj": "NWJ", "mine": "MINE"}
# Donsker-Varadhan (MINE) bounds from below only with the exact expectation (Poole et al. 2019, 2.2); SMILE not at all.
KINDS: dict[BoundName, Kind] = {"infonce": "lower bound", "smile": "estimate", "nwj": "lower bound", "mine": "estimate"}
_SHARES = (0.75, 0.25)
_FEWEST = 40


@dataclass(frozen=True)
class PairInformation:
    """I(x; y) by a trained critic: 60 % of the pairs train it, 15 % stop and calibrate it, 25 % measure.

    Where too few pairs make a critic that does worse than none, the value is 0 and a warning says so.

    Attributes:
        bound: "infonce": steady, but never above log B; "nwj": a bound without that ceiling, whose variance grows as e^I;
            "mine": Donsker-Varadhan, errs upwards when I is large; "smile": steady at large I, neither bound nor unbiased.
        critic: "separable" is quick; "concatenated" can say anything about a pair and costs B² passes; "bilinear" is
            for features that are linear in each other, and for few samples.
        seed: of splits, weights, batches and bootstrap.
        control: also fit and measure on shuffled pairs; and on pairs shuffled within groups, if there are any.
        training: steps, rates, device.
        block: B of the measurement at most, 2 or more; a critic that scores each pair by itself takes fewer.
    """

    bound: BoundName = "infonce"
    critic: CriticName = "separable"
    seed: int = 0
    control: bool = True
    training: Training = field(default_factory=Training)
    block: int = 2048

    def __post_init__(self) -> None:
        options = {"bound": (self.bound, BOUNDS), "critic": (self.critic, get_args(CriticName))}
        for name, (value, allowed) in options.items():
            if value not in allowed:
                raise MIError(f"The {name} must be one of {', '.join(allowed)}, not {value!r}.")
        if self.block < 2:
            raise MIError(f"block must be 2 or more, so that there are pairs to tell apart, not {self.block}.")

    @property
    def name(self) -> str:
        """Of the estimator."""
        return f"{TITLES[self.bound]}, {self.critic} critic"

    def estimate(self, x: Any, y: Any, groups: Any = None) -> MIEstimate:
        """I(x; y) in nats; for InfoNCE with ceiling log B.

        Args:
            x: (N, d) features.
            y: (N, d') features.
            groups: (N,) speakers; parts are then disjoint in them and the interval is over them.

        Raises:
            MIError: the input can't be measured; the message says what to change.
        """
        left, right = inputs.features(x), inputs.features(y, "y")
        inputs.same_length(left, right)
        if len(left) < _FEWEST:
            raise MIError(
                f"{len(left)} pairs are too few to fit, tune and measure a critic on; give at least {_FEWEST}."
            )
        group = inputs.group_codes(groups, len(left))
        if group is not None and group.max() < 2:
            raise MIError("2 groups can't be split into parts to fit, tune and measure on; give samples of at least 3.")
        rng = np.random.default_rng(self.seed)
        rest, measured = split(len(left), _SHARES, rng, group)
        rng.shuffle(measured)
        critic = self._fit(left, right, rest, group)
        blocks = critic.blocks(left[measured], right[measured], self.block)
        values = np.concatenate([contributions(self.bound, scores) for scores in blocks])
        measured_groups = None if group is None else group[measured]
        mean = float(values.mean())
        value, (low, high) = from_zero(mean, mean_interval(values, rng, measured_groups))
        ceiling = None
        if self.bound == "infonce":
            ceiling = sum(len(scores) * math.log(len(scores)) for scores in blocks) / len(measured)
            high = min(high, ceiling)
        control, within = None, None
        if self.control:
            control = self._control(left, right[rng.permutation(len(right))], group, rest=rest, measured=measured)
        if self.control and group is not None:
            shuffled = right[confounds.shuffle_within(group, rng)]
            within = self._control(left, shuffled, group, rest=rest, measured=measured)
        return MIEstimate(
            value=value,
            interval=(low, high),
            ceiling=ceiling,
            control=control,
            kind=KINDS[self.bound],
            estimator=self.name,
            n_train=critic.n_train,
            n_eval=len(measured),
            n_groups=None if measured_groups is None else len(np.unique(measured_groups)),
            within_groups=within,
            warning=confounds.warning(left, None, group, value=mean, within=within, seed=self.seed),
        )

    def _fit(self, x: np.ndarray, y: np.ndarray, rows: np.ndarray, groups: np.ndarray | None) -> PairCritic:
        return fit_pair_critic(
            x[rows],
            y[rows],
            None if groups is None else groups[rows],
            bound=self.bound,
            critic=self.critic,
            seed=self.seed,
            training=self.training,
        )

    def _control(
        self, x: np.ndarray, shuffled: np.ndarray, groups: np.ndarray | None, *, rest: np.ndarray, measured: np.ndarray
    ) -> float:
        """What the same design finds where there is nothing to find; it stops early, for there is nothing to learn."""
        blocks = self._fit(x, shuffled, rest, groups).blocks(x[measured], shuffled[measured], self.block)
        return float(np.concatenate([contributions(self.bound, scores) for scores in blocks]).mean())
