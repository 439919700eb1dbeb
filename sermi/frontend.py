"""From a waveform to the audio embedding a: normalise, encode, pool over time, add prosody."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from itertools import chain
from types import MappingProxyType

import numpy as np

from sermi import prosody
from sermi.audio import SAMPLE_RATE, Recording
from sermi.encoders import MOONSHINE, AudioEncoder, FrameSequence, load_audio_encoder
from sermi.encoders.places import side_by_side
from sermi.errors import EncoderError
from sermi.normalise import VERSION as NORMALISE_VERSION
from sermi.normalise import Normalised, normalise
from sermi.pieces import parts, pieces
from sermi.pooling import Pool, States
from sermi.speech import Span, intersection, shifted
from sermi.windows import OpenWindows, sliding

Progress = Callable[[float], None]
"""Called with the seconds that are done."""
POOLING_EMPHASIS: Mapping[str, float] = MappingProxyType({"mean": 1.0, "std": 0.5})
"""Ways to pool hidden states over time, and how much each counts beside others (chosen on inner speakers of RAVDESS)."""
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
        """(Da,) float32: how much each number should count in a projection.

        Spreads over time count half. Encoders side by side count alike, however many numbers each gives.
        """
        widest = max(self._dims)
        parts = [
            np.full(dim, POOLING_EMPHASIS[name] * np.sqrt(widest / dim), np.float32)
            for dim in self._dims
            for name in self.config.pooling
        ]
        return np.concatenate([*parts, np.ones(self.dim - sum(map(len, parts)), np.float32)])

    def embed(self, waveforms: Sequence[np.ndarray]) -> np.ndarray:
        """a: (N, Da) float32 for N waveforms, each (samples,) float32, 16 kHz."""
        recordings = [normalise(waveform) for waveform in waveforms]
        cut = [(i, part) for i, recording in enumerate(recordings) for part in parts(recording)]
        states = self._encode([recordings[i].cut(part) for i, part in cut])
        pools = [self._new_pool() for _ in recordings]
        for (i, (start, _)), states_of_part in zip(cut, states, strict=True):
            pools[i].add(states_of_part, recordings[i].used, start_s=start)
        for pool, recording in zip(pools, recordings, strict=True):
            pool.add_spans(recording.used, self._tracks(recording), prosody.RATE)
        return np.stack([self._row(pool) for pool in pools]) if pools else np.zeros((0, self.dim), np.float32)

    def embed_windows(
        self, recording: Recording, *, window_s: float, hop_s: float, progress: Progress | None = None
    ) -> WindowedEmbedding:
        """The embedding of a recording, and of windows over it; what is shorter than a window is one.

        What is longer than a minute is taken in pieces that end in a pause, and the level is that of each piece, so that
        memory grows with the length only by the windows' rows. A piece without speech is left out; where no piece has any,
        the first stands for all.

        Args:
            recording: that is embedded.
            window_s: length of a window.
            hop_s: from the start of a window to that of the next.
            progress: called with the seconds that are done, after each piece.
        """
        spoken = _spoken(recording, progress)
        start_s, first = next(spoken)
        end_s = recording.duration_s if first.speech and recording.long else start_s + first.duration_s
        spans = sliding(start_s, end_s, window_s=window_s, hop_s=hop_s)
        course = _Course(OpenWindows(spans, self._new_pool), self._new_pool())
        for at_s, piece in chain([(start_s, first)], spoken):
            self._take(course, at_s, piece)
        self._close(course, math.inf)
        return WindowedEmbedding(
            self._row(course.utterance),
            course.spans,
            np.stack(course.rows) if course.rows else np.zeros((0, self.dim), np.float32),
            course.speech,
        )

    def _take(self, course: _Course, at_s: float, piece: Normalised) -> None:
        """Encode a piece, which starts at `at_s`, part by part, and pool the utterance and the windows from it."""
        end_s, taken = at_s + piece.duration_s, []
        for window in course.windows.before(end_s):
            span = (window.span[0] - at_s, window.span[1] - at_s)
            taken.append((span, intersection(piece.used, span), window.pool))
        for low, high in parts(piece):
            (states,) = self._encode([piece.cut((low, high))])
            course.utterance.add(states, piece.used, start_s=low)
            for (start, end), spans, pool in taken:
                if start < high and end > low:
                    pool.add(states, spans, start_s=low)
        tracks = self._tracks(piece)
        course.utterance.add_spans(piece.used, tracks, prosody.RATE)
        for _, spans, pool in taken:
            pool.add_spans(spans, tracks, prosody.RATE)
        course.speech += shifted(piece.speech, at_s)
        self._close(course, end_s)

    def _close(self, course: _Course, end_s: float) -> None:
        """Keep the rows of windows that end by a time, but for pauses."""
        shortest = min(MIN_WINDOW_SPEECH_S, course.utterance.speech_s) - 1e-6
        for window in course.windows.close(end_s):
            if window.pool.speech_s >= shortest and window.pool.is_full:
                course.spans.append(window.span)
                course.rows.append(self._row(window.pool))

    def _encode(self, waveforms: list[np.ndarray]) -> list[States]:
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

    def _new_pool(self) -> Pool:
        return Pool(len(self.encoders), len(self.config.tempi))

    def _tracks(self, recording: Normalised) -> np.ndarray | None:
        return prosody.tracks(recording.waveform) if self.config.prosody else None

    def _row(self, pool: Pool) -> np.ndarray:
        """One embedding (Da,)."""
        rows = [
            np.mean([getattr(at_tempo, name)() for at_tempo in at_tempi], axis=0).ravel()
            for at_tempi in pool.sums
            for name in self.config.pooling
        ]
        if self.config.prosody:
            rows.append(prosody.statistics(pool.tracks))
        return np.concatenate(rows).astype(np.float32, copy=False)


@dataclass
class _Course:
    """What becomes of a recording while its pieces come."""

    windows: OpenWindows
    utterance: Pool
    spans: list[Span] = field(default_factory=list)
    """Of the windows with speech that are closed."""
    rows: list[np.ndarray] = field(default_factory=list)
    """(Da,) each, of the same."""
    speech: list[Span] = field(default_factory=list)


def _spoken(recording: Recording, progress: Progress | None) -> Iterator[tuple[float, Normalised]]:
    """Pieces with speech, or the first where there is none in any, and the seconds at which they start."""
    silent: tuple[float, Normalised] | None = None
    is_spoken = False
    for start_s, waveform in pieces(recording.blocks()):
        piece = normalise(waveform)
        if piece.speech:
            is_spoken = True
            yield start_s + piece.offset_s, piece
        silent = silent or (start_s + piece.offset_s, piece)
        if progress is not None:
            progress(start_s + len(waveform) / SAMPLE_RATE)
    if silent and not is_spoken:
        yield silent


def _at_tempo(waveform: np.ndarray, tempo: float) -> np.ndarray:
    """Slower below 1 and faster above it. (samples,) -> (samples / tempo,)."""
    if tempo == 1.0:
        return waveform
    import soxr

    return soxr.resample(waveform, SAMPLE_RATE, SAMPLE_RATE / tempo).astype(np.float32, copy=False)
