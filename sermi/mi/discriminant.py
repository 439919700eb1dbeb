"""Information about the emotion of speakers that were left out, by a discriminant: the yardstick of a generated set."""

from __future__ import annotations

import numpy as np

from sermi.errors import SermiError
from sermi.mi.taming import fit_taming
from sermi.stats.calibration import balanced_weights, log_softmax, temperature
from sermi.stats.folds import speaker_folds
from sermi.stats.gaussians import class_gaussians

N_FOLDS = 4
SHRINKAGE = 0.15


def speaker_disjoint_information(h: np.ndarray, c: np.ndarray, groups: np.ndarray | None, *, seed: int = 0) -> float:
    """I(c; h) in nats by a linear discriminant fitted on other speakers, classes counting equally.

    log K + E log q(c | h) (Barber and Agakov 2003), q calibrated by one temperature over all folds: the same family of
    critic as the generator's Gaussian base has, and cheap enough to be measured for every training set. Not below 0.

    Args:
        h: (N, d) features.
        c: (N,) codes 0..K-1.
        groups: (N,) speakers.
        seed: of the folds that speakers are dealt to.

    Raises:
        SermiError: groups don't name at least two speakers, one for each sample.
    """
    log_q = _held_out_log_q(h, c, groups, seed)
    k = log_q.shape[1]
    return max(0.0, float(np.log(k) + np.average(log_q[np.arange(len(c)), c], weights=balanced_weights(c))))


def pair_information_by_emotion(
    h: np.ndarray, t: np.ndarray, c: np.ndarray, groups: np.ndarray, *, seed: int = 0
) -> float:
    """I(h; t) in nats as far as it runs through the emotion, by speakers left out; at most the log of the number of pairs.

    InfoNCE (van den Oord et al. 2018) of the critic log Σ_c q(c | h) q(c | t) / p(c), which is the best one where voice and
    words are independent given the emotion, as in label-matched pairs, and emotions come equally often; else the bound is
    looser, since q has equal priors. A critic that has to find this out by itself needs far
    more pairs than a small corpus has.

    Args:
        h: (N, d) features.
        t: (N, dt) text features.
        c: (N,) codes 0..K-1.
        groups: (N,) speakers.
        seed: of the folds that speakers are dealt to.

    Raises:
        SermiError: groups don't name at least two speakers, one for each sample.
    """
    voice, words = (np.exp(_held_out_log_q(x, c, groups, seed)) for x in (h, t))
    prior = np.average(voice, axis=0)
    scores = np.log(voice / prior @ words.T + 1e-12)
    rest = np.logaddexp.reduce(scores, axis=1) - np.log(len(c))
    return float(np.mean(np.diagonal(scores) - rest))


def _held_out_log_q(h: np.ndarray, c: np.ndarray, groups: np.ndarray | None, seed: int) -> np.ndarray:
    """log q(c | h) (N, K) of each row by a discriminant of other groups, calibrated by one temperature over all folds."""
    if groups is not None and len(groups) != len(c):
        raise SermiError(f"There are {len(groups)} groups for {len(c)} samples; give one for each.")
    if groups is None or len(np.unique(groups)) < 2:
        raise SermiError(
            "Information about new speakers is measured on some that are left out, so it needs at least two speakers; "
            "say who is who in groups."
        )
    h = fit_taming(h)(h)
    k = int(c.max()) + 1
    scores = np.zeros((len(c), k))
    for held_out in speaker_folds(groups, min(N_FOLDS, len(np.unique(groups))), seed):
        means, factor = class_gaussians(h[~held_out], c[~held_out], k, SHRINKAGE)
        present = ~np.isnan(means[:, 0])
        x, centres = (np.linalg.solve(factor, rows.T).T for rows in (h[held_out], means[present]))
        scores[np.ix_(held_out, present)] = x @ centres.T - 0.5 * (centres**2).sum(axis=1)
        # a class that the others never showed is neither likely nor unlikely
        scores[np.ix_(held_out, ~present)] = scores[np.ix_(held_out, present)].mean(axis=1, keepdims=True)
    return log_softmax(scores / temperature(scores, c, balanced_weights(c)))
