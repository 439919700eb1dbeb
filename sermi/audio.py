"""Recordings in: any common audio file, or samples from a microphone, to 16 kHz mono."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sermi import decode
from sermi.decode import FORMATS as FORMATS
from sermi.decode import MAX_BYTES as MAX_BYTES
from sermi.decode import Block
from sermi.errors import AudioError
from sermi.mixing import Mix, coalesced, resampled

SAMPLE_RATE = 16_000
MAX_SECONDS = 7_200.0
"""Of a recording that are used."""
BLOCK_S = 60.0
"""Seconds that are kept in memory at once."""
MIN_SECONDS = 0.1
SHORT_SECONDS = 1.0
"""No sentence is shorter, and no answer to less of one is sure."""

SILENT_PEAK = 10 ** (-80 / 20)
"""A recording that never passes -80 dBFS holds no speech: a muted microphone leaves zeros or dither."""
QUIET_LEVEL_DB = -50.0
"""Below this active level speech is buried in the noise of a laptop's microphone, and no answer is sure."""
CLIPPED_SHARE = 0.001
"""Share of samples at full scale from which clipping is audible."""

_MOST = 1e36
"""Of a sample: sums of larger ones pass what a float32 holds."""
_SPEECH_RANGE_DB = 40.0
_FRAME = 400  # 25 ms
_AUDIBLE_LOSS_S = 0.05


class Limits(NamedTuple):
    """How much is read."""

    seconds: float = MAX_SECONDS
    """What comes later is left out, with a warning."""
    bytes: int = MAX_BYTES
    """Larger files are refused."""


ALL = Limits()
FIRST_MINUTE = Limits(BLOCK_S)


class Long(NamedTuple):
    """What stands for the samples of a recording that is too long to be kept."""

    blocks: Callable[[], Iterator[np.ndarray]]
    """Reads the file again, `BLOCK_S` seconds at a time."""
    extremes: np.ndarray
    """(F, 2) lowest and highest sample of each 25 ms."""


@dataclass(frozen=True)
class Recording:
    """One recording, most often of one utterance, as it was recorded."""

    waveform: np.ndarray
    """(samples,) float32, 16 kHz mono, [-1, 1]: all of it up to a minute, the first minute of what is longer."""
    duration_s: float
    """Seconds of all of it."""
    warnings: tuple[str, ...] = ()
    """Plain sentences on what a listener would remark."""
    is_enough: bool = True
    """Whether an answer can be sure; not where it is too short, almost silent or mostly lost."""
    long: Long | None = None
    """Of what is longer than a minute."""

    def blocks(self) -> Iterator[np.ndarray]:
        """All of it, a minute at a time: (samples,) float32, 16 kHz. Raises AudioError where its file has gone."""
        return iter([self.waveform]) if self.long is None else self.long.blocks()

    def extremes(self, most: int) -> np.ndarray:
        """(n, 2) lowest and highest sample of n stretches of one length, at most `most` and one more."""
        if self.long is None:
            lows = highs = self.waveform
        else:
            lows, highs = self.long.extremes.T
        step = -(-len(lows) // most)
        starts = np.arange(0, len(lows), step)
        return np.stack([np.minimum.reduceat(lows, starts), np.maximum.reduceat(highs, starts)], axis=1)


def read(path: str | Path, limits: Limits = ALL) -> Recording:
    """Decode an audio file of one of `FORMATS`, by default up to two hours of it.

    Raises AudioError when the file is missing, too large, not audio, damaged, too short or silent.
    """
    return _recording(lambda: decode.blocks(path, limits.bytes), decode.shown(path), limits.seconds)


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
    size = round(BLOCK_S * rate)

    def blocks() -> Generator[Block]:
        for start in range(0, len(channels), size):
            yield Block(_as_float(channels[start : start + size]), rate, channels.dtype.kind == "f")

    return _recording(blocks, "The recording", MAX_SECONDS)


def _as_float(samples: np.ndarray) -> np.ndarray:
    """Samples of any type as float32, full scale 1."""
    if samples.dtype.kind in "iu":
        info = np.iinfo(samples.dtype)
        half = (info.max - info.min + 1) / 2
        samples = (samples - (info.min + half)) / half  # unsigned samples lie around the middle of their range
    with np.errstate(over="ignore"):
        return samples.astype(np.float32)


def active_level_db(waveform: np.ndarray) -> float:
    """Level of the speech in dBFS: RMS of the 25 ms frames within 40 dB of the loudest, so pauses don't count.

    waveform: (samples,), one or more, 16 kHz. Digital silence is -120.

    >>> round(active_level_db(np.concatenate([np.ones(1600), np.zeros(8000)])), 2)
    0.0
    """
    usable = len(waveform) // _FRAME * _FRAME
    frames = waveform[:usable].reshape(-1, _FRAME) if usable else waveform[None]
    return _active_level_db(np.mean(np.square(frames, dtype=np.float64), axis=1))


def _active_level_db(power: np.ndarray) -> float:
    active = power[power >= power.max() * 10 ** (-_SPEECH_RANGE_DB / 10)]
    return float(10 * np.log10(active.mean() + 1e-12))


def _recording(blocks: Callable[[], Generator[Block]], name: str, limit_s: float) -> Recording:
    """The recording that blocks make, which may be asked for again."""
    mix = _mixed(blocks, name, Mix(limit_s, BLOCK_S))
    warnings = []
    if mix.n and (loudest := mix.loudest_of_cancelled()) is not None:
        mix = _mixed(blocks, name, Mix(limit_s, BLOCK_S, loudest))
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
    if mix.n < MIN_SECONDS * mix.rate:
        raise AudioError(f"{name} is shorter than {MIN_SECONDS:g} s; record a sentence.")
    return _checked(mix, blocks, name, warnings)


def _mixed(blocks: Callable[[], Generator[Block]], name: str, mix: Mix) -> Mix:
    """Read blocks until there is more than is used; a file whose decoder gives up is used up to there."""
    try:
        with closing(blocks()) as decoded, closing(coalesced(decoded)) as larger:
            for block in larger:
                mix.add(block)
                if mix.is_cut:
                    break
    except AudioError:
        raise
    except Exception as error:  # decoders raise many kinds; what a user can do about each is the same
        if not mix.n:
            raise AudioError(f"{name} could not be decoded; it may be damaged: export it again.") from error
        mix.damage = f"{name} is damaged after {mix.n / mix.rate:.1f} s; only the part before was used."
    return mix


def _checked(mix: Mix, blocks: Callable[[], Generator[Block]], name: str, warnings: list[str]) -> Recording:
    """Check one channel of samples and say what a listener would remark on."""
    low, high, mean, square = mix.frames
    if not np.isfinite(square).all() or max(high.max(), -low.min()) > _MOST:
        raise AudioError(f"{name} holds samples that are not numbers; export it again.")
    is_past_full_scale = mix.is_float and max(high.max(), -low.min()) > 1
    is_clipped = not is_past_full_scale and mix.n_full_scale > CLIPPED_SHARE * mix.n
    offset = np.float32(mix.mean)  # a cheap microphone's constant offset is not sound
    peak = max(high.max() - offset, offset - low.min())
    if peak < SILENT_PEAK:
        if mix.is_cut:
            raise AudioError(
                f"Only the first {_spelt(mix.limit_s)} of {name} were used, and they are silent; cut them off and try again."
            )
        raise AudioError(f"{name} is silent; check the microphone and record again.")
    gain = np.float32(1 / peak if is_past_full_scale else 1)
    waveform, long = _samples(mix, blocks, offset, gain)
    duration_s = mix.n / mix.rate if long else len(waveform) / SAMPLE_RATE
    level_db = _active_level_db((square - 2 * mix.mean * mean + mix.mean**2) * float(gain) ** 2)
    is_short, is_quiet = duration_s < SHORT_SECONDS, level_db < QUIET_LEVEL_DB
    if mix.is_cut:
        warnings.append(f"Only the first {_spelt(mix.limit_s)} were used.")
    if is_clipped:
        warnings.append("The recording is clipped: lower the microphone's level or move away from it.")
    if is_short:
        warnings.append(f"The recording is very short ({duration_s:.1f} s): say a whole sentence.")
    if is_quiet:
        warnings.append("The recording is almost silent: move closer to the microphone or raise its level.")
    is_enough = not is_short and not is_quiet and mix.lost_s <= duration_s
    return Recording(waveform, duration_s, tuple(warnings), is_enough, long)


def _samples(
    mix: Mix, blocks: Callable[[], Generator[Block]], offset: np.float32, gain: np.float32
) -> tuple[np.ndarray, Long | None]:
    """The waveform at 16 kHz: of what is short in one go; of what is long its first minute, and how to read it all."""
    if not mix.is_kept:
        extremes = np.clip((mix.frames[:2].T - offset) * gain, -1.0, 1.0).astype(np.float32)

        def again() -> Iterator[np.ndarray]:
            with closing(blocks()) as decoded, closing(coalesced(decoded)) as larger:
                yield from resampled(larger, mix, SAMPLE_RATE, offset=offset, gain=gain)

        return next(again()), Long(again, extremes)
    mono = np.concatenate(mix.parts)
    mono = mono - np.float32(mono.mean(dtype=np.float64))
    if mix.rate != SAMPLE_RATE:
        import soxr

        mono = soxr.resample(mono, mix.rate, SAMPLE_RATE, quality="HQ")
    if gain != 1:
        mono = mono / np.abs(mono).max()
    return np.clip(mono, -1.0, 1.0).astype(np.float32, copy=False), None


def _spelt(seconds: float) -> str:
    """A limit as people say it.

    >>> _spelt(7_200), _spelt(600), _spelt(60)
    ('2 hours', '10 minutes', '60 s')
    """
    if seconds >= 7_200:
        return f"{seconds / 3_600:g} hours"
    return f"{seconds / 60:g} minutes" if seconds >= 120 else f"{seconds:g} s"
