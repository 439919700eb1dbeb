"""What people's devices and programs make of good speech: it is used, or the message says why."""

import os
import struct
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from sermi import audio
from sermi.errors import AudioError
from tests.sermi.recordings import SECONDS, assert_is_tone, encode, error_of, tone


@pytest.mark.parametrize("factor", [1.5, 3.0, 32_768.0, 2.0**31])
@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
def test_a_float_file_past_full_scale_is_scaled_not_clipped(tmp_path, factor, subtype):
    """Integers that were stored as floats, or a mix that passed 1."""
    soundfile.write(tmp_path / "a.wav", factor * tone(peak=1), 16_000, subtype=subtype)
    for recording in (audio.read(tmp_path / "a.wav"), audio.from_samples(factor * tone(peak=1), 16_000)):
        np.testing.assert_allclose(recording.waveform, tone(peak=1), atol=1e-3)
        assert recording.warnings == ()


@pytest.mark.skipif(os.name != "posix", reason="names of bytes")
@pytest.mark.parametrize("ending", ["wav", "flac", "ogg"])
def test_a_name_that_is_no_unicode(tmp_path, ending):
    soundfile.write(tmp_path / f"a.{ending}", tone(), 16_000)
    renamed = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9." + ending.encode()))
    (tmp_path / f"a.{ending}").rename(renamed)
    assert_is_tone(audio.read(renamed))


def test_a_float_file_past_full_scale_at_another_rate(tmp_path):
    soundfile.write(tmp_path / "a.wav", 9 * tone(rate=48_000), 48_000, subtype="FLOAT")
    recording = audio.read(tmp_path / "a.wav")
    assert np.abs(recording.waveform).max() == 1
    assert_is_tone(audio.Recording(recording.waveform / 2, recording.duration_s))


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
def test_flat_tops_at_full_scale_are_clipped(tmp_path, subtype):
    soundfile.write(tmp_path / "a.wav", np.clip(4 * tone(), -1, 1), 16_000, subtype=subtype)
    assert "clipped" in audio.read(tmp_path / "a.wav").warnings[0]


def with_sizes(path: Path, riff: int, data: int) -> Path:
    """A WAV whose header names other sizes."""
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, 4, riff)
    struct.pack_into("<I", content, content.index(b"data") + 4, data)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("riff", "data"), [(0, 0), (36, 0), (2**32 - 1, 0), (0, 2**32 - 1), (2**32 - 1, 2**32 - 1), (2**31 - 1, 2**31 - 37)]
)
@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT", "ULAW"])
def test_a_wav_whose_sizes_were_never_filled_in_is_read_to_its_end(tmp_path, subtype, riff, data):
    """Recorders that stream, or that crashed."""
    soundfile.write(tmp_path / "a.wav", tone(), 16_000, subtype=subtype)
    assert_is_tone(audio.read(with_sizes(tmp_path / "a.wav", riff, data)), tolerance=1e-3)


def test_an_rf64_whose_sizes_were_never_filled_in(tmp_path):
    soundfile.write(tmp_path / "a.wav", tone(), 16_000, format="RF64", subtype="PCM_16")
    content = bytearray((tmp_path / "a.wav").read_bytes())
    at = content.index(b"ds64") + 8
    content[at : at + 24] = bytes(24)
    (tmp_path / "a.wav").write_bytes(content)
    assert_is_tone(audio.read(tmp_path / "a.wav"), tolerance=1e-3)


def test_a_wav_without_samples_is_still_empty(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(0), 16_000)
    assert "no sound" in error_of(with_sizes(tmp_path / "a.wav", 36, 0))


def test_a_flac_that_was_streamed_does_not_know_its_length(tmp_path):
    soundfile.write(tmp_path / "a.flac", tone(3), 16_000)
    content = bytearray((tmp_path / "a.flac").read_bytes())
    content[21] &= 0xF0  # 36 bits of the first metadata block
    content[22:26] = bytes(4)
    (tmp_path / "a.flac").write_bytes(content)
    recording = audio.read(tmp_path / "a.flac")
    assert_is_tone(recording, 3, tolerance=1e-3)
    assert recording.warnings == ()


@pytest.mark.parametrize("other", [-1.0, -0.9, -0.98])
@pytest.mark.parametrize(("name", "codec"), [("wav", "pcm_s16le"), ("flac", "flac"), ("mp3", "mp3"), ("mp4", "aac")])
def test_channels_in_opposite_phase(tmp_path, name, codec, other):
    """A balanced cable wired wrong: the mean of the channels is silent, or nearly."""
    samples = np.stack([tone(rate=48_000), other * tone(rate=48_000)], axis=1)
    recording = audio.read(encode(tmp_path / "a", codec, name, samples=samples))
    assert_is_tone(recording, tolerance=0.1)
    assert "cancel" in recording.warnings[0]


@pytest.mark.parametrize(
    ("gains", "level"),
    [
        ((-0.4, 0.5), 1.0),
        ((0.5, -0.5, 0.0), 1.0),
        ((0.5, -0.5, 0.5, -0.5), 1.0),
        ((0.5, 0.5), 1.0),
        ((0.5, 0.0), 0.5),
        ((0.0, 0.0, 0.5, 0.0, 0.0, 0.0), 1 / 6),
        ((0.5, -0.5, 0.5), 1 / 3),
    ],
)
def test_the_loudest_channel_only_where_the_mean_cancels(gains, level):
    offsets = 0.1 * np.arange(len(gains))
    channels = np.stack([gain * tone(peak=1) for gain in gains], axis=1) + offsets
    recording = audio.from_samples(channels, 16_000)
    np.testing.assert_allclose(
        recording.waveform, np.float32(level) * tone() * np.sign(recording.waveform @ tone()), atol=1e-3
    )
    assert bool(recording.warnings) == (sum(gains) == 0 or (len(gains) == 2 and min(gains) < 0))


def test_independent_channels_are_averaged():
    noise = np.random.default_rng(0).normal(0, 0.1, (16_000, 2)).astype(np.float32)
    recording = audio.from_samples(noise, 16_000)
    np.testing.assert_allclose(recording.waveform, noise.mean(axis=1) - noise.mean(), atol=1e-6)
    assert recording.warnings == ()


def test_speech_after_a_minute_of_silence(tmp_path):
    soundfile.write(tmp_path / "a.flac", np.concatenate([np.zeros(70 * 8_000), tone(rate=8_000)]), 8_000)
    assert audio.read(tmp_path / "a.flac").duration_s == 72.5
    with pytest.raises(AudioError, match=r"Only the first 60 s of 'a\.flac' were used, and they are silent"):
        audio.read(tmp_path / "a.flac", audio.FIRST_MINUTE)


def damaged(path: Path, first: float, last: float) -> Path:
    """The file with the packets between two shares of its length overwritten."""
    with av.open(str(path)) as media:
        packets = [packet for packet in media.demux(media.streams.audio[0]) if packet.size]
        chosen = [bytes(packet) for packet in packets[int(first * len(packets)) : int(last * len(packets))]]
    content = path.read_bytes()
    for packet in chosen:
        assert content.count(packet) == 1
        content = content.replace(packet, b"\xff" * len(packet))
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(("name", "codec", "container"), [("a.m4a", "aac", "ipod"), ("a.webm", "libopus", "webm")])
def test_packets_that_do_not_decode_are_left_out(tmp_path, name, codec, container):
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 6 * 48_000).astype(np.float32)
    recording = audio.read(damaged(encode(tmp_path / name, codec, container, samples=noise), 0.4, 0.5))
    assert recording.duration_s == pytest.approx(5.4, abs=0.2)
    assert recording.warnings == (f"'{name}' is damaged: 0.6 s could not be decoded and were left out.",)
    assert recording.is_enough


def test_no_answer_is_sure_where_most_is_lost(tmp_path):
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 6 * 48_000).astype(np.float32)
    recording = audio.read(damaged(encode(tmp_path / "a.m4a", "aac", "ipod", samples=noise), 0.1, 0.8))
    assert 1 < recording.duration_s < 3
    assert not recording.is_enough
    assert "damaged" in error_of(damaged(encode(tmp_path / "b.m4a", "aac", "ipod", samples=noise), 0, 1))


def test_a_flac_is_read_on_after_its_damage(tmp_path):
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 96_000)
    soundfile.write(tmp_path / "a.flac", noise, 16_000)
    content = bytearray((tmp_path / "a.flac").read_bytes())
    content[len(content) // 2 : len(content) // 2 + 300] = b"\xff" * 300
    (tmp_path / "a.flac").write_bytes(content)
    assert audio.read(tmp_path / "a.flac").duration_s > 5


@pytest.mark.parametrize("start", [bytes(500), b"\x00\x01\x02garbage", bytes(30_000), b"\xff" * 100, b"ID4 tag" * 9])
@pytest.mark.parametrize("rate", [48_000, 22_050, 8_000])
def test_an_mp3_that_begins_with_something_else(tmp_path, start, rate):
    path = encode(tmp_path / "a.mp3", "mp3", "mp3", rate=rate)
    path.write_bytes(start + path.read_bytes())
    assert_is_tone(audio.read(path), tolerance=0.2)


def test_two_mp3_files_joined(tmp_path):
    path = encode(tmp_path / "a.mp3", "mp3", "mp3")
    path.write_bytes(2 * path.read_bytes())
    recording = audio.read(path)
    assert recording.duration_s == pytest.approx(2 * SECONDS, abs=0.2)
    assert recording.warnings == ()


def test_garbage_alone_says_what_to_do(tmp_path):
    (tmp_path / "a.mp3").write_bytes(np.random.default_rng(0).bytes(40_000))
    assert error_of(tmp_path / "a.mp3").endswith("or export it again.")


@pytest.mark.parametrize(
    ("recording", "enough"),
    [
        (tone(0.3), False),
        (tone(0.98), False),
        (tone(1.0), True),
        (tone(2.5, peak=0.001), False),
        (tone(2.5, peak=0.02), True),
    ],
)
def test_no_answer_is_sure_about_too_little(recording, enough):
    assert audio.from_samples(recording, 16_000).is_enough == enough


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("", "No file is named; give the path of a recording."),
        (".", "'.' is a folder; give the recordings in it one by one."),
        ("/", "'/' is a folder; give the recordings in it one by one."),
        ("~/nothing.wav", "There is no file '~/nothing.wav'; write out the home folder that '~' stands for."),
        (
            "https://a.org/b.wav",
            "'https://a.org/b.wav' is an address; download the recording and give the path of the file.",
        ),
        (
            Path("http://a.org/b.wav"),
            "'http:/a.org/b.wav' is an address; download the recording and give the path of the file.",
        ),
        (
            "file:///tmp/a.wav",
            "'file:///tmp/a.wav' is an address; download the recording and give the path of the file.",
        ),
        (os.devnull, "'null' is a device or pipe, not a file; save the recording and give its path."),
        ("no\0thing", "There is no file 'no\\x00thing'; check the path."),
    ],
)
def test_what_is_no_file(given, sentence):
    with pytest.raises(AudioError) as error:
        audio.read(given)
    assert str(error.value) == sentence
