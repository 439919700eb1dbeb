"""How far clips of a voice move its classes, chosen on voices left out of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sermi.voice.held_out import CONTEXTS, KNOWN_CONTEXTS, HeldOutVoices
from sermi.voice.posterior import ShiftFactors

SHIFT_FACTORS = (0.0, 0.25, 0.5, 1.0)
"""Tried as `ShiftFactors.unknown` and `known`."""
KNOWN_PENALTIES = (0.0, 1.0, 2.0, 3.0)
"""Tried as `ShiftFactors.penalty`."""
_N_DRAWS = 2
"""Of each voice's contexts."""


def with_shifts(held_out: Sequence[HeldOutVoices], *, neutral: int | None = None, seed: int = 0) -> list[HeldOutVoices]:
    """The same voices with models whose shift factors are those of the highest UA.

    That is the mean over parts and contexts: 1, 3, 8 and 20 clips of the voice for `unknown`, 1 and 3 that are known to be
    neutral for `known` and `penalty`. Ties go to the smaller ones.

    Args:
        held_out: From `held_out_voices`.
        neutral: Its emotion code; None for no known emotions, which then shift nothing.
        seed: Of the contexts.
    """
    i, _ = _best([_recalls(held_out, n, seed) for n in CONTEXTS if n])
    factors = ShiftFactors(SHIFT_FACTORS[i])
    if neutral is not None:
        i, j = _best([_recalls(held_out, n, seed, neutral) for n in KNOWN_CONTEXTS])
        factors = replace(factors, known=SHIFT_FACTORS[i], penalty=KNOWN_PENALTIES[j])
    return [replace(part, model=replace(part.model, shifts=factors)) for part in held_out]


def _best(tables: Sequence[np.ndarray | None]) -> tuple[int, int]:
    """Places of the factor and the penalty with the highest mean over tables; the first ones where there are none."""
    measured = [table for table in tables if table is not None]
    if not measured:
        return 0, 0
    mean = np.mean(measured, axis=0)
    factor, penalty = np.unravel_index(int(mean.argmax()), mean.shape)
    return int(factor), int(penalty)


def _recalls(held_out: Sequence[HeldOutVoices], n: int, seed: int, neutral: int | None = None) -> np.ndarray | None:
    """UA with contexts of n clips, mean over parts, by shift factor and penalty. None where no part has any."""
    by_part = []
    for part in held_out:
        model = replace(part.model, shifts=ShiftFactors(1.0, 1.0))
        hits, counts = (
            np.zeros((len(SHIFT_FACTORS), len(KNOWN_PENALTIES), model.n_classes)),
            np.zeros(model.n_classes),
        )
        rng = np.random.default_rng([seed, n])
        for context, rest in (pair for _ in range(_N_DRAWS) for pair in part.contexts(n, rng, neutral)):
            posterior = model.posterior(part.h[context], None if neutral is None else part.c[context])
            assert posterior.shifts is not None  # the factors aren't 0
            counts += np.bincount(part.c[rest], minlength=model.n_classes)
            for i, factor in enumerate(SHIFT_FACTORS):
                shifted = replace(posterior, shifts=factor * posterior.shifts, known=None)
                scores = model.discriminant(shifted).scores(part.h[rest])
                for j, penalty in enumerate(KNOWN_PENALTIES):
                    lowered = scores if posterior.known is None else scores - penalty * posterior.known
                    right = part.c[rest][lowered.argmax(axis=1) == part.c[rest]]
                    hits[i, j] += np.bincount(right, minlength=model.n_classes)
        if part.tells_emotions and counts.any():
            by_part.append((hits[..., counts > 0] / counts[counts > 0]).mean(axis=-1))
    return np.mean(by_part, axis=0) if by_part else None
