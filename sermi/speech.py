"""Where somebody speaks in a recording: Silero's voice activity detector, whose wheel carries its weights."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from sermi.audio import SAMPLE_RATE, active_level_db

if TYPE_CHECKING:
    from silero_vad.sequence_vad import SileroVADSequence

Span = tuple[float, float]
"""Seconds from the start, where something begins and ends."""

MIN_SPEECH_S = 0.5
"""With less speech no answer is sure."""
NO_SPEECH = "No speech was found; say a whole sentence."
"""What is said then."""
VERSION = 1
"""Of the result: it changes whenever that would."""
_LEVEL_DB = -26.0
"""Of the active frames, in dBFS, that the detector gets; very soft speech it takes for noise."""
_SETTINGS = {"threshold": 0.5, "min_speech_duration_ms": 250, "min_silence_duration_ms": 200, "speech_pad_ms": 30}
"""Of the detector, its own but for the silence: closures within words, up to 0.2 s, aren't pauses."""


def speech_spans(waveform: np.ndarray) -> list[Span]:
    """Where there is speech in a waveform ((samples,) float32, 16 kHz), in order and apart; [] where there is none."""
    detector = _detector()  # first, because importing anything of it leaves the process one thread
    from silero_vad.sequence_vad import get_speech_timestamps_sequence

    gain = np.float32(10 ** ((_LEVEL_DB - active_level_db(waveform)) / 20))
    stretches = get_speech_timestamps_sequence(np.clip(waveform * gain, -1.0, 1.0), detector, **_SETTINGS)
    return [(stretch["start"] / SAMPLE_RATE, stretch["end"] / SAMPLE_RATE) for stretch in stretches]


def seconds(spans: list[Span]) -> float:
    """How long spans are together."""
    return sum(end - start for start, end in spans)


def intersection(spans: list[Span], window: Span) -> list[Span]:
    """What of spans lies in a window."""
    cut = [(max(start, window[0]), min(end, window[1])) for start, end in spans]
    return [(start, end) for start, end in cut if start < end]


def shifted(spans: list[Span], by_s: float) -> list[Span]:
    """Spans some seconds later."""
    return [(start + by_s, end + by_s) for start, end in spans]


def is_within(times: np.ndarray, spans: list[Span]) -> np.ndarray:
    """(T,) bool, which of the times (T,) in seconds lie in one of the spans, which are in order and apart."""
    return np.searchsorted(np.ravel(spans), times, side="right") % 2 == 1


@lru_cache(maxsize=1)
def _detector() -> SileroVADSequence:
    import torch

    threads = torch.get_num_threads()
    from silero_vad import load_silero_vad

    torch.set_num_threads(threads)  # importing it leaves the whole process one thread
    return load_silero_vad(sequence=True)
