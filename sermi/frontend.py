"""From a waveform to the audio embedding a: normalise, encode, pool over time, add prosody."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np

from sermi import prosody
from sermi.audio import SAMPLE_RATE
from sermi.encoders import MOONSHINE, AudioEncoder, FrameSequence, load_audio_encoder
from sermi.errors import EncoderError
from sermi.normalise import VERSION as NORMALISE_VERSION
from sermi.normalise import normalise, normalise_with_offset

POOLINGS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = MappingProxyType(
    {"mean": lambda frames: frames.mean(axis=1), "std": lambda frames: frames.std(axis=1)}
)
"""Ways to pool hidden states over time: (L, T, D) -> (L, D)."""
POOLING_EMPHASIS: Mapping[str, float] = MappingProxyType({"mean": 1.0, "std": 0.5})
"""How much a pooling counts beside others (chosen on inner speakers of RAVDESS)."""
THREE_TEMPI = (0.87, 1.0, 1.18)
"""Averaging over these gains about 0.9 UA on inner speakers of RAVDESS, for three passes of the encoder."""


@dataclass(frozen=True)
class FrontendConfig:
    """What an audio embedding is made of. Raises EncoderError for what can't be pooled."""

    encoder: str = MOONSHINE
    """As `load_audio_encoder` takes it."""
    layers: tuple[int, ...] | None = None
    """Indices into the encoder's layers; None for all of them."""
    pooling: tuple[str, ...] = ("mean",)
    """Keys of `POOLINGS`, one after the other."""
    prosody: bool = False
    """Whether statistics of prosody come last."""
    tempi: tuple[float, ...] = (1.0,)
    """The recording is encoded at each of these speeds (pitch moves along, as on a tape) and the pooled states are averaged;
    each costs a pass of the encoder."""
    precision: str = "float32"
    """float32, bfloat16 or float16, in which a pre-trained encoder computes."""

    def __post_init__(self) -> None:
        unknown = set(self.pooling) - set(POOLINGS)
        if unknown or not self.pooling:
            raise EncoderError(f"Unknown pooling {sorted(unknown)}; use one or more of {', '.join(POOLINGS)}.")
        if not self.tempi or not all(0.5 <= tempo <= 2 for tempo in self.tempi):
            raise EncoderError(f"The tempi {list(self.tempi)} should be one or more numbers from 0.5 to 2.")


class AudioFrontend:
    """Audio embeddings a, (N, Da) float32, of waveforms, and of sliding windows over one waveform.

    A window is pooled from the frames of the whole utterance, so that a timeline costs no further pass of the encoder.
    """

    def __init__(self, config: FrontendConfig | None = None, *, device: str | None = None) -> None:
        self.config = config or FrontendConfig()
        self.encoder: AudioEncoder = load_audio_encoder(self.config.encoder, device, self.config.precision)
        n_layers = self.encoder.n_layers
        self._layers = list(self.config.layers if self.config.layers is not None else range(n_layers))
        if not self._layers or not all(0 <= layer < n_layers for layer in self._layers):
            raise EncoderError(
                f"'{self.config.encoder}' has layers 0 to {n_layers - 1}; {self._layers} is not among them."
            )

    @cached_property
    def fingerprint(self) -> str:
        """Changes whenever an embedding would: with the encoder's weights, the pooling, or this code's versions."""
        config = asdict(self.config)
        if self.config.tempi == (1.0,):
            del config["tempi"]  # what was stored before there were tempi stays valid, and so with precision
        if self.config.precision == "float32":
            del config["precision"]
        parts = {
            **config,
            "encoder": self.encoder.fingerprint,
            "normalise": NORMALISE_VERSION,
            "prosody": prosody.VERSION if self.config.prosody else None,
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def n_layers(self) -> int:
        """How many of the encoder's layers are pooled."""
        return len(self._layers)

    @property
    def dim(self) -> int:
        """Da."""
        pooled = len(self._layers) * len(self.config.pooling) * self.encoder.dim
        return pooled + (prosody.DIM if self.config.prosody else 0)

    @property
    def emphasis(self) -> np.ndarray:
        """(Da,) float32: how much each number should count in a projection. Spreads over time count half."""
        parts = [
            np.full(len(self._layers) * self.encoder.dim, POOLING_EMPHASIS[name], np.float32)
            for name in self.config.pooling
        ]
        return np.concatenate([*parts, np.ones(self.dim - sum(map(len, parts)), np.float32)])

    def embed(self, waveforms: Sequence[np.ndarray]) -> np.ndarray:
        """a: (N, Da) float32 for N waveforms, each (samples,) float32, 16 kHz."""
        normalised = [normalise(waveform) for waveform in waveforms]
        played = [_at_tempo(waveform, tempo) for waveform in normalised for tempo in self.config.tempi]
        sequences = self.encoder.encode(played)
        n_tempi = len(self.config.tempi)
        grouped = [sequences[i * n_tempi : (i + 1) * n_tempi] for i in range(len(normalised))]
        rows = [self._row(group, self._tracks(w)) for group, w in zip(grouped, normalised, strict=True)]
        return np.stack(rows) if rows else np.zeros((0, self.dim), np.float32)

    def embed_windows(
        self, waveform: np.ndarray, *, window_s: float, hop_s: float
    ) -> tuple[list[tuple[float, float]], np.ndarray]:
        """Spans (start_s, end_s) of W sliding windows, and embeddings (1 + W, Da): the utterance, then each window.

        Times count from the start of the recording, whatever was trimmed. A recording shorter than a window is one.
        """
        normalised, offset = normalise_with_offset(waveform)
        sequences = self.encoder.encode([_at_tempo(normalised, tempo) for tempo in self.config.tempi])
        # in frames per second of the recording, whatever the tempo
        sequences = [FrameSequence(s.layers, s.rate / t) for s, t in zip(sequences, self.config.tempi, strict=True)]
        tracks = self._tracks(normalised)
        duration_s = len(normalised) / SAMPLE_RATE
        count = 1 + max(0, int(np.ceil((duration_s - window_s) / hop_s - 1e-6)))
        starts = np.minimum(np.arange(count) * hop_s, max(0.0, duration_s - window_s))
        spans = [(float(start), float(min(start + window_s, duration_s))) for start in starts]
        rows = [self._row(sequences, tracks)]
        for start, end in spans:
            window = [FrameSequence(_cut(s.layers, s.rate, start, end), s.rate) for s in sequences]
            rows.append(self._row(window, None if tracks is None else _cut(tracks, prosody.RATE, start, end)))
        return [(start + offset, end + offset) for start, end in spans], np.stack(rows)

    def _tracks(self, normalised: np.ndarray) -> np.ndarray | None:
        return prosody.tracks(normalised) if self.config.prosody else None

    def _row(self, sequences: Sequence[FrameSequence], tracks: np.ndarray | None) -> np.ndarray:
        """One embedding from an utterance's hidden states at each tempo."""
        layers = [sequence.layers[self._layers] for sequence in sequences]
        parts = [np.mean([POOLINGS[name](at) for at in layers], axis=0).ravel() for name in self.config.pooling]
        if tracks is not None:
            parts.append(prosody.statistics(tracks))
        return np.concatenate(parts).astype(np.float32, copy=False)


def _at_tempo(waveform: np.ndarray, tempo: float) -> np.ndarray:
    """Slower below 1 and faster above it. (samples,) -> (samples / tempo,)."""
    if tempo == 1.0:
        return waveform
    import soxr

    return soxr.resample(waveform, SAMPLE_RATE, SAMPLE_RATE / tempo).astype(np.float32, copy=False)


def _cut(frames: np.ndarray, rate: float, start: float, end: float) -> np.ndarray:
    """The frames of a span; time is axis 1 of layers (L, T, D) and of tracks (n, T)."""
    low = min(int(start * rate), frames.shape[1] - 1)
    return frames[:, low : max(low + 1, int(np.ceil(end * rate)))]
