"""What real features tell about the emotion of speakers that were left out: the yardstick of a generated set."""

from __future__ import annotations

import numpy as np

from sermi.errors import SermiError
from train.calibrate import balanced_weights, temperature
from train.gaussians import class_gaussians
from train.selection import speaker_folds

N_FOLDS = 4
SHRINKAGE = 0.15


def speaker_disjoint_information(h: np.ndarray, c: np.ndarray, groups: np.ndarray | None, seed: int) -> float:
    """I(c; h) in nats by a linear discriminant fitted on other speakers, classes counting equally.

    log K + E log q(c | h) (Barber and Agakov 2003), q calibrated by one temperature over all folds: the same family of
    critic as the generator's Gaussian base has, and cheap enough to be measured for every training set. Not below 0.
    h: (N, d); c: (N,) codes 0..K-1; groups: (N,) speakers. Raises SermiError without at least two speakers.
    """
    if groups is None or len(np.unique(groups)) < 2:
        raise SermiError(
            "Matching the information of real speech needs at least two speakers; say who is who in groups."
        )
    k, weights = int(c.max()) + 1, balanced_weights(c)
    scores = np.zeros((len(c), k))
    for held_out in speaker_folds(groups, min(N_FOLDS, len(np.unique(groups))), seed):
        means, factor = class_gaussians(h[~held_out], c[~held_out], k, SHRINKAGE)
        known = ~np.isnan(means[:, 0])
        x, centres = (np.linalg.solve(factor, rows.T).T for rows in (h[held_out], means[known]))
        scores[np.ix_(held_out, known)] = x @ centres.T - 0.5 * (centres**2).sum(axis=1)
        # a class that the others never showed is neither likely nor unlikely
        scores[np.ix_(held_out, ~known)] = scores[np.ix_(held_out, known)].mean(axis=1, keepdims=True)
    scaled = scores / temperature(scores, c, weights)
    log_q = scaled - np.logaddexp.reduce(scaled, axis=1, keepdims=True)
    return max(0.0, float(np.log(k) + np.average(log_q[np.arange(len(c)), c], weights=weights)))
