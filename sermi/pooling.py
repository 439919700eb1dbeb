"""Means and standard deviations over time from sums, so that a recording can be encoded part by part."""

from __future__ import annotations

import numpy as np

from sermi.encoders.base import FrameSequence
from sermi.speech import Span, is_within, seconds

States = list[list[FrameSequence]]
"""Hidden states of a waveform by encoder and tempo."""


class FrameSums:
    """Sums of hidden states over frames: of one utterance, one window of it, or any part that is added to it."""

    def __init__(self) -> None:
        self.n = 0
        """Frames so far."""
        self._first: np.ndarray | float = 0.0
        self._second: np.ndarray | float = 0.0

    def add(self, frames: np.ndarray) -> None:
        """Count frames (L, T, D) in."""
        self.n += frames.shape[1]
        self._first = self._first + frames.sum(axis=1, dtype=np.float64)
        self._second = self._second + np.einsum("ltd,ltd->ld", frames, frames, dtype=np.float64)

    def mean(self) -> np.ndarray:
        """(L, D), of one frame or more."""
        return np.asarray(self._first / np.float64(self.n))

    def std(self) -> np.ndarray:
        """(L, D), of one frame or more."""
        return np.sqrt(np.maximum(self._second / np.float64(self.n) - np.square(self.mean()), 0.0))


class Pool:
    """What is pooled of an utterance or a window: sums of states by encoder and tempo, and tracks of prosody."""

    def __init__(self, n_encoders: int, n_tempi: int) -> None:
        self.sums = [[FrameSums() for _ in range(n_tempi)] for _ in range(n_encoders)]
        self.speech_s = 0.0
        """Seconds of the spans so far."""
        self._tracks: list[np.ndarray] = []
        self._all_tracks = np.zeros((0, 0), np.float32)

    @property
    def is_full(self) -> bool:
        """Whether there are frames of each encoder at each tempo."""
        return all(at_tempo.n for at_tempi in self.sums for at_tempo in at_tempi)

    @property
    def tracks(self) -> np.ndarray:
        """(n_tracks, T) of prosody, where somebody speaks, or everywhere if that is too short to have a frame."""
        return np.concatenate(self._tracks, axis=1) if self._tracks else self._all_tracks

    def add(self, states: States, spans: list[Span], *, start_s: float = 0.0) -> None:
        """Count in the frames that lie in spans of a recording, of which the states' part starts at `start_s`."""
        for at_tempi, sequences in zip(self.sums, states, strict=True):
            for at_tempo, sequence in zip(at_tempi, sequences, strict=True):
                times = start_s + (np.arange(sequence.layers.shape[1]) + 0.5) / sequence.rate
                kept = is_within(times, spans)
                if kept.any():
                    at_tempo.add(sequence.layers[:, kept])

    def add_spans(self, spans: list[Span], tracks: np.ndarray | None, rate: float) -> None:
        """Count in how much is spoken, and what of a recording's tracks of prosody ((n_tracks, T), if any) lies there.

        Args:
            spans: of the recording.
            tracks: from the same start; None where prosody is not asked for.
            rate: frames of them a second.
        """
        self.speech_s += seconds(spans)
        if tracks is None:
            return
        self._all_tracks = tracks
        kept = is_within((np.arange(tracks.shape[1]) + 0.5) / rate, spans)
        if kept.any():
            self._tracks.append(tracks[:, kept])
