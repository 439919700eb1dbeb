"""Critics that score single samples, log q(c | h) - log p(c), fitted on different speakers, for an experiment to compare."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from sermi.mi.label_critic import fit_label_critic
from sermi.stats.calibration import balanced_weights, log_softmax, temperature
from sermi.stats.folds import speaker_folds
from sermi.stats.gaussians import class_gaussians
from train.samples import AudioSample

Critic = Callable[[np.ndarray], np.ndarray]
"""(n, d) features -> (n, K) log q(c | h) under equal priors."""

N_FOLDS = 4
N_KEPT_OUT = 6
"""Folds of the speakers kept out, at most."""
SHRINKAGE = 0.15
"""γ of the discriminant, as in `sermi.mi.discriminant`."""


def folds_within_corpora(corpus: np.ndarray, speaker: np.ndarray, seed: int) -> list[np.ndarray]:
    """Masks (N,) of the rows left out: speakers are dealt to folds corpus by corpus, so every fold trains on every corpus.

    A corpus of a single speaker is never left out.
    """
    rng = np.random.default_rng(seed)
    fold = np.full(len(speaker), -1)
    for name in np.unique(corpus):
        speakers = rng.permutation(np.unique(speaker[corpus == name]))
        for number, one in enumerate(speakers if len(speakers) > 1 else []):
            fold[speaker == one] = number % N_FOLDS
    return [fold == number for number in range(N_FOLDS) if (fold == number).any()]


def logistic_critic(h: np.ndarray, sample: AudioSample, n_classes: int, seed: int) -> Critic:
    """The one of `sermi generate`: logistic, calibrated on speakers left out inside.

    Args:
        h: (N, d) features.
        sample: their codes and speakers.
        n_classes: K.
        seed: of the inner folds.
    """
    equal = np.full(n_classes, -np.log(n_classes))
    speaker = sample.speaker if len(np.unique(sample.speaker)) > 1 else None
    return fit_label_critic(h, sample.c, speaker, n_classes=n_classes, seed=seed).with_prior(equal).log_prob


def discriminant_critic(h: np.ndarray, sample: AudioSample, n_classes: int, seed: int) -> Critic:
    """Classes and corpora count equally; one temperature, of speakers left out within every corpus. Arguments as above."""
    scores, weights = np.zeros((len(h), n_classes)), balanced_weights(sample.c, sample.corpus)
    folds = folds_within_corpora(sample.corpus, sample.speaker, seed)
    for rows in folds:
        scores[rows] = _discriminant(h[~rows], sample.where(~rows), n_classes)(h[rows])
    known = np.any(folds, axis=0)
    fitted_temperature = temperature(scores[known], sample.c[known], weights[known])
    shipped = _discriminant(h, sample, n_classes)
    return lambda x: log_softmax(shipped(x) / fitted_temperature)


def _discriminant(h: np.ndarray, sample: AudioSample, n_classes: int) -> Critic:
    """Uncalibrated."""
    weights = balanced_weights(sample.c, sample.corpus)
    means, factor = class_gaussians(h, sample.c, n_classes, SHRINKAGE, weights)
    centres = np.linalg.solve(factor, means.T).T
    towards = np.linalg.solve(factor.T, centres.T)
    offset = 0.5 * (centres**2).sum(axis=1)
    return lambda x: x @ towards - offset


TRAINING_CRITICS: Mapping[str, Callable[[np.ndarray, AudioSample, int, int], Critic]] = {
    "logistic, training speakers": logistic_critic,
    "discriminant, training speakers": discriminant_critic,
}
"""Fitted on all training speakers of a split."""
KEPT_OUT = "logistic, speakers kept out"
"""The kind that a checkpoint's reference gives: of speakers whom no training met."""


def kept_out_critics(
    h: np.ndarray, sample: AudioSample, n_classes: int, seed: int
) -> Iterator[tuple[np.ndarray, Critic]]:
    """Logistic critics of some of the speakers kept out, each with the rows (N,) of the others, that it may be tested on.

    Of six speakers one is left out at a time. Arguments as above. Raises SermiError where there is a single one.
    """
    n_folds = max(2, min(N_KEPT_OUT, len(np.unique(sample.speaker))))
    for rows in speaker_folds(sample.speaker, n_folds, seed):
        yield rows, logistic_critic(h[~rows], sample.where(~rows), n_classes, seed)
