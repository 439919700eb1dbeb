"""Files in: what strangers send, to blocks of samples as they were recorded.

The size is checked before anything is opened; the container is recognised from its first bytes, so that a playlist or
another format that points elsewhere is never handed to FFmpeg, and FFmpeg may open no other file or address; only codecs
of speech recordings are decoded. What a decoder can't read is left out and counted, not the end of the recording.
"""

from __future__ import annotations

import io
import math
import re
import struct
from collections.abc import Generator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sermi.errors import AudioError
from sermi.mpeg import SEARCHED_BYTES, has_frames

MAX_BYTES = 1_500_000_000
"""Of a file: two hours of uncompressed stereo at 48 kHz have 1,382 MB."""
FORMATS = ("wav", "flac", "mp3", "ogg", "m4a", "webm", "mp4")

_BLOCK = 1 << 14
_MAX_CHANNELS = 8
_RATES = (1_000, 192_000)
_MAX_FRAMES = 1 << 40
"""A FLAC that was streamed doesn't know how many samples it has; libsndfile then names more than any file holds."""
_MAX_LOST_PACKETS = 5_000
"""A minute of speech has 3,000: whatever has more that don't decode is no recording."""
_GAP_S = (0.05, 60.0)
"""Seconds between two packets in which something is missing; times that jump further are wrong themselves."""
_SOUNDFILE = "soundfile"
_DEMUXERS = {b"RIFF": "wav", b"RF64": "wav", b"fLaC": "flac", b"OggS": "ogg"}
_CODECS = (
    "aac,alac,amrnb,amrwb,flac,libopus,mp3,mp3float,opus,"
    "pcm_alaw,pcm_f32le,pcm_mulaw,pcm_s16be,pcm_s16le,pcm_s24le,pcm_s32le,pcm_u8,speex,vorbis"
)
"""FFmpeg's decoders that may run: it has hundreds, and each is an attack surface."""


class Block(NamedTuple):
    """Some of a recording's samples."""

    samples: np.ndarray
    """(n, channels) float32; full scale is 1."""
    rate: int
    """Samples a second (Hz)."""
    is_float: bool = False
    """Whether they are stored as floating-point numbers, which may pass 1 without being clipped there."""
    lost_s: float = 0.0
    """Seconds that could not be decoded, since the block before."""


def blocks(path: str | Path, max_bytes: int = MAX_BYTES) -> Generator[Block]:
    """Decode an audio file of one of `FORMATS`, block by block.

    Raises AudioError when the file is missing, too large or not audio; decoders raise other kinds where it is damaged.
    """
    path = _checked(path, max_bytes)
    name = shown(path)
    with path.open("rb") as file:
        head = file.read(SEARCHED_BYTES)
    container = _container(head)
    if container is None:
        raise AudioError(f"{name} is not an audio file that can be read; use {', '.join(FORMATS)}, or export it again.")
    return _decode_soundfile(path, name, head) if container == _SOUNDFILE else _decode_pyav(path, name, container)


def shown(path: str | Path) -> str:
    """A file's name as messages show it: its line breaks are shown, not obeyed."""
    return repr(Path(path).name or str(path))


def check_layout(rate: float, channels: int, name: str) -> None:
    """Raises AudioError for a rate or a number of channels that no recording of speech has."""
    if not _RATES[0] <= rate <= _RATES[1] or not 1 <= channels <= _MAX_CHANNELS:
        raise AudioError(
            f"{name} has {channels} channels at {rate} Hz; use 1 to {_MAX_CHANNELS} channels "
            f"at {_RATES[0]} to {_RATES[1]} Hz."
        )


def _checked(path: str | Path, max_bytes: int) -> Path:
    """The path of a file that is there, is a file and has an acceptable size."""
    if not str(path):
        raise AudioError("No file is named; give the path of a recording.")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", str(path)):
        raise AudioError(f"{str(path)!r} is an address; download the recording and give the path of the file.")
    path, name = Path(path), shown(path)
    try:
        if path.is_dir():
            raise AudioError(f"{name} is a folder; give the recordings in it one by one.")
        if not path.is_file():
            raise AudioError(_absent(path, name))
        size = path.stat().st_size
        if size > max_bytes:
            raise AudioError(f"{name} is {size / 1e6:.1f} MB; use a file of at most {max_bytes / 1e6:.0f} MB.")
        path.open("rb").close()
    except OSError as error:
        raise AudioError(f"{name} can't be opened ({error.strerror}); check the path.") from error
    if not size:
        raise AudioError(f"{name} is empty; record or export it again.")
    return path


def _absent(path: Path, name: str) -> str:
    """What to do about a path at which there is no file."""
    if path.exists():
        return f"{name} is a device or pipe, not a file; save the recording and give its path."
    if path.parts[0].startswith("~"):
        return f"There is no file {str(path)!r}; write out the home folder that '~' stands for."
    return f"There is no file {name}; check the path."


def _container(head: bytes) -> str | None:
    """What decodes a container, from a file's first bytes: soundfile, or one of FFmpeg's demuxers."""
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
    return "mp3" if has_frames(head) else None


def _decode_soundfile(path: Path, name: str, head: bytes) -> Generator[Block]:
    """By libsndfile; FFmpeg takes over where it doesn't know the codec, or loses its way in a FLAC."""
    import soundfile

    try:
        file = soundfile.SoundFile(_with_sizes(path, head))
    except soundfile.LibsndfileError:  # it knows the container but not the codec in it
        yield from _decode_pyav(path, name, _DEMUXERS[head[:4]])
        return
    with file:
        check_layout(file.samplerate, file.channels, name)
        rate, is_float, n_read = file.samplerate, file.subtype in ("FLOAT", "DOUBLE"), 0
        try:
            while len(samples := file.read(_BLOCK, dtype="float32", always_2d=True)):
                n_read += len(samples)
                yield Block(samples, rate, is_float)
        except soundfile.LibsndfileError:
            if file.format != "FLAC":
                raise
    if n_read < file.frames and file.format == "FLAC":
        for block in _without_first(n_read, _decode_pyav(path, name, "flac")):
            n_read += len(block.samples)
            yield block if file.frames > _MAX_FRAMES else block._replace(lost_s=0.0)
    if n_read < file.frames <= _MAX_FRAMES:
        yield Block(np.zeros((0, file.channels), np.float32), rate, is_float, (file.frames - n_read) / rate)


def _without_first(n: int, decoded: Generator[Block]) -> Generator[Block]:
    """Blocks without the first n samples, which are there already."""
    for block in decoded:
        yield block._replace(samples=block.samples[n:])
        n = max(0, n - len(block.samples))


class _WithHead(io.FileIO):
    """A file that begins with other bytes than are stored, as many."""

    def __init__(self, path: Path, head: bytes) -> None:
        super().__init__(path)
        self._head = head

    def readinto(self, buffer: Any) -> int:
        at = self.tell()
        n = super().readinto(buffer) or 0
        replaced = self._head[at : at + n]
        memoryview(buffer).cast("B")[: len(replaced)] = replaced
        return n


def _with_sizes(path: Path, head: bytes) -> Path | io.FileIO:
    """A file for libsndfile: the header of a WAV whose sizes a recorder that streamed or crashed left at 0 is completed.

    It is opened here where its name is no Unicode, which soundfile can't pass on.
    """
    at = 12
    is_long, long_size = head[:4] == b"RF64", 0
    while head[:4] in (b"RIFF", b"RF64") and at + 8 <= len(head):
        kind, size = struct.unpack_from("<4sI", head, at)
        if kind == b"ds64" and at + 24 <= len(head):
            (long_size,) = struct.unpack_from("<Q", head, at + 16)
        if kind == b"data":
            if size == 0 or (is_long and long_size == 0):
                length, completed = path.stat().st_size, bytearray(head)
                struct.pack_into("<4sI", completed, 0, b"RIFF", length - 8)
                struct.pack_into("<I", completed, at + 4, length - at - 8)
                return _WithHead(path, bytes(completed))
            break
        at += 8 + size + size % 2
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return io.FileIO(path)
    return path


def _same_layout(before: tuple[int, int] | None, frame: Any, name: str) -> tuple[int, int]:
    """Rate and channels of a frame: what damage turns them into is not what the stream says, and PyAV reads past the end of a
    frame of very many channels. Raises AudioError or, where frames before were of another layout, ValueError."""
    layout = (frame.sample_rate, frame.layout.nb_channels)
    if before is None:
        check_layout(*layout, name)
    elif layout != before:
        raise ValueError("the sound changes its layout")
    return layout


def _decode_pyav(path: Path, name: str, demuxer: str) -> Generator[Block]:
    """By FFmpeg, whose demuxer is named, never guessed, and reads an open file. Packets that don't decode are left out."""
    import av

    limits = {"protocol_whitelist": "none", "codec_whitelist": _CODECS}
    with path.open("rb") as file, av.open(file, format=demuxer, options=limits, metadata_errors="ignore") as media:
        if not media.streams.audio:
            raise AudioError(f"{name} has no sound track; use a file with sound.")
        stream = media.streams.audio[0]
        context = stream.codec_context
        if context is None or context.name not in _CODECS.split(","):
            raise AudioError(f"{name} holds sound in a format that can't be read; use {', '.join(FORMATS)}.")
        rate, is_float = context.sample_rate, context.name.startswith("pcm_f")
        check_layout(rate, context.channels, name)
        resampler = av.AudioResampler(format="fltp", rate=rate)
        lost_s, n_lost, end_s = 0.0, 0, math.inf
        layout: tuple[int, int] | None = None
        for packet in media.demux(stream):
            try:
                frames = context.decode(packet)
            except av.FFmpegError:
                n_lost += 1
                if n_lost > _MAX_LOST_PACKETS:
                    raise
                lost_s += float((packet.duration or 0) * (packet.time_base or 0)) or context.frame_size / rate
                continue
            for frame in frames:
                layout = _same_layout(layout, frame, name)
                start_s = end_s if frame.time is None else frame.time
                if _GAP_S[0] < start_s - end_s < _GAP_S[1]:  # some packets are dropped without a word
                    lost_s = max(lost_s, start_s - end_s)
                end_s = start_s + frame.samples / rate
                for converted in resampler.resample(frame):
                    # channels stay apart: FFmpeg's own mix of stereo is 3 dB louder
                    yield Block(converted.to_ndarray().T, rate, is_float, lost_s)
                    lost_s = 0.0
        if lost_s > 0:
            yield Block(np.zeros((0, context.channels), np.float32), rate, is_float, lost_s)
