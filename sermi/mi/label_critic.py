"""A critic of labels: features to calibrated class probabilities, fitted without ever dividing a group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from sermi.mi import inputs
from sermi.mi.basis import fit_basis
from sermi.mi.calibration import Calibration, calibrate, log_posterior
from sermi.mi.interface import MIError
from sermi.mi.linear import PENALTIES, fit_path
from sermi.mi.marginals import fit_marginals
from sermi.mi.resampling import deal_folds, split
from sermi.stats.threads import single_threaded

LabelCriticName = Literal["linear", "mlp"]
Table = Callable[[np.ndarray], np.ndarray]
"""(N, d) -> (N, d')."""

N_INNER_FOLDS = 3
_MLP_SHARES = (0.75, 0.25)


@dataclass(frozen=True)
class LabelCritic:
    """q(c | x), and the prior it was fitted under."""

    steps: tuple[Table, ...]
    """From features to evidence, one after the other."""
    calibration: Calibration
    """From evidence to probabilities."""
    log_prior: np.ndarray
    """(K,): log p(c) of the training labels."""
    n_features: int
    """d that it was fitted on."""
    n_train: int
    """Samples it saw."""

    @property
    def n_classes(self) -> int:
        """K."""
        return len(self.log_prior)

    def log_prob(self, x: Any) -> np.ndarray:
        """log q(c | x): (N, d) -> (N, K), each row a distribution.

        Raises:
            MIError: x is not a finite table of as many features as the critic was fitted on.
        """
        table = inputs.features(x)
        if table.shape[1] != self.n_features:
            raise MIError(
                f"x has {table.shape[1]} features, but the critic was fitted on {self.n_features}; give it the same ones."
            )
        for step in self.steps:
            table = step(table)
        return log_posterior(table, self.log_prior, self.calibration.scale, self.calibration.mixing)

    def with_prior(self, log_prior: np.ndarray) -> LabelCritic:
        """The same evidence under another prior (K,): a set whose classes are mixed differently needs its own."""
        return replace(self, log_prior=np.asarray(log_prior, dtype=np.float64))


def fit_label_critic(
    x: Any,
    y: Any,
    groups: Any = None,
    *,
    critic: LabelCriticName = "linear",
    n_classes: int,
    seed: int = 0,
) -> LabelCritic:
    """Fit to all of x, y; penalty or stopping point, scale and mixing are chosen on samples (groups) left out inside.

    Args:
        x: (N, d) features.
        y: (N,) classes 0..n_classes-1, at least two of them present. A class that is missing keeps a small probability.
        groups: (N,) speakers, never divided.
        critic: "linear" (multinomial logistic) or "mlp" (two hidden layers).
        n_classes: K.
        seed: the same seed gives the same critic.

    Raises:
        MIError: the input can't be used; the message says what to change.
    """
    if critic not in get_args(LabelCriticName):
        raise MIError(f"The label critic must be 'linear' or 'mlp', not {critic!r}.")
    table = inputs.features(x)
    inputs.labels(y)
    codes = inputs.class_codes(y, len(table), n_classes)
    # half a sample more in each class: a missing one stays possible, and equal classes stay exactly equal
    counts = np.bincount(codes, minlength=n_classes) + 0.5
    log_prior = np.log(counts / counts.sum())
    group = inputs.group_codes(groups, len(table))
    return fit_codes(table, codes, group, log_prior=log_prior, critic=critic, seed=seed)


def fit_codes(
    x: np.ndarray,
    codes: np.ndarray,
    groups: np.ndarray | None,
    *,
    log_prior: np.ndarray,
    critic: LabelCriticName,
    seed: int,
) -> LabelCritic:
    """`fit_label_critic` on checked arrays and with a prior of the caller's."""
    if critic == "mlp":
        return _fit_mlp(x, codes, groups, log_prior=log_prior, seed=seed)
    n_folds = N_INNER_FOLDS if groups is None else min(N_INNER_FOLDS, int(groups.max()) + 1)
    folds = deal_folds(n_folds, np.random.default_rng(seed), labels=codes, groups=groups)
    evidence = np.empty((len(PENALTIES), len(x), len(log_prior)))
    for fold in range(n_folds):
        rows = folds == fold
        evidence[:, rows] = linear_evidence(x[~rows], codes[~rows], log_prior, held_out=x[rows], seed=seed)
    calibration = calibrate(evidence, codes, log_prior, groups)
    return refit_linear(x, codes, log_prior, calibration=calibration, seed=seed)


@single_threaded
def linear_evidence(
    x: np.ndarray, codes: np.ndarray, log_prior: np.ndarray, *, held_out: np.ndarray, seed: int
) -> np.ndarray:
    """Evidence (P, M, K) of linear critics under each of P penalties, fitted to x (N, d), codes (N,), on held_out (M, d)."""
    basis = fit_basis(x, seed)
    z_held_out = basis(held_out)
    return np.stack([head(z_held_out) for head in fit_path(basis(x), basis.variances, codes, log_prior)])


@single_threaded
def refit_linear(
    x: np.ndarray, codes: np.ndarray, log_prior: np.ndarray, *, calibration: Calibration, seed: int
) -> LabelCritic:
    """A linear critic on all of x with the penalty that a calibration chose."""
    basis = fit_basis(x, seed)
    penalty = (PENALTIES[calibration.candidate],)
    (head,) = fit_path(basis(x), basis.variances, codes, log_prior, penalties=penalty)
    return LabelCritic((basis, head), calibration, log_prior, n_features=x.shape[1], n_train=len(x))


def _fit_mlp(
    x: np.ndarray, codes: np.ndarray, groups: np.ndarray | None, *, log_prior: np.ndarray, seed: int
) -> LabelCritic:
    """One group-disjoint part is kept for stopping and calibration; networks aren't refitted to it afterwards."""
    from sermi.mi.mlp import fit_mlp

    fit, held_out = split(len(x), _MLP_SHARES, np.random.default_rng(seed), groups)
    marginals = fit_marginals(x[fit])
    scores = marginals(x[fit])
    basis = fit_basis(scores, seed).whitened(len(fit))
    z_held_out = basis(marginals(x[held_out]))
    head = fit_mlp((basis(scores), codes[fit]), (z_held_out, codes[held_out]), log_prior, seed)
    group = None if groups is None else groups[held_out]
    calibration = calibrate([head(z_held_out)], codes[held_out], log_prior, group)
    return LabelCritic((marginals, basis, head), calibration, log_prior, n_features=x.shape[1], n_train=len(fit))
