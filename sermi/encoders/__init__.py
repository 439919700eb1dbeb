"""Frozen encoders for speech and for text behind one small protocol."""

from __future__ import annotations

import threading
from functools import lru_cache

from sermi.encoders.base import AudioEncoder, FrameSequence, TextEncoder
from sermi.encoders.places import MINILM, MINILM_LAYERS, MOONSHINE
from sermi.errors import EncoderError

__all__ = [
    "MINILM",
    "MINILM_LAYERS",
    "MOONSHINE",
    "AudioEncoder",
    "FrameSequence",
    "TextEncoder",
    "load_audio_encoder",
    "load_text_encoder",
]

_lock = threading.Lock()


def load_audio_encoder(name: str = MOONSHINE, device: str | None = None, precision: str = "float32") -> AudioEncoder:
    """The speech encoder of that name: 'moonshine-tiny' (embedded), a hub id, or a local folder. Loaded once.

    device: None for the best there is; precision: float32, bfloat16 or float16, the embedded encoder only float32.
    Raises EncoderError when it can't be loaded.
    """
    if name != MOONSHINE:
        from sermi.encoders.loading import fetch_speech_model

        fetch_speech_model(name)  # before the lock: nobody else waits for a download
    with _lock:  # requests that come together would each load it
        return _audio_encoder(name, device, precision)


def load_text_encoder(name: str = MINILM, device: str | None = None) -> TextEncoder:
    """The text encoder of that name: 'minilm' or 'minilm-4+6' (embedded), a hub id, or a local folder. Loaded once.

    Raises EncoderError when it can't be loaded.
    """
    with _lock:
        return _text_encoder(name, device)


@lru_cache(maxsize=4)
def _audio_encoder(name: str, device: str | None, precision: str) -> AudioEncoder:
    if name == MOONSHINE:
        if precision != "float32":
            raise EncoderError(f"'{MOONSHINE}' computes in float32; leave {precision} to pre-trained encoders.")
        from sermi.encoders.moonshine import MoonshineEncoder

        return MoonshineEncoder()
    from sermi.encoders.pretrained import PretrainedAudioEncoder

    return PretrainedAudioEncoder(name, device=device, precision=precision)


@lru_cache(maxsize=4)
def _text_encoder(name: str, device: str | None) -> TextEncoder:
    if name in (MINILM, MINILM_LAYERS):
        from sermi.encoders.minilm import MiniLMEncoder

        return MiniLMEncoder(device, name=name, layers=(6,) if name == MINILM else (4, 6))
    from sermi.encoders.pretrained import PretrainedTextEncoder

    return PretrainedTextEncoder(name, device=device)
