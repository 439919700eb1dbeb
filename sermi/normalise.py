"""What every recording goes through before it is encoded, in training and in use alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sermi.audio import MIN_SECONDS, SAMPLE_RATE, active_level_db
from sermi.speech import VERSION as SPEECH_VERSION
from sermi.speech import Span, is_within, speech_spans

VERSION = (2, SPEECH_VERSION)
"""Of the result: it changes whenever that would."""
TRIM_DB = 35.0
"""Below the loudest frame, from where the ends are silence, in a recording without speech."""
LEVEL_DB = -24.0
"""Of the speech, in dBFS."""
MARGIN_S = 0.05
"""Kept around the speech."""


@dataclass(frozen=True, eq=False)
class Normalised:
    """A recording without the silence at its ends, with its speech at one level."""

    waveform: np.ndarray
    """(samples,) float32, 16 kHz."""
    offset_s: float
    """Seconds that were cut off the start."""
    speech: list[Span]
    """Where somebody speaks, in seconds of the waveform; empty where no speech was detected."""

    @property
    def duration_s(self) -> float:
        """Of the waveform."""
        return len(self.waveform) / SAMPLE_RATE

    @property
    def used(self) -> list[Span]:
        """What an embedding is pooled from: the speech, or everything where none was detected."""
        return self.speech or [(0.0, self.duration_s)]

    def cut(self, span: Span) -> np.ndarray:
        """Its samples in a span."""
        return self.waveform[round(span[0] * SAMPLE_RATE) : round(span[1] * SAMPLE_RATE)]


def normalise(waveform: np.ndarray) -> Normalised:
    """Cut off what lies before and after the speech, and bring the speech to one level.

    50 ms are kept around the speech. Where none is detected, what is within 35 dB of the loudest frame is kept instead. The
    level is that of the active frames of the speech, so pauses and what sounds in them do not count. waveform: (samples,)
    float32.
    """
    speech = speech_spans(waveform)
    if speech:
        start, end = (round(time * SAMPLE_RATE) for time in (speech[0][0], speech[-1][1]))
    else:
        from librosa.effects import trim

        _, (start, end) = trim(waveform, top_db=TRIM_DB, frame_length=512, hop_length=128)
    margin = round(MARGIN_S * SAMPLE_RATE)
    start, end = max(0, int(start) - margin), min(len(waveform), int(end) + margin)
    if end - start < MIN_SECONDS * SAMPLE_RATE:
        start, end = 0, len(waveform)
    offset_s, kept = start / SAMPLE_RATE, waveform[start:end]
    inside = [(low - offset_s, high - offset_s) for low, high in speech]
    spoken = kept[is_within(np.arange(len(kept)) / SAMPLE_RATE, inside)] if inside else kept
    gain = np.float32(10 ** ((LEVEL_DB - active_level_db(spoken)) / 20))
    return Normalised(np.clip(kept * gain, -1.0, 1.0), offset_s, inside)
