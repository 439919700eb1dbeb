"""What strangers may upload: files that are no audio, refer to other files, are huge or damaged."""

import contextlib
import os
import struct
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from sermi import audio
from sermi.errors import AudioError
from tests.sermi.recordings import assert_is_tone, encode, error_of, film, tone


def test_a_film_without_sound(tmp_path):
    assert "no sound track" in error_of(film(tmp_path / "a.mp4"))
    assert "no sound track" in error_of(film(tmp_path / "a.webm", "webm", "libvpx"))


def test_a_codec_that_nobody_records_speech_with_is_not_run(tmp_path):
    path = encode(tmp_path / "a.mkv", "ac3", "matroska")
    assert "can't be read" in error_of(path)


@pytest.mark.parametrize(
    "content",
    [
        b"just some words\n" * 100,
        b"\xff\xfeU\x00T\x00F\x00-\x001\x006\x00" * 200,
        b"RIFF\x00\x00\x00\x00AVI LIST" + bytes(1_000),
        b"RIFF\x24\x00\x00\x00WAVE",
        b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00" + bytes(500),
        b"fLaC" + bytes(1_000),
        b"OggS" + bytes(1_000),
        b"ID3" + bytes(1_000),
        b"\xff\xfb" + bytes(1_000),
        b"\xff\xf1" + bytes(1_000),
        b"\x1a\x45\xdf\xa3" + bytes(1_000),
        b"\x00\x00\x00\x18ftypmp42" + bytes(1_000),
        b"PK\x03\x04" + bytes(1_000),
        b"\x89PNG\r\n\x1a\n" + bytes(1_000),
        b"R",
    ],
    ids=lambda content: repr(content[:12]),
)
@pytest.mark.parametrize("name", ["a.wav", "a.mp4"])
def test_what_is_not_audio_is_refused(tmp_path, content, name):
    (tmp_path / name).write_bytes(content)
    error_of(tmp_path / name)


def test_missing_empty_folder_and_large(tmp_path):
    assert "no file 'nothing.wav'" in error_of(tmp_path / "nothing.wav")
    assert "is a folder" in error_of(tmp_path)
    assert "can't be opened" in error_of(tmp_path / ("n" * 300))
    (tmp_path / "empty.wav").touch()
    assert "is empty" in error_of(tmp_path / "empty.wav")
    with (tmp_path / "large.wav").open("wb") as file:
        file.truncate(audio.MAX_BYTES + 1)
    assert "1500.0 MB; use a file of at most 1500 MB" in error_of(tmp_path / "large.wav")


def test_line_breaks_of_a_name_stay_out_of_the_message(tmp_path):
    (tmp_path / "a\nb.wav").touch()
    assert r"'a\nb.wav'" in error_of(tmp_path / "a\nb.wav")


PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{target}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile '{target}'\n",
    "dash": '<?xml version="1.0"?><MPD><BaseURL>{target}</BaseURL></MPD>',
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
}


@pytest.mark.parametrize("head", [b"", b"\x00\x00\x00\x18ftypmp42", b"\x1a\x45\xdf\xa3", b"fLaC", b"ID3", b"OggS"])
@pytest.mark.parametrize("playlist", PLAYLISTS)
@pytest.mark.parametrize("name", ["a.mp4", "a.m3u8"])
def test_a_playlist_opens_no_other_file(tmp_path, playlist, head, name):
    soundfile.write(tmp_path / "secret.wav", tone(), 16_000)
    (tmp_path / name).write_bytes(head + PLAYLISTS[playlist].format(target=tmp_path / "secret.wav").encode())
    error_of(tmp_path / name)


def with_external_reference(mp4: bytes, target: Path) -> bytes:
    """An MP4 whose sound is said to lie in another file: its 'dref' entry becomes an alias with a path."""
    text = str(target).encode()
    entry = struct.pack(">4sI", b"alis", 0)
    record = bytearray(150)
    record[50:64] = b"\x06secret".ljust(14, b"\0")
    tail = struct.pack(">hH", 2, len(text)) + text + b"\0" * (len(text) % 2) + struct.pack(">hH", -1, 0)
    entry += bytes(record) + tail
    entry = struct.pack(">I", len(entry) + 4) + entry
    own = struct.pack(">I4sI", 12, b"url ", 1)
    at = mp4.index(own)
    patched = bytearray(mp4.replace(own, entry))
    for box in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        start = mp4.index(box) - 4
        assert start < at
        (size,) = struct.unpack_from(">I", mp4, start)
        struct.pack_into(">I", patched, start, size + len(entry) - len(own))
    return bytes(patched)


def was_read(path: Path, action: Callable[[], object]) -> bool:
    """Whether the action read the file, by the time of last access."""
    os.utime(path, (0, 1))
    action()
    return path.stat().st_atime > 0


def test_an_mp4_that_refers_to_another_file_opens_no_other_file(tmp_path):
    secret = encode(tmp_path / "secret.mp4", "aac", "mp4")
    if not was_read(secret, secret.read_bytes):
        pytest.skip("this file system keeps no access times")
    path = tmp_path / "a.mp4"
    path.write_bytes(with_external_reference(secret.read_bytes(), secret))

    def as_ffmpeg_could() -> None:
        with av.open(str(path), options={"enable_drefs": "1", "use_absolute_path": "1"}) as media:
            assert len(media.streams.audio) == 1

    def as_we_do() -> None:
        with contextlib.suppress(AudioError):
            audio.read(path)

    assert was_read(secret, as_ffmpeg_could)
    assert not was_read(secret, as_we_do)


def test_a_bomb_is_not_decoded_to_its_end(tmp_path, monkeypatch):
    """Half an hour of silence in a small file."""
    with soundfile.SoundFile(tmp_path / "bomb.flac", "w", 48_000, 1) as file:
        file.write(tone(1, 48_000))
        for _ in range(30):
            file.write(np.zeros(60 * 48_000, np.int16))
    assert (tmp_path / "bomb.flac").stat().st_size < 500_000
    decoded, read = [], soundfile.SoundFile.read

    def counted(*arguments, **options) -> np.ndarray:
        decoded.append(len(block := read(*arguments, **options)))
        return block

    monkeypatch.setattr(soundfile.SoundFile, "read", counted)
    assert audio.read(tmp_path / "bomb.flac", audio.FIRST_MINUTE).duration_s == 60
    assert 60 < sum(decoded) / 48_000 < 62


@pytest.mark.parametrize(("name", "codec", "container"), [("a.flac", "flac", "flac"), ("a.webm", "libopus", "webm")])
def test_a_truncated_file_is_used_up_to_there(tmp_path, name, codec, container):
    path = encode(tmp_path / name, codec, container, samples=tone(4, 48_000))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert_is_tone(audio.read(path), seconds=2, tolerance=0.8)


def test_a_truncated_mp4_has_lost_its_index(tmp_path):
    path = encode(tmp_path / "a.mp4", "aac", "mp4")
    path.write_bytes(path.read_bytes()[:4_000])
    assert "damaged" in error_of(path)


def test_a_stream_that_changes_its_channels_is_used_up_to_there(tmp_path):
    mono = encode(tmp_path / "mono.aac", "aac", "adts", samples=tone(1, 48_000))
    stereo = encode(tmp_path / "stereo.aac", "aac", "adts", samples=np.stack([tone(1, 48_000)] * 2, axis=1))
    (tmp_path / "a.aac").write_bytes(mono.read_bytes() + stereo.read_bytes())
    recording = audio.read(tmp_path / "a.aac")
    assert 0.9 < recording.duration_s < 1.2
    assert any("is damaged after" in warning for warning in recording.warnings)


def test_a_flac_damaged_in_the_middle_says_so(tmp_path):
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 96_000)
    soundfile.write(tmp_path / "a.flac", noise, 16_000)
    content = bytearray((tmp_path / "a.flac").read_bytes())
    content[len(content) // 2 :] = b"\xff" * (len(content) - len(content) // 2)
    (tmp_path / "a.flac").write_bytes(content)
    recording = audio.read(tmp_path / "a.flac")
    assert 1 < recording.duration_s <= 6
    assert np.isfinite(recording.waveform).all()


SEEDS = {"wav": "pcm_s16le", "flac": "flac", "ogg": "libopus", "mp3": "mp3", "mp4": "aac", "webm": "libopus"}


@pytest.fixture(scope="module")
def originals(tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("originals")
    return {
        c: encode(folder / f"a.{c}", codec, c, samples=tone(0.5, 48_000)).read_bytes() for c, codec in SEEDS.items()
    }


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(originals, tmp_path_factory, data):
    """Bytes changed, cut out or put in: a recording or an AudioError, never anything else."""
    content = bytearray(originals[data.draw(st.sampled_from(sorted(SEEDS)))])
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(4, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=40))
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(content)
    try:
        recording = audio.read(path)
    except AudioError:
        return
    assert np.isfinite(recording.waveform).all()
    assert np.abs(recording.waveform).max() <= 1
    assert audio.MIN_SECONDS <= recording.duration_s + 1e-3 <= audio.MAX_SECONDS + 1e-2
