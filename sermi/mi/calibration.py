"""From a critic's evidence to probabilities that hold on unseen samples, with "knows nothing" as one possible answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax

from sermi.mi.resampling import margin

_COARSE = tuple(2.0**step for step in range(-3, 5))
_FINE = tuple(2.0 ** (step / 4) for step in range(-3, 4))
_MIXINGS = (1e-3, 1e-2, 5e-2)
_MOST_MIXING = 0.5
_CERTAINTY = 0.97725
"""Of evidence being better than the prior, for it to be used at all: two standard errors of many samples, more of few. Else
chance alone would lend it a scale."""
_SHARE = 0.5
"""Of one sample: n of them can't show that less than about this share of n is wrong, and a sure critic must not claim it."""


@dataclass(frozen=True)
class Calibration:
    """q(c | x) = (1 - ε) softmax(s · evidence + log p(c)) + ε p(c)."""

    candidate: int
    """Which evidence."""
    scale: float
    """s, 0 for the prior alone."""
    mixing: float
    """ε, which bounds the loss on one sample by log ε."""


def log_posterior(evidence: np.ndarray, log_prior: np.ndarray, scale: float, mixing: float) -> np.ndarray:
    """log q(c | x): (N, K) from evidence (N, K) and log p(c) (K,)."""
    if scale == 0:
        return np.broadcast_to(log_prior, evidence.shape).copy()
    sharp = log_softmax(scale * evidence + log_prior, axis=1)
    return np.logaddexp(np.log1p(-mixing) + sharp, np.log(mixing) + log_prior)


def calibrate(
    evidence: Sequence[np.ndarray] | np.ndarray, codes: np.ndarray, log_prior: np.ndarray, groups: np.ndarray | None
) -> Calibration:
    """Choose candidate, scale and mixing by the mean log q(c | x) on samples that the candidates were not fitted to.

    Args:
        evidence: of each candidate, (N, K).
        codes: (N,) classes.
        log_prior: (K,).
        groups: (N,) units that a standard error must treat as one.
    """
    rows = np.arange(len(codes))
    mixings = sorted({max(mixing, min(_SHARE / len(codes), _MOST_MIXING)) for mixing in _MIXINGS})

    def gains(candidate: int, scale: float, mixing: float) -> np.ndarray:
        return log_posterior(evidence[candidate], log_prior, scale, mixing)[rows, codes] - log_prior[codes]

    _, candidate, coarse = max(
        (gains(candidate, scale, mixings[0]).mean(), candidate, scale)
        for candidate in range(len(evidence))
        for scale in _COARSE
    )
    _, scale = max((gains(candidate, coarse * fine, mixings[0]).mean(), coarse * fine) for fine in _FINE)
    _, mixing = max((gains(candidate, scale, mixing).mean(), mixing) for mixing in mixings)
    gained = gains(candidate, scale, mixing)
    if not gained.mean() > margin(gained, groups, _CERTAINTY):
        scale = 0.0
    return Calibration(candidate, scale, mixing)
