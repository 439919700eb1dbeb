"""What an encoder is: the only thing that the rest of SERMI knows about Moonshine, wav2vec 2.0 or BERT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class FrameSequence:
    """Hidden states of one utterance."""

    layers: np.ndarray
    """(L, T, D) float32."""
    rate: float
    """Frames a second."""


class AudioEncoder(Protocol):
    """A frozen speech encoder."""

    name: str
    """Loads it again through `sermi.encoders.load_audio_encoder`."""
    n_layers: int
    """L."""
    dim: int
    """D."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever its output would."""

    def encode(self, waveforms: Sequence[np.ndarray]) -> list[FrameSequence]:
        """Hidden states of each waveform ((samples,) float32, 16 kHz), the same whatever else is in the batch."""


class TextEncoder(Protocol):
    """A frozen text encoder."""

    name: str
    """Loads it again through `sermi.encoders.load_text_encoder`."""
    dim: int
    """Db."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever its output would."""

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Text embeddings b, (N, Db) float32, the same whatever else is in the batch."""
