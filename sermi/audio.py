"""Recordings in: any common audio file, or samples from a microphone, to one 16 kHz mono waveform.

Files come from strangers. The size is checked before anything is opened; the container is recognised from its first
bytes, so that a playlist or another format that points elsewhere is never handed to FFmpeg, and FFmpeg may open no
other file or address; only codecs of speech recordings are decoded, and no further than the time limit.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sermi.errors import AudioError

SAMPLE_RATE = 16_000
MAX_BYTES = 25_000_000
"""Of a file: a minute of uncompressed stereo has 11 MB."""
MAX_SECONDS = 60.0
MIN_SECONDS = 0.1
SHORT_SECONDS = 1.0
FORMATS = ("wav", "flac", "mp3", "ogg", "m4a", "webm", "mp4")

SILENT_PEAK = 10 ** (-80 / 20)
"""A recording that never passes -80 dBFS holds no speech: a muted microphone leaves zeros or dither."""
QUIET_LEVEL_DB = -50.0
"""Below this active level speech is buried in the noise of a laptop's microphone."""
CLIPPED_SHARE = 0.001
"""Share of samples at full scale from which clipping is audible."""

_SPEECH_RANGE_DB = 40.0
_FRAME = 400  # 25 ms
_BLOCK = 1 << 14
_MAX_CHANNELS = 8
_RATES = (1_000, 192_000)
_SOUNDFILE = "soundfile"
_DEMUXERS = {b"RIFF": "wav", b"RF64": "wav", b"fLaC": "flac", b"OggS": "ogg"}
_CODECS = (
    "aac,alac,amrnb,amrwb,flac,libopus,mp3,mp3float,opus,"
    "pcm_alaw,pcm_f32le,pcm_mulaw,pcm_s16be,pcm_s16le,pcm_s24le,pcm_s32le,pcm_u8,speex,vorbis"
)
"""FFmpeg's decoders that may run: it has hundreds, and each is an attack surface."""


@dataclass(frozen=True)
class Recording:
    """One utterance as it was recorded."""

    waveform: np.ndarray
    """(samples,) float32, 16 kHz mono, [-1, 1]."""
    duration_s: float
    """Seconds of it."""
    warnings: tuple[str, ...] = ()
    """Plain sentences on what a listener would remark."""


def read(path: str | Path) -> Recording:
    """Decode an audio file of one of `FORMATS`, at most `MAX_SECONDS` of it.

    Raises AudioError when the file is missing, too large, not audio, damaged, too short or silent.
    """
    path = Path(path)
    name = repr(path.name)  # its line breaks are shown, not obeyed
    container = _container(_head(path, name))
    if container is None:
        raise AudioError(f"{name} is not an audio file that can be read; use {', '.join(FORMATS)}.")
    decode = _decode_soundfile(path, name) if container == _SOUNDFILE else _decode_pyav(path, name, container)
    with closing(decode) as blocks:
        return _recording(blocks, name)


def from_samples(samples: np.ndarray, rate: int) -> Recording:
    """A recording from samples in memory: (samples,) or (samples, channels), integers or floats in [-1, 1].

    rate: samples a second (Hz). Raises AudioError as `read` does.
    """
    samples = np.asarray(samples)
    if samples.ndim not in (1, 2) or samples.size == 0:
        raise AudioError("The recording is empty; record again.")
    if samples.dtype.kind not in "iuf":
        raise AudioError(f"The recording holds {samples.dtype} values; give integers or floats.")
    channels = samples.reshape(len(samples), -1)
    _check_layout(rate, channels.shape[1], "The recording")
    used = channels[: int(MAX_SECONDS * rate) + 1]  # one more than is kept, to see that there is more
    if used.dtype.kind in "iu":
        info = np.iinfo(used.dtype)
        half = (info.max - info.min + 1) / 2
        used = (used - (info.min + half)) / half  # unsigned samples lie around the middle of their range
    return _finish(used.mean(axis=1, dtype=np.float32), rate, "The recording")


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


def _head(path: Path, name: str) -> bytes:
    """The first 16 bytes of a file that is there, is a file and has an acceptable size."""
    try:
        if not path.is_file():
            raise AudioError(f"There is no file {name}; check the path.")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise AudioError(f"{name} is {size / 1e6:.1f} MB; use a file of at most {MAX_BYTES / 1e6:.0f} MB.")
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise AudioError(f"{name} can't be opened ({error.strerror}); check the path.") from error
    if not head:
        raise AudioError(f"{name} is empty; record or export it again.")
    return head


def _container(head: bytes) -> str | None:
    """What decodes a container, from the first 16 bytes of a file: soundfile, or one of FFmpeg's demuxers."""
    if (head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE") or head[:4] in (b"fLaC", b"OggS"):
        return _SOUNDFILE
    if head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 in (0xE2, 0xE4, 0xE6)):
        return "mp3"  # MPEG audio layers I-III; soundfile loses samples where it reads on after a block
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "matroska"
    if head[4:8] == b"ftyp":
        return "mp4"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "aac"  # ADTS: the layer's bits are 00
    return None


def _check_layout(rate: float, channels: int, name: str) -> None:
    if not _RATES[0] <= rate <= _RATES[1] or not 1 <= channels <= _MAX_CHANNELS:
        raise AudioError(
            f"{name} has {channels} channels at {rate} Hz; use 1 to {_MAX_CHANNELS} channels "
            f"at {_RATES[0]} to {_RATES[1]} Hz."
        )


def _decode_soundfile(path: Path, name: str) -> Generator[tuple[np.ndarray, int]]:
    """Blocks of one channel, (n,) float32, each with the rate in Hz."""
    import soundfile

    try:
        file = soundfile.SoundFile(path)
    except soundfile.LibsndfileError:  # it knows the container but not the codec in it
        with path.open("rb") as head:
            demuxer = _DEMUXERS[head.read(4)]
        yield from _decode_pyav(path, name, demuxer)
        return
    with file:
        _check_layout(file.samplerate, file.channels, name)
        while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
            yield block.mean(axis=1), file.samplerate


def _decode_pyav(path: Path, name: str, demuxer: str) -> Generator[tuple[np.ndarray, int]]:
    """Blocks as `_decode_soundfile` gives, by FFmpeg, whose demuxer is named, never guessed, and reads an open file."""
    import av

    limits = {"protocol_whitelist": "none", "codec_whitelist": _CODECS}
    with path.open("rb") as file, av.open(file, format=demuxer, options=limits, metadata_errors="ignore") as media:
        if not media.streams.audio:
            raise AudioError(f"{name} has no sound track; use a file with sound.")
        stream = media.streams.audio[0]
        context = stream.codec_context
        if context is None or context.name not in _CODECS.split(","):
            raise AudioError(f"{name} holds sound in a format that can't be read; use {', '.join(FORMATS)}.")
        rate = context.sample_rate
        _check_layout(rate, context.channels, name)
        resampler = av.AudioResampler(format="fltp", rate=rate)
        for frame in media.decode(stream):
            for converted in resampler.resample(frame):
                yield converted.to_ndarray().mean(axis=0), rate  # FFmpeg's own mix of stereo is 3 dB louder


def _recording(blocks: Iterator[tuple[np.ndarray, int]], name: str) -> Recording:
    """Read blocks until there is more than is kept; a file damaged in the middle is used up to there."""
    kept: list[np.ndarray] = []
    length, rate = 0, 1
    warnings: tuple[str, ...] = ()
    try:
        for block, rate in blocks:
            kept.append(block)
            length += len(block)
            if length > MAX_SECONDS * rate:
                break
    except AudioError:
        raise
    except Exception as error:  # decoders raise many kinds; what a user can do about each is the same
        if not kept:
            raise AudioError(f"{name} could not be decoded; it may be damaged: export it again.") from error
        warnings = (f"{name} is damaged after {length / rate:.1f} s; only the part before was used.",)
    if not length:
        raise AudioError(f"{name} holds no sound; record or export it again.")
    recording = _finish(np.concatenate(kept), rate, name)
    return Recording(recording.waveform, recording.duration_s, warnings + recording.warnings)


def _finish(mono: np.ndarray, rate: int, name: str) -> Recording:
    """Check one channel of samples, bring it to 16 kHz and say what a listener would remark on."""
    limit = int(MAX_SECONDS * rate)
    is_cut, mono = len(mono) > limit, mono[:limit]
    if not np.isfinite(mono).all():
        raise AudioError(f"{name} holds samples that are not numbers; export it again.")
    if len(mono) < MIN_SECONDS * rate:
        raise AudioError(f"{name} is shorter than {MIN_SECONDS:g} s; record a sentence.")
    is_clipped = np.mean(np.abs(mono) >= 0.999) > CLIPPED_SHARE
    mono = mono - np.float32(mono.mean(dtype=np.float64))  # a cheap microphone's constant offset is not sound
    if np.abs(mono).max() < SILENT_PEAK:
        raise AudioError(f"{name} is silent; check the microphone and record again.")
    if rate != SAMPLE_RATE:
        import soxr

        mono = soxr.resample(mono, rate, SAMPLE_RATE, quality="HQ")
    waveform = np.clip(mono, -1.0, 1.0).astype(np.float32, copy=False)
    duration_s = len(waveform) / SAMPLE_RATE
    warnings = []
    if is_cut:
        warnings.append(f"Only the first {MAX_SECONDS:.0f} s were used.")
    if is_clipped:
        warnings.append("The recording is clipped: lower the microphone's level or move away from it.")
    if duration_s < SHORT_SECONDS:
        warnings.append(f"The recording is very short ({duration_s:.1f} s): say a whole sentence.")
    if active_level_db(waveform) < QUIET_LEVEL_DB:
        warnings.append("The recording is almost silent: move closer to the microphone or raise its level.")
    return Recording(waveform, duration_s, tuple(warnings))
