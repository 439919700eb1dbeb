"""Offline transcription of English speech with Moonshine tiny, from `moonshine-voice`'s wheel."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from sermi.audio import SAMPLE_RATE
from sermi.encoders.moonshine import assets_folder

if TYPE_CHECKING:
    from moonshine_voice import Transcriber

ONLY_FIRST = "Only the first minute was transcribed."
"""What is said of a longer recording: the transcriber keeps all of it in memory, and gives nothing before its end."""

_lock = threading.Lock()


def transcribe(waveform: np.ndarray) -> str:
    """What is said in a waveform ((samples,) float32, 16 kHz), on one line; '' when no words are heard."""
    with _lock:  # the native transcriber keeps state between calls
        transcript = _transcriber().transcribe_without_streaming(waveform.tolist(), SAMPLE_RATE)
    return " ".join(line.text.strip() for line in transcript.lines if line.text.strip())


@lru_cache(maxsize=1)
def _transcriber() -> Transcriber:
    from moonshine_voice import ModelArch, Transcriber

    return Transcriber(assets_folder() / "tiny-en", ModelArch.TINY)
