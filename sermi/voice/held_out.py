"""What is chosen on voices left out of a model: temperatures with and without context, and when clips don't fit one voice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sermi.errors import SermiError
from sermi.stats.folds import speaker_folds
from sermi.voice.fitness import FitTest, voice_ratios
from sermi.voice.fitting import VoiceSettings, fit_voice_model
from sermi.voice.model import VoiceModel

SIZES = (2, 3, 5, 8, 20)
"""Numbers of clips that thresholds are chosen for, as far as voices have them."""
CONTEXTS = (0, 1, 3, 8, 20)
"""Numbers of clips of a context that temperatures are chosen for."""
_N_FOLDS = 4
"""Where speakers are left out of one corpus."""


@dataclass(frozen=True, eq=False)
class HeldOutVoices:
    """A model and recordings of speakers who had no part in it."""

    model: VoiceModel
    h: np.ndarray
    """(N, d) features."""
    c: np.ndarray
    """(N,) emotion codes."""
    speaker: np.ndarray
    """(N,) names."""

    def voices(self) -> Iterator[np.ndarray]:
        """The rows (n,) of each speaker."""
        for name in np.unique(self.speaker):
            yield np.flatnonzero(self.speaker == name)


def held_out_voices(
    h: np.ndarray,
    c: np.ndarray,
    *,
    speaker: np.ndarray,
    corpus: np.ndarray,
    n_classes: int,
    settings: VoiceSettings | None = None,
    seed: int = 0,
) -> list[HeldOutVoices]:
    """Models of all corpora but one, each with the recordings of that one; with a single corpus, of folds of speakers.

    Arguments and errors are those of `fit_voice_model`; seed: of the folds of speakers.
    """
    corpora = np.unique(corpus)
    several = len(corpora) > 1
    masks = [corpus == name for name in corpora] if several else list(speaker_folds(speaker, _N_FOLDS, seed))
    return [
        HeldOutVoices(
            fit_voice_model(
                h[~mask],
                c[~mask],
                speaker=speaker[~mask],
                corpus=corpus[~mask],
                n_classes=n_classes,
                settings=settings,
            ),
            h[mask],
            c[mask],
            speaker[mask],
        )
        for mask in masks
    ]


@dataclass(frozen=True)
class Temperatures:
    """What log-probabilities are divided by before their softmax."""

    sizes: tuple[int, ...]
    """Numbers of clips of a context, rising from 0; between them temperatures are interpolated."""
    values: tuple[float, ...]

    def __call__(self, n: int) -> float:
        """For a context of n clips."""
        return float(np.interp(n, self.sizes, self.values))


def choose_temperatures(
    held_out: Sequence[HeldOutVoices], *, contexts: Sequence[int] = CONTEXTS, seed: int = 0
) -> Temperatures:
    """The temperatures with the least negative log-likelihood of emotions of voices left out (Guo et al. 2017).

    Corpora, speakers and classes count equally. The context of a clip is drawn from the other clips of its speaker.

    Args:
        held_out: From `held_out_voices`.
        contexts: Numbers of clips, rising from 0; those for which no voice has clips enough are left out.
        seed: Of the contexts.
    """
    values = {n: _temperature(held_out, n, seed) for n in contexts}
    chosen = {n: value for n, value in values.items() if value is not None}
    return Temperatures(tuple(chosen), tuple(chosen.values()))


def _temperature(held_out: Sequence[HeldOutVoices], n: int, seed: int) -> float | None:
    from sermi.stats.calibration import balanced_weights, temperature  # brings torch

    rng = np.random.default_rng(seed)
    scores, codes, keys = [], [], []
    for number, part in enumerate(held_out):
        for rows in part.voices():
            if len(rows) < max(1, 2 * n):
                continue
            context = rng.choice(rows, n, replace=False)
            rest = np.setdiff1d(rows, context)
            posterior = part.model.posterior(part.h[context])
            scores.append(part.model.log_probabilities(part.h[rest], posterior))
            codes.append(part.c[rest])
            keys.append(np.full(len(rest), f"{number} {rows[0]}"))
    if not scores:
        return None
    c = np.concatenate(codes)
    corpus_of_key = np.array([key.split()[0] for key in np.concatenate(keys)])
    weights = balanced_weights(np.concatenate(keys), c) * _evening(np.concatenate(keys), corpus_of_key)
    return temperature(np.concatenate(scores), c, weights)


def _evening(speaker: np.ndarray, corpus: np.ndarray) -> np.ndarray:
    """(N,) factors under which corpora count equally where speakers do so far."""
    n_speakers = {name: len(np.unique(speaker[corpus == name])) for name in np.unique(corpus)}
    return np.array([1 / n_speakers[name] for name in corpus])


def choose_fit_test(
    held_out: Sequence[HeldOutVoices],
    *,
    level: float = 0.05,
    clip_level: float = 0.01,
    n_draws: int = 10,
    seed: int = 0,
) -> FitTest:
    """The test that rejects a share of the sets of clips of one voice that was left out; corpora count equally.

    Args:
        held_out: From `held_out_voices`.
        level: Share of sets that are of one voice and whose mean ratio is too low all the same.
        clip_level: Share of clips that are of the voice of the others and whose own ratio is too low all the same. With it
            strangers of the other gender are noticed nine times in ten, those of the same gender one time in three.
        n_draws: Sets drawn of each voice and size.
        seed: Of the draws.

    Raises:
        SermiError: No voice has two clips.
    """
    rng = np.random.default_rng(seed)
    sizes, thresholds, clip_thresholds = [], [], []
    for n in SIZES:
        drawn: list[np.ndarray] = []
        weights: list[float] = []
        for part in held_out:
            sets = [
                rng.choice(rows, n, replace=False) for rows in part.voices() if len(rows) >= n for _ in range(n_draws)
            ]
            drawn += [voice_ratios(part.model, part.h[rows]) for rows in sets]
            weights += [1 / max(1, len(sets))] * len(sets)
        if drawn:
            ratios, shares = np.stack(drawn), np.array(weights)
            sizes.append(n)
            thresholds.append(_quantile(ratios.mean(axis=1), shares, level))
            clip_thresholds.append(_quantile(ratios.ravel(), np.repeat(shares, n), clip_level))
    if not sizes:
        raise SermiError("No voice that was left out has two clips; add speakers with several clips each.")
    return FitTest(tuple(sizes), tuple(thresholds), tuple(clip_thresholds))


def _quantile(values: np.ndarray, weights: np.ndarray, level: float) -> float:
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][np.searchsorted(share, level)])
