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
from sermi.mi.moments import BLENDS, THRESHOLDS, fit_centroids, fit_quadratic
from sermi.mi.resampling import deal_folds, split
from sermi.mi.taming import fit_taming
from sermi.stats.threads import single_threaded

LabelCriticName = Literal["linear", "selected", "mlp"]
Table = Callable[[np.ndarray], np.ndarray]
"""(N, d) -> (N, d')."""

UNKNOWN = "The label critic must be 'linear', 'selected' or 'mlp', not {!r}."
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
        critic: "linear" (multinomial logistic), "selected" (that, shrunken centroids or a quadratic discriminant, by the
            likelihood of samples left out) or "mlp" (two hidden layers).
        n_classes: K.
        seed: the same seed gives the same critic.

    Raises:
        MIError: the input can't be used; the message says what to change.
    """
    if critic not in get_args(LabelCriticName):
        raise MIError(UNKNOWN.format(critic))
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
    evidence = np.empty((n_candidates(critic), len(x), len(log_prior)))
    for fold in range(n_folds):
        rows = folds == fold
        evidence[:, rows] = candidate_evidence(critic, x[~rows], codes[~rows], log_prior, held_out=x[rows], seed=seed)
    calibration = calibrate(evidence, codes, log_prior, groups)
    return refit(x, codes, log_prior, calibration=calibration, seed=seed)


def n_candidates(critic: LabelCriticName) -> int:
    """Heads that a closed-form or convex critic chooses from."""
    return len(PENALTIES) + (len(THRESHOLDS) + len(BLENDS) if critic == "selected" else 0)


@single_threaded
def candidate_evidence(
    critic: LabelCriticName, x: np.ndarray, codes: np.ndarray, log_prior: np.ndarray, *, held_out: np.ndarray, seed: int
) -> np.ndarray:
    """Evidence (P, M, K) of each of P candidates, fitted to x (N, d), codes (N,), on held_out (M, d)."""
    taming = fit_taming(x)
    tame, tame_held_out = taming(x), taming(held_out)
    basis = fit_basis(tame, seed)
    z, z_held_out = basis(tame), basis(tame_held_out)
    evidence = [head(z_held_out) for head in fit_path(z, basis.variances, codes, log_prior)]
    if critic == "selected":
        evidence += [head(tame_held_out) for head in fit_centroids(tame, codes, len(log_prior))]
        evidence += [head(z_held_out) for head in fit_quadratic(z, codes, len(log_prior))]
    return np.stack(evidence)


@single_threaded
def refit(
    x: np.ndarray, codes: np.ndarray, log_prior: np.ndarray, *, calibration: Calibration, seed: int
) -> LabelCritic:
    """The candidate that a calibration chose, on all of x."""
    taming = fit_taming(x)
    tame, number = taming(x), calibration.candidate
    basis, steps = fit_basis(tame, seed), tuple[Table, ...]()
    if number < len(PENALTIES):
        (head,) = fit_path(basis(tame), basis.variances, codes, log_prior, penalties=(PENALTIES[number],))
        steps = (taming, basis, head)
    elif (number := number - len(PENALTIES)) < len(THRESHOLDS):
        steps = (taming, list(fit_centroids(tame, codes, len(log_prior)))[number])
    else:
        quadratic = list(fit_quadratic(basis(tame), codes, len(log_prior)))[number - len(THRESHOLDS)]
        steps = (taming, basis, quadratic)
    return LabelCritic(steps, calibration, log_prior, n_features=x.shape[1], n_train=len(x))


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
