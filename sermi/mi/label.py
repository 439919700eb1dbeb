"""Information that features carry about a label: the Barber-Agakov bound, cross-fitted and held-out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, get_args

import numpy as np

from sermi.mi import confounds, inputs
from sermi.mi.calibration import calibrate
from sermi.mi.interface import MIError, MIEstimate
from sermi.mi.label_critic import (
    UNKNOWN,
    LabelCritic,
    LabelCriticName,
    candidate_evidence,
    fit_codes,
    n_candidates,
    refit,
)
from sermi.mi.resampling import deal_folds, from_zero, mean_interval


@dataclass(frozen=True)
class LabelInformation:
    """I(c; x) >= H(c) + E log q(c | x) (Barber and Agakov 2003), each sample judged by a critic that never saw it.

    The critic may answer with the prior alone, which gives exactly 0, so overconfidence can't push the value far below; where
    too few samples do, the value is 0 and a warning says so.
    p(c) is the share of each class in all samples; nothing else crosses folds.

    Attributes:
        critic: "linear" finds what a linear read-out would; "selected" takes it, shrunken centroids (a few features among many)
            or a quadratic discriminant (spreads that differ), by likelihood on other folds; "mlp" finds any combination of
            features, given hundreds of samples.
        n_folds: of the cross-fit, at least 3; whole groups go to a fold.
        seed: of folds, networks and bootstrap.
        control: also measure on shuffled labels, in one fold of the same design; and on labels shuffled within groups, if
            there are any.
    """

    critic: LabelCriticName = "linear"
    n_folds: int = 5
    seed: int = 0
    control: bool = True

    def __post_init__(self) -> None:
        if self.critic not in get_args(LabelCriticName):
            raise MIError(UNKNOWN.format(self.critic))
        if self.n_folds < 3:
            raise MIError(f"n_folds must be 3 or more to fit, tune and measure on different folds, not {self.n_folds}.")

    @property
    def name(self) -> str:
        """Of the estimator."""
        return f"Barber-Agakov, {self.critic} critic"

    def estimate(self, x: Any, y: Any, groups: Any = None) -> MIEstimate:
        """I(c; x) in nats, a lower bound with ceiling H(c).

        Args:
            x: (N, d) features.
            y: (N,) labels: integers or names.
            groups: (N,) speakers; folds are then disjoint in them and the interval is over them.

        Raises:
            MIError: the input can't be measured; the message says what to change.

        >>> y = np.arange(300) % 3
        >>> measured = LabelInformation(control=False).estimate(np.eye(3)[y], y)
        >>> round(measured.value, 1), round(measured.ceiling, 4)
        (1.1, 1.0986)
        """
        table = inputs.features(x)
        _, codes = inputs.labels(y)
        inputs.same_length(table, codes)
        group = inputs.group_codes(groups, len(table))
        rng = np.random.default_rng(self.seed)
        folds = deal_folds(self.n_folds, rng, labels=codes, groups=group)
        log_prior = np.log(np.bincount(codes) / len(codes))
        ceiling = _entropy(log_prior)

        gains = np.empty(len(table))
        n_train = 0
        critics = self._critics(table, codes, group, folds=folds, log_prior=log_prior, outer=range(self.n_folds))
        for fold, critic in enumerate(critics):
            rows = folds == fold
            gains[rows] = _gains(critic, table[rows], codes[rows])
            n_train = max(n_train, critic.n_train)
        mean, control, within = float(gains.mean()), None, None
        value, (low, high) = from_zero(mean, mean_interval(gains, rng, group))
        if self.control:
            control = self._control(table, rng.permutation(codes), group, folds=folds, log_prior=log_prior)
        if self.control and group is not None:
            shuffled = codes[confounds.shuffle_within(group, rng)]
            within = self._control(table, shuffled, group, folds=folds, log_prior=log_prior)
        return MIEstimate(
            value=value,
            interval=(low, min(high, ceiling)),
            ceiling=ceiling,
            control=control,
            kind="lower bound",
            estimator=self.name,
            n_train=n_train,
            n_eval=len(table),
            n_groups=None if group is None else int(group.max()) + 1,
            within_groups=within,
            warning=confounds.warning(table, codes, group, value=mean, within=within, seed=self.seed),
        )

    def _control(
        self,
        x: np.ndarray,
        shuffled: np.ndarray,
        groups: np.ndarray | None,
        *,
        folds: np.ndarray,
        log_prior: np.ndarray,
    ) -> float:
        """What the design finds where there is nothing to find. One fold of it says so at a third of the price of all."""
        (critic,) = self._critics(x, shuffled, groups, folds=folds, log_prior=log_prior, outer=(0,))
        held_out = folds == 0
        return float(_gains(critic, x[held_out], shuffled[held_out]).mean())

    def _critics(
        self,
        x: np.ndarray,
        codes: np.ndarray,
        groups: np.ndarray | None,
        *,
        folds: np.ndarray,
        log_prior: np.ndarray,
        outer: Sequence[int],
    ) -> Iterator[LabelCritic]:
        """For each fold in outer, a critic fitted and tuned on the other folds only."""
        if self.critic != "mlp":
            yield from self._nested_critics(x, codes, groups, folds=folds, log_prior=log_prior, outer=outer)
            return
        for fold in outer:
            rest = folds != fold
            kept = None if groups is None else np.unique(groups[rest], return_inverse=True)[1]
            yield fit_codes(x[rest], codes[rest], kept, log_prior=log_prior, critic=self.critic, seed=self.seed)

    def _nested_critics(
        self,
        x: np.ndarray,
        codes: np.ndarray,
        groups: np.ndarray | None,
        *,
        folds: np.ndarray,
        log_prior: np.ndarray,
        outer: Sequence[int],
    ) -> Iterator[LabelCritic]:
        """Nested cross-validation at half its price: a critic fitted without two folds tunes either's with the other."""
        shape = (n_candidates(self.critic), len(x), len(log_prior))
        evidence = {fold: np.zeros(shape) for fold in outer}
        for first, second in combinations(range(self.n_folds), 2):
            pair = [(a, b) for a, b in ((first, second), (second, first)) if a in evidence]
            if not pair:
                continue
            out = (folds == first) | (folds == second)
            of_pair = np.zeros(shape)
            of_pair[:, out] = candidate_evidence(
                self.critic, x[~out], codes[~out], log_prior, held_out=x[out], seed=self.seed
            )
            for measured_on, tuned_on in pair:
                rows = folds == tuned_on
                evidence[measured_on][:, rows] = of_pair[:, rows]
        for fold in outer:
            rest = folds != fold
            group = None if groups is None else groups[rest]
            chosen = calibrate(evidence[fold][:, rest], codes[rest], log_prior, group)
            yield refit(x[rest], codes[rest], log_prior, calibration=chosen, seed=self.seed)


def evaluate_label_critic(critic: LabelCritic, x: Any, y: Any, groups: Any = None, *, seed: int = 0) -> MIEstimate:
    """I(c; x) on a set that the critic was not fitted to, for instance generated features judged by a critic of real ones.

    A lower bound for this set's own mixture of classes: the critic's evidence is read under it. A critic of other data may
    be wrong about this set; the value is then low or negative, and says so. There is no control, for nothing is fitted.

    Args:
        critic: fitted elsewhere.
        x: (N, d) features.
        y: (N,) classes 0..K-1.
        groups: (N,) units of the interval.
        seed: of the bootstrap.

    Raises:
        MIError: the input can't be measured; the message says what to change.
    """
    table = inputs.features(x)
    inputs.labels(y)
    codes = inputs.class_codes(y, len(table), critic.n_classes)
    group = inputs.group_codes(groups, len(table))
    with np.errstate(divide="ignore"):
        log_prior = np.log(np.bincount(codes, minlength=critic.n_classes) / len(codes))
    ceiling = _entropy(log_prior)
    gains = _gains(critic.with_prior(log_prior), table, codes)
    low, high = mean_interval(gains, np.random.default_rng(seed), group)
    return MIEstimate(
        value=float(gains.mean()),
        interval=(low, min(high, ceiling)),
        ceiling=ceiling,
        control=None,
        kind="lower bound",
        estimator="Barber-Agakov, given critic",
        n_train=critic.n_train,
        n_eval=len(table),
        n_groups=None if group is None else int(group.max()) + 1,
    )


def _gains(critic: LabelCritic, x: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """log q(c | x) - log p(c): (N,)."""
    rows = np.arange(len(codes))
    return critic.log_prob(x)[rows, codes] - critic.log_prior[codes]


def _entropy(log_prior: np.ndarray) -> float:
    """H(c) of log p(c): (K,)."""
    present = log_prior[np.isfinite(log_prior)]
    return float(-np.sum(np.exp(present) * present))
