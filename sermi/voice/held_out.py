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
KNOWN_CONTEXTS = (1, 3)
"""The same, of clips that are known to be neutral."""
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

    def contexts(
        self, n: int, rng: np.random.Generator, neutral: int | None = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Of each voice that has twice n clips: n of its rows drawn, of this emotion where one is given, and the rest (m,)."""
        for rows in self.voices():
            pool = rows if neutral is None else rows[self.c[rows] == neutral]
            if len(pool) >= n and len(rows) >= max(1, 2 * n):
                context = rng.choice(pool, n, replace=False)
                yield context, np.setdiff1d(rows, context)

    @property
    def tells_emotions(self) -> bool:
        """Whether some voice has several emotions: where each has one, a context gives the answer away."""
        return any(len(np.unique(self.c[rows])) > 1 for rows in self.voices())


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
    known_sizes: tuple[int, ...] = ()
    """The same of clips whose emotion is known; empty in older checkpoints, where such clips count as any others."""
    known_values: tuple[float, ...] = ()

    def __call__(self, n: int, n_known: int = 0) -> float:
        """For a context of n clips, of which the emotion of some is known: between those of both kinds, by their share."""
        unknown = float(np.interp(n, self.sizes, self.values))
        if not n_known or not self.known_sizes:
            return unknown
        known = float(np.interp(n, self.known_sizes, self.known_values))
        return unknown + n_known / n * (known - unknown)


def choose_temperatures(
    held_out: Sequence[HeldOutVoices],
    *,
    contexts: Sequence[int] = CONTEXTS,
    neutral: int | None = None,
    seed: int = 0,
) -> Temperatures:
    """For each kind of context the mean of what parts ask for (`sermi.stats.calibration.temperature_of_groups`).

    Within a part, speakers and classes count equally. The context of a clip is drawn from the other clips of its speaker.

    Args:
        held_out: From `held_out_voices`.
        contexts: Numbers of clips, rising from 0; those for which no voice has clips enough are left out.
        neutral: Its emotion code, for contexts that are known to be neutral; None for none of these.
        seed: Of the contexts.
    """
    sizes, values = _temperatures(held_out, contexts, seed)
    if neutral is None:
        return Temperatures(sizes, values)
    return Temperatures(sizes, values, *_temperatures(held_out, KNOWN_CONTEXTS, seed, neutral))


def _temperatures(
    held_out: Sequence[HeldOutVoices], contexts: Sequence[int], seed: int, neutral: int | None = None
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    values = {n: _temperature(held_out, n, seed, neutral) for n in contexts}
    chosen = {n: value for n, value in values.items() if value is not None}
    return tuple(chosen), tuple(chosen.values())


def _temperature(held_out: Sequence[HeldOutVoices], n: int, seed: int, neutral: int | None) -> float | None:
    from sermi.stats.calibration import balanced_weights, temperature_of_groups  # brings torch

    rng = np.random.default_rng(seed)
    scores, codes, people, parts = [], [], [], []
    for number, part in enumerate(held_out):
        for context, rest in part.contexts(n, rng, neutral):
            posterior = part.model.posterior(part.h[context], None if neutral is None else part.c[context])
            scores.append(part.model.log_probabilities(part.h[rest], posterior))
            codes.append(part.c[rest])
            people.append(np.full(len(rest), f"{number} {part.speaker[rest[0]]}"))
            parts.append(np.full(len(rest), number))
    if not scores:
        return None
    c, groups = np.concatenate(codes), np.concatenate(parts)
    weights = balanced_weights(np.concatenate(people), c)
    return temperature_of_groups(np.concatenate(scores), c, weights, groups)


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
