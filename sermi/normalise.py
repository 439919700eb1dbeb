"""What every recording goes through before it is encoded, in training and in use alike."""

from __future__ import annotations

import numpy as np

from sermi.audio import MIN_SECONDS, SAMPLE_RATE, active_level_db

VERSION = 1
"""Of the result: it changes whenever that would."""
TRIM_DB = 35.0
"""Below the loudest frame, from where the ends are silence."""
LEVEL_DB = -24.0
"""Of the speech, in dBFS."""
_MARGIN = SAMPLE_RATE // 20
"""Samples kept around the speech."""


def normalise(waveform: np.ndarray) -> np.ndarray:
    """`normalise_with_offset` without the offset."""
    return normalise_with_offset(waveform)[0]


def normalise_with_offset(waveform: np.ndarray) -> tuple[np.ndarray, float]:
    """Cut silence off both ends and bring the speech to one level; also the seconds that were cut off the start.

    The trim keeps what is within 35 dB of the loudest frame and 50 ms around it. The level is that of the active
    frames, so pauses and a room's noise do not count. (samples,) float32 -> (samples',) float32, 16 kHz.
    """
    from librosa.effects import trim

    _, (start, end) = trim(waveform, top_db=TRIM_DB, frame_length=512, hop_length=128)
    start, end = max(0, int(start) - _MARGIN), min(len(waveform), int(end) + _MARGIN)
    if end - start < MIN_SECONDS * SAMPLE_RATE:
        start, end = 0, len(waveform)
    speech = waveform[start:end]
    gain = 10 ** ((LEVEL_DB - active_level_db(speech)) / 20)
    return np.clip(speech * np.float32(gain), -1.0, 1.0), start / SAMPLE_RATE
