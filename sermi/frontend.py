"""From a waveform to the audio embedding a: normalise, encode, pool over time, add prosody."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from sermi import prosody
from sermi.audio import SAMPLE_RATE
from sermi.encoders import MOONSHINE, AudioEncoder, FrameSequence, load_audio_encoder
from sermi.encoders.places import side_by_side
from sermi.errors import EncoderError
from sermi.normalise import VERSION as NORMALISE_VERSION
from sermi.normalise import MARGIN_S, Normalised, normalise
from sermi.pooling import FrameSums
from sermi.speech import Span, intersection, is_within, seconds, shifted

POOLING_EMPHASIS: Mapping[str, float] = MappingProxyType({"mean": 1.0, "std": 0.5})
"""Ways to pool hidden states over time, and how much each counts beside others (chosen on inner speakers of RAVDESS)."""
PAUSE_S = 0.6
"""Between parts of a recording that are encoded by themselves."""
MIN_PART_S = 1.0
"""Shorter parts are encoded together with what follows."""
MAX_PART_S = 20.0
"""Longer parts are split, in shorter pauses where there are some."""
MIN_WINDOW_SPEECH_S = 0.25
"""A window with less speech is a pause."""
THREE_TEMPI = (0.87, 1.0, 1.18)
"""Averaging over these gains about 0.9 UA on inner speakers of RAVDESS, for three passes of the encoder."""


@dataclass(frozen=True)
class FrontendConfig:
    """What an audio embedding is made of. Raises EncoderError for what can't be pooled."""

    encoder: str = MOONSHINE
    """As `load_audio_encoder` takes it; several, side by side, with + between them."""
    layers: tuple[int, ...] | None = None
    """Indices into the encoder's layers; None for all of them, as always with several encoders."""
    pooling: tuple[str, ...] = ("mean",)
    """Keys of `POOLING_EMPHASIS`, one after the other."""
    prosody: bool = False
    """Whether statistics of prosody come last."""
    tempi: tuple[float, ...] = (1.0,)
    """The recording is encoded at each of these speeds (pitch moves along, as on a tape) and the pooled states are averaged;
    each costs a pass of the encoder."""
    precision: str = "float32"
    """float32, bfloat16 or float16, in which a pre-trained encoder computes."""

    def __post_init__(self) -> None:
        unknown = set(self.pooling) - set(POOLING_EMPHASIS)
        if unknown or not self.pooling:
            raise EncoderError(f"Unknown pooling {sorted(unknown)}; use one or more of {', '.join(POOLING_EMPHASIS)}.")
        if not self.tempi or not all(0.5 <= tempo <= 2 for tempo in self.tempi):
            raise EncoderError(f"The tempi {list(self.tempi)} should be one or more numbers from 0.5 to 2.")

    @property
    def encoders(self) -> tuple[str, ...]:
        """The encoders' names."""
        return side_by_side(self.encoder)

    def single_encoders(self) -> list[FrontendConfig]:
        """The same for each encoder, whose embeddings lie one after the other in this one's; the last has the prosody."""
        if self.layers is not None and len(self.encoders) > 1:
            raise EncoderError("Choose layers of one encoder, or take several encoders with all their layers.")
        last = len(self.encoders) - 1
        return [
            replace(
                self,
                encoder=name,
                prosody=self.prosody and i == last,
                precision="float32" if name == MOONSHINE and last else self.precision,
            )
            for i, name in enumerate(self.encoders)
        ]


@dataclass(frozen=True, eq=False)
class WindowedEmbedding:
    """A recording's embedding, and those of sliding windows over it. Times are seconds from its start."""

    a: np.ndarray
    """(Da,)."""
    windows: list[Span]
    """Where the W windows are in which somebody speaks; they leave pauses out."""
    window_a: np.ndarray
    """(W, Da)."""
    speech: list[Span]
    """Where somebody speaks; empty where no speech was detected, and everything was embedded."""


class AudioFrontend:
    """Audio embeddings a, (N, Da) float32, of waveforms, and of sliding windows over one waveform.

    Only frames of speech are pooled, or all where no speech was detected. A window is pooled from the frames of the whole
    utterance, so that a timeline costs no further pass of the encoder.
    """

    def __init__(self, config: FrontendConfig | None = None, *, device: str | None = None) -> None:
        self.config = config or FrontendConfig()
        self.encoders: tuple[AudioEncoder, ...] = tuple(
            load_audio_encoder(single.encoder, device, single.precision) for single in self.config.single_encoders()
        )
        self._layers = [self._layers_of(encoder) for encoder in self.encoders]

    def _layers_of(self, encoder: AudioEncoder) -> list[int]:
        """Those that are pooled."""
        layers = list(self.config.layers if self.config.layers is not None else range(encoder.n_layers))
        if not layers or not all(0 <= layer < encoder.n_layers for layer in layers):
            raise EncoderError(
                f"'{self.config.encoder}' has layers 0 to {encoder.n_layers - 1}; {layers} is not among them."
            )
        return layers

    @cached_property
    def fingerprint(self) -> str:
        """Changes whenever an embedding would: with the encoder's weights, the pooling, or this code's versions."""
        prints = [encoder.fingerprint for encoder in self.encoders]
        parts = {
            **asdict(self.config),
            "encoder": prints,
            "normalise": NORMALISE_VERSION,
            "prosody": prosody.VERSION if self.config.prosody else None,
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def n_layers(self) -> int:
        """How many of the encoders' layers are pooled."""
        return sum(map(len, self._layers))

    @property
    def dim(self) -> int:
        """Da."""
        return sum(self._dims) * len(self.config.pooling) + (prosody.DIM if self.config.prosody else 0)

    @property
    def _dims(self) -> list[int]:
        """Of one pooling of each encoder."""
        return [len(layers) * encoder.dim for layers, encoder in zip(self._layers, self.encoders, strict=True)]

    @property
    def emphasis(self) -> np.ndarray:
        """(Da,) float32: how much each number should count in a projection. Spreads over time count half."""
        parts = [
            np.full(dim, POOLING_EMPHASIS[name], np.float32) for dim in self._dims for name in self.config.pooling
        ]
        return np.concatenate([*parts, np.ones(self.dim - sum(map(len, parts)), np.float32)])

    def embed(self, waveforms: Sequence[np.ndarray]) -> np.ndarray:
        """a: (N, Da) float32 for N waveforms, each (samples,) float32, 16 kHz."""
        recordings = [normalise(waveform) for waveform in waveforms]
        parts = [(i, part) for i, recording in enumerate(recordings) for part in _parts(recording)]
        states = self._encode([_cut(recordings[i], part) for i, part in parts])
        sums = [self._sums() for _ in recordings]
        for (i, (start, _)), states_of_part in zip(parts, states, strict=True):
            _add(sums[i], states_of_part, recordings[i].used, start_s=start)
        rows = [self._row(sums[i], recording, recording.used) for i, recording in enumerate(recordings)]
        return np.stack(rows) if rows else np.zeros((0, self.dim), np.float32)

    def embed_windows(self, waveform: np.ndarray, *, window_s: float, hop_s: float) -> WindowedEmbedding:
        """The embedding of a waveform ((samples,) float32, 16 kHz), and of windows every `hop_s` seconds, `window_s` long.

        A recording shorter than a window is one.
        """
        recording = normalise(waveform)
        count = 1 + max(0, int(np.ceil((recording.duration_s - window_s) / hop_s - 1e-6)))
        starts = np.minimum(np.arange(count) * hop_s, max(0.0, recording.duration_s - window_s))
        windows = [(float(start), float(min(start + window_s, recording.duration_s))) for start in starts]
        return self._windowed(recording, windows)

    def _windowed(self, recording: Normalised, windows: list[Span]) -> WindowedEmbedding:
        """Encode a recording part by part; windows are pooled from the parts that they lie in."""
        shortest = min(MIN_WINDOW_SPEECH_S, seconds(recording.used)) - 1e-6
        spoken = [(window, intersection(recording.used, window)) for window in windows]
        spoken = [(window, spans) for window, spans in spoken if seconds(spans) >= shortest]
        utterance, pooled = self._sums(), [self._sums() for _ in spoken]
        for low, high in _parts(recording):
            (states,) = self._encode([_cut(recording, (low, high))])
            _add(utterance, states, recording.used, start_s=low)
            for (window, spans), sums in zip(spoken, pooled, strict=True):
                if window[0] < high and window[1] > low:
                    _add(sums, states, spans, start_s=low)
        rows = [
            (window, self._row(sums, recording, spans))
            for (window, spans), sums in zip(spoken, pooled, strict=True)
            if _is_full(sums)
        ]
        return WindowedEmbedding(
            self._row(utterance, recording, recording.used),
            shifted([window for window, _ in rows], recording.offset_s),
            np.stack([row for _, row in rows]) if rows else np.zeros((0, self.dim), np.float32),
            shifted(recording.speech, recording.offset_s),
        )

    def _encode(self, waveforms: list[np.ndarray]) -> list[_States]:
        """Hidden states of each waveform; their rates are in frames a second of the recording, whatever the tempo."""
        tempi = self.config.tempi
        played = [_at_tempo(waveform, tempo) for waveform in waveforms for tempo in tempi]
        by_encoder = [
            [
                FrameSequence(sequence.layers[layers], sequence.rate / tempo)
                for sequence, tempo in zip(encoder.encode(played), tempi * len(waveforms), strict=True)
            ]
            for encoder, layers in zip(self.encoders, self._layers, strict=True)
        ]
        n = len(tempi)
        return [[sequences[i * n : (i + 1) * n] for sequences in by_encoder] for i in range(len(waveforms))]

    def _sums(self) -> _Sums:
        return [[FrameSums() for _ in self.config.tempi] for _ in self.encoders]

    def _row(self, sums: _Sums, recording: Normalised, spans: list[Span]) -> np.ndarray:
        """One embedding (Da,), of what is spoken in spans of a recording."""
        parts = [
            np.mean([getattr(at_tempo, name)() for at_tempo in at_tempi], axis=0).ravel()
            for at_tempi in sums
            for name in self.config.pooling
        ]
        if self.config.prosody:
            tracks = prosody.tracks(recording.waveform)
            kept = is_within((np.arange(tracks.shape[1]) + 0.5) / prosody.RATE, spans)
            parts.append(prosody.statistics(tracks[:, kept] if kept.any() else tracks))
        return np.concatenate(parts).astype(np.float32, copy=False)


_States = list[list[FrameSequence]]
"""Hidden states of a waveform by encoder and tempo."""
_Sums = list[list[FrameSums]]
"""What is pooled of an utterance or a window, by encoder and tempo."""


def _add(sums: _Sums, states: _States, spans: list[Span], *, start_s: float = 0.0) -> None:
    """Count in the frames that lie in spans of a recording, of which the states' part starts at `start_s`."""
    for at_tempi, sequences in zip(sums, states, strict=True):
        for at_tempo, sequence in zip(at_tempi, sequences, strict=True):
            times = start_s + (np.arange(sequence.layers.shape[1]) + 0.5) / sequence.rate
            kept = is_within(times, spans)
            if kept.any():
                at_tempo.add(sequence.layers[:, kept])


def _is_full(sums: _Sums) -> bool:
    return all(at_tempo.n for at_tempi in sums for at_tempo in at_tempi)


def _parts(recording: Normalised) -> list[Span]:
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
    parts = []
    for start, end in phrases:
        start, end = max(0.0, start - MARGIN_S), min(recording.duration_s, end + MARGIN_S)
        n = max(1, math.ceil((end - start) / MAX_PART_S))
        edges = np.linspace(start, end, n + 1).tolist()
        parts += list(pairwise(edges))
    return parts


def _cut(recording: Normalised, span: Span) -> np.ndarray:
    return recording.waveform[round(span[0] * SAMPLE_RATE) : round(span[1] * SAMPLE_RATE)]


def _at_tempo(waveform: np.ndarray, tempo: float) -> np.ndarray:
    """Slower below 1 and faster above it. (samples,) -> (samples / tempo,)."""
    if tempo == 1.0:
        return waveform
    import soxr

    return soxr.resample(waveform, SAMPLE_RATE, SAMPLE_RATE / tempo).astype(np.float32, copy=False)
