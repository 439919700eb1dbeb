"""Recordings in: any common audio file, or samples from a microphone, to one 16 kHz mono waveform."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sermi import decode
from sermi.decode import FORMATS as FORMATS
from sermi.decode import MAX_BYTES as MAX_BYTES
from sermi.decode import Block
from sermi.errors import AudioError

SAMPLE_RATE = 16_000
MAX_SECONDS = 60.0
MIN_SECONDS = 0.1
SHORT_SECONDS = 1.0
"""No sentence is shorter, and no answer to less of one is sure."""

SILENT_PEAK = 10 ** (-80 / 20)
"""A recording that never passes -80 dBFS holds no speech: a muted microphone leaves zeros or dither."""
QUIET_LEVEL_DB = -50.0
"""Below this active level speech is buried in the noise of a laptop's microphone, and no answer is sure."""
CLIPPED_SHARE = 0.001
"""Share of samples at full scale from which clipping is audible."""

_SPEECH_RANGE_DB = 40.0
_FRAME = 400  # 25 ms
_AUDIBLE_LOSS_S = 0.05
_CANCELLED = 0.5
"""The loudest of N channels puts 1/N² of its power into their mean; with less than this share of it left, others cancel it."""


@dataclass(frozen=True)
class Recording:
    """One utterance as it was recorded."""

    waveform: np.ndarray
    """(samples,) float32, 16 kHz mono, [-1, 1]."""
    duration_s: float
    """Seconds of it."""
    warnings: tuple[str, ...] = ()
    """Plain sentences on what a listener would remark."""
    is_enough: bool = True
    """Whether an answer can be sure; not where it is too short, almost silent or mostly lost."""


def read(path: str | Path) -> Recording:
    """Decode an audio file of one of `FORMATS`, at most `MAX_SECONDS` of it.

    Raises AudioError when the file is missing, too large, not audio, damaged, too short or silent.
    """
    return _recording(lambda: decode.blocks(path), decode.shown(path))


def from_samples(samples: np.ndarray, rate: int) -> Recording:
    """A recording from samples in memory: (samples,) or (samples, channels), integers or floats.

    Full scale of floats is 1; where they pass it, they are scaled. rate: samples a second (Hz). Raises AudioError as `read`
    does.
    """
    samples = np.asarray(samples)
    if samples.ndim not in (1, 2) or samples.size == 0:
        raise AudioError("The recording is empty; record again.")
    if samples.dtype.kind not in "iuf":
        raise AudioError(f"The recording holds {samples.dtype} values; give integers or floats.")
    channels = samples.reshape(len(samples), -1)
    decode.check_layout(rate, channels.shape[1], "The recording")
    used, is_float = channels[: int(MAX_SECONDS * rate) + 1], True  # one more than is kept, to see that there is more
    if used.dtype.kind in "iu":
        info = np.iinfo(used.dtype)
        half = (info.max - info.min + 1) / 2
        used, is_float = (
            (used - (info.min + half)) / half,
            False,
        )  # unsigned samples lie around the middle of their range
    with np.errstate(over="ignore"):
        block = Block(used.astype(np.float32), rate, is_float)
    return _recording(lambda: (block for _ in range(1)), "The recording")


def active_level_db(waveform: np.ndarray) -> float:
    """Level of the speech in dBFS: RMS of the 25 ms frames within 40 dB of the loudest, so pauses don't count.

    waveform: (samples,), one or more, 16 kHz. Digital silence is -120.

    >>> round(active_level_db(np.concatenate([np.ones(1600), np.zeros(8000)])), 2)
    0.0
    """
    usable = len(waveform) // _FRAME * _FRAME
    frames = waveform[:usable].reshape(-1, _FRAME) if usable else waveform[None]
    power = np.mean(np.square(frames, dtype=np.float64), axis=1)
    active = power[power >= power.max() * 10 ** (-_SPEECH_RANGE_DB / 10)]
    return float(10 * np.log10(active.mean() + 1e-12))


@dataclass
class _Mix:
    """One channel of samples, mixed block by block, and what of the others it takes to see whether they cancel."""

    channel: int | None = None
    """The one that is taken; None for the mean of all."""
    parts: list[np.ndarray] = field(default_factory=list)
    n: int = 0
    rate: int = 1
    is_float: bool = False
    lost_s: float = 0.0
    damage: str = ""
    """What to say where decoding ended early."""
    moments: np.ndarray | float = 0.0
    """(2, channels) sums of the samples and of their squares."""

    def add(self, block: Block) -> None:
        samples = block.samples
        self.rate, self.is_float, self.lost_s = block.rate, block.is_float, self.lost_s + block.lost_s
        if self.channel is None and samples.shape[1] > 1:
            self.moments = self.moments + np.stack(
                [samples.sum(0, np.float64), np.square(samples, dtype=np.float64).sum(0)]
            )
        self.parts.append(samples.mean(axis=1) if self.channel is None else samples[:, self.channel])
        self.n += len(samples)

    def loudest_of_cancelled(self) -> int | None:
        """The loudest channel where the others cancel it in the mean, as in opposite phase; else None."""
        if not isinstance(self.moments, np.ndarray) or not self.n:
            return None
        power = self.moments[1] - np.square(self.moments[0]) / self.n  # offsets aside
        loudest = int(power.argmax())
        left_over = np.concatenate(self.parts).var(dtype=np.float64) * self.n
        return loudest if left_over < _CANCELLED * power[loudest] / len(power) ** 2 else None


def _recording(blocks: Callable[[], Generator[Block]], name: str) -> Recording:
    """The recording that blocks make, which may be asked for again."""
    mix = _mixed(blocks, name)
    warnings = []
    if (loudest := mix.loudest_of_cancelled()) is not None:
        mix = _mixed(blocks, name, channel=loudest)
        warnings.append(
            "The channels cancel each other, as if one were wired the wrong way round; the loudest was used."
        )
    if mix.lost_s >= _AUDIBLE_LOSS_S:
        warnings.append(f"{name} is damaged: {mix.lost_s:.1f} s could not be decoded and were left out.")
    if mix.damage:
        warnings.append(mix.damage)
    if not mix.n:
        raise AudioError(
            f"{name} could not be decoded; it may be damaged: export it again."
            if mix.lost_s
            else f"{name} holds no sound; record or export it again."
        )
    return _finish(mix, name, warnings)


def _mixed(blocks: Callable[[], Generator[Block]], name: str, *, channel: int | None = None) -> _Mix:
    """Read blocks until there is more than is kept; a file whose decoder gives up is used up to there."""
    mix = _Mix(channel)
    try:
        with closing(blocks()) as decoded:
            for block in decoded:
                mix.add(block)
                if mix.n > MAX_SECONDS * mix.rate:
                    break
    except AudioError:
        raise
    except Exception as error:  # decoders raise many kinds; what a user can do about each is the same
        if not mix.n:
            raise AudioError(f"{name} could not be decoded; it may be damaged: export it again.") from error
        mix.damage = f"{name} is damaged after {mix.n / mix.rate:.1f} s; only the part before was used."
    return mix


def _finish(mix: _Mix, name: str, warnings: list[str]) -> Recording:
    """Check one channel of samples, bring it to 16 kHz and say what a listener would remark on."""
    mono, rate = np.concatenate(mix.parts), mix.rate
    limit = int(MAX_SECONDS * rate)
    is_cut, mono = len(mono) > limit, mono[:limit]
    if not np.isfinite(mono).all():
        raise AudioError(f"{name} holds samples that are not numbers; export it again.")
    if len(mono) < MIN_SECONDS * rate:
        raise AudioError(f"{name} is shorter than {MIN_SECONDS:g} s; record a sentence.")
    size = np.abs(mono)
    is_past_full_scale = mix.is_float and size.max() > 1
    is_clipped = not is_past_full_scale and np.mean(size >= 0.999) > CLIPPED_SHARE
    mono = mono - np.float32(mono.mean(dtype=np.float64))  # a cheap microphone's constant offset is not sound
    if np.abs(mono).max() < SILENT_PEAK:
        if is_cut:
            raise AudioError(
                f"Only the first {MAX_SECONDS:.0f} s of {name} were used, and they are silent; cut them off and try again."
            )
        raise AudioError(f"{name} is silent; check the microphone and record again.")
    if rate != SAMPLE_RATE:
        import soxr

        mono = soxr.resample(mono, rate, SAMPLE_RATE, quality="HQ")
    if is_past_full_scale:
        mono = mono / np.abs(mono).max()
    waveform = np.clip(mono, -1.0, 1.0).astype(np.float32, copy=False)
    duration_s = len(waveform) / SAMPLE_RATE
    is_short, is_quiet = duration_s < SHORT_SECONDS, active_level_db(waveform) < QUIET_LEVEL_DB
    if is_cut:
        warnings.append(f"Only the first {MAX_SECONDS:.0f} s were used.")
    if is_clipped:
        warnings.append("The recording is clipped: lower the microphone's level or move away from it.")
    if is_short:
        warnings.append(f"The recording is very short ({duration_s:.1f} s): say a whole sentence.")
    if is_quiet:
        warnings.append("The recording is almost silent: move closer to the microphone or raise its level.")
    is_enough = not is_short and not is_quiet and mix.lost_s <= duration_s
    return Recording(waveform, duration_s, tuple(warnings), is_enough)
