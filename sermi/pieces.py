"""What is normalised at once, and what of that is encoded at once: pieces of a recording, and their parts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np

from sermi.audio import BLOCK_S, SAMPLE_RATE
from sermi.normalise import MARGIN_S, Normalised
from sermi.speech import Span

PAUSE_S = 0.6
"""Between parts of a recording that are encoded by themselves."""
MIN_PART_S = 1.0
"""Shorter parts are encoded together with what follows."""
MAX_PART_S = 20.0
"""Longer parts are split, in shorter pauses where there are some."""

_SEARCHED_S = 20.0
"""At the end of a piece, in which a pause is searched for."""
_QUIET_S = 0.3
"""Over which the level is averaged: the quietest such stretch is taken for a pause."""
_FRAME = SAMPLE_RATE // 100


def pieces(blocks: Iterable[np.ndarray]) -> Iterator[tuple[float, np.ndarray]]:
    """Where each piece starts, in seconds, and its waveform ((samples,) float32, 16 kHz), at most a minute long.

    They end in the quietest 0.3 s of their last 20 s. A recording of up to a minute is one piece.
    """
    most, start = round(BLOCK_S * SAMPLE_RATE), 0
    waveform = np.zeros(0, np.float32)
    for block in blocks:
        waveform = np.concatenate([waveform, block])
        while len(waveform) > most:
            end = _quietest(waveform[:most])
            yield start / SAMPLE_RATE, waveform[:end]
            start, waveform = start + end, waveform[end:]
    if len(waveform):
        yield start / SAMPLE_RATE, waveform


def _quietest(waveform: np.ndarray) -> int:
    """The sample in the middle of the quietest stretch near the end."""
    end = waveform[-round(_SEARCHED_S * SAMPLE_RATE) :]
    power = np.square(end[: len(end) // _FRAME * _FRAME], dtype=np.float64).reshape(-1, _FRAME).sum(axis=1)
    width = round(_QUIET_S * SAMPLE_RATE / _FRAME)
    stretches = np.convolve(power, np.ones(width), mode="valid")
    return len(waveform) - len(end) + (int(stretches.argmin()) * 2 + width) * _FRAME // 2


def parts(recording: Normalised) -> list[Span]:
    """What is encoded at once: speech between longer pauses, of which a margin is left on both sides.

    A phrase is so encoded alike whether more follow it or not, pauses cost nothing, and memory stays flat.
    """
    phrases = [recording.used[0]]
    for start, end in recording.used[1:]:
        is_long = phrases[-1][1] - phrases[-1][0] >= MIN_PART_S
        if is_long and (start - phrases[-1][1] >= PAUSE_S or end - phrases[-1][0] > MAX_PART_S):
            phrases.append((start, end))
        else:
            phrases[-1] = (phrases[-1][0], end)
    spans = []
    for start, end in phrases:
        start, end = max(0.0, start - MARGIN_S), min(recording.duration_s, end + MARGIN_S)
        n = max(1, math.ceil((end - start) / MAX_PART_S))
        edges = np.linspace(start, end, n + 1).tolist()
        spans += list(pairwise(edges))
    return spans
