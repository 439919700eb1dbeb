"""Where somebody speaks in a recording: Silero's voice activity detector, whose wheel carries its weights."""

from __future__ import annotations

from collections.abc import Mapping
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
VERSION = 2
"""Of the result: it changes whenever that would."""
_LEVEL_DB = -26.0
"""Of the active frames, in dBFS, that the detector gets; very soft speech it takes for noise."""
_SETTINGS = {"threshold": 0.5, "min_speech_duration_ms": 250, "min_silence_duration_ms": 200, "speech_pad_ms": 30}
"""Of the detector, its own but for the silence: closures within words, up to 0.2 s, aren't pauses."""
_LEAD = SAMPLE_RATE // 2
"""Samples of silence before a recording in the second attempt: what begins with a shout the detector takes for noise."""
_SECOND = _SETTINGS | {"threshold": 0.8, "neg_threshold": 0.1}
"""It has to be surer where speech begins, so that it takes music for speech no more often, and less sure where it goes on."""


def speech_spans(waveform: np.ndarray) -> list[Span]:
    """Where there is speech in a waveform ((samples,) float32, 16 kHz), in order and apart; [] where there is none."""
    gain = np.float32(10 ** ((_LEVEL_DB - active_level_db(waveform)) / 20))
    levelled = np.clip(waveform * gain, -1.0, 1.0).astype(np.float32, copy=False)
    if spans := _detected(levelled, _SETTINGS):
        return spans
    later = _detected(np.concatenate([np.zeros(_LEAD, np.float32), levelled]), _SECOND)
    return intersection(shifted(later, -_LEAD / SAMPLE_RATE), (0.0, len(waveform) / SAMPLE_RATE))


def _detected(waveform: np.ndarray, settings: Mapping[str, float]) -> list[Span]:
    detector = _detector()  # first, because importing anything of it leaves the process one thread
    from silero_vad.sequence_vad import get_speech_timestamps_sequence

    stretches = get_speech_timestamps_sequence(waveform, detector, **settings)
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
