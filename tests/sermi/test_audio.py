"""Reading recordings: every format for real, and what strangers may upload."""

import contextlib
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from sermi import audio
from sermi.errors import AudioError

SECONDS = 2.5  # several blocks of every decoder


def tone(seconds: float = SECONDS, rate: int = 16_000, hertz: float = 440.0, peak: float = 0.5) -> np.ndarray:
    return (peak * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def pitch(waveform: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(waveform * np.hanning(len(waveform))))
    return float(np.argmax(spectrum) * audio.SAMPLE_RATE / len(waveform))


def encode(path: Path, codec: str, container: str, rate: int = 48_000, samples: np.ndarray | None = None, **options):
    """Write a tone, or samples (n,) or (n, 2), with FFmpeg."""
    samples = np.atleast_2d((tone(rate=rate) if samples is None else samples).T)
    layout = "mono" if len(samples) == 1 else "stereo"
    with av.open(str(path), "w", format=container, options=options) as media:
        stream = media.add_stream(codec, rate=rate, layout=layout, options={"aac_coder": "fast"})
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout=layout)
        frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
        resampler = av.AudioResampler(stream.format, layout, rate, frame_size=stream.codec_context.frame_size)
        for part in (frame, None):
            for converted in resampler.resample(part):
                media.mux(stream.encode(converted))
        media.mux(stream.encode(None))
    return path


def film(path: Path, container: str = "mp4", codec: str = "mpeg4") -> Path:
    """Write moving pictures without sound."""
    with av.open(str(path), "w", format=container) as media:
        stream = media.add_stream(codec, rate=10, width=32, height=32, pix_fmt="yuv420p")
        for _ in range(10):
            media.mux(stream.encode(av.VideoFrame(32, 32, "yuv420p")))
        media.mux(stream.encode(None))
    return path


def error_of(path: Path) -> str:
    with pytest.raises(AudioError) as error:
        audio.read(path)
    message = str(error.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


def assert_is_tone(recording: audio.Recording, seconds: float = SECONDS, tolerance: float = 0.06) -> None:
    assert recording.waveform.dtype == np.float32
    assert recording.waveform.ndim == 1
    assert recording.duration_s == len(recording.waveform) / audio.SAMPLE_RATE
    assert recording.duration_s == pytest.approx(seconds, abs=tolerance)
    assert pitch(recording.waveform) == pytest.approx(440, abs=3)
    middle = recording.waveform[2_400:-2_400]
    frames = middle[: len(middle) // 800 * 800].reshape(-1, 800)  # no hole, no click between blocks of the decoder
    np.testing.assert_allclose(np.sqrt(2 * np.mean(frames**2, axis=1)), 0.5, atol=0.07)


@pytest.mark.parametrize(
    ("name", "codec", "container"),
    [
        ("a.mp3", "mp3", "mp3"),
        ("a.opus", "libopus", "ogg"),
        ("a.m4a", "aac", "ipod"),
        ("a.m4a", "alac", "ipod"),
        ("a.mp4", "aac", "mp4"),
        ("a.webm", "libopus", "webm"),
        ("a.aac", "aac", "adts"),
        ("a.flac", "flac", "flac"),
        ("a.wav", "pcm_s16le", "wav"),
        ("a.wav", "pcm_mulaw", "wav"),
        ("a.wav", "mp3", "wav"),
    ],
)
def test_decodes_what_people_record(tmp_path, name, codec, container):
    recording = audio.read(encode(tmp_path / name, codec, container))
    assert_is_tone(recording)
    assert recording.warnings == ()


def test_decodes_vorbis_in_ogg_and_in_webm(tmp_path):
    soundfile.write(tmp_path / "a.ogg", tone(rate=48_000), 48_000, subtype="VORBIS")
    assert_is_tone(audio.read(tmp_path / "a.ogg"))
    with av.open(str(tmp_path / "a.ogg")) as source, av.open(str(tmp_path / "a.webm"), "w") as target:
        stream = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    assert_is_tone(audio.read(tmp_path / "a.webm"))


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "IMA_ADPCM"])
def test_every_sample_format_of_wav(tmp_path, subtype):
    soundfile.write(tmp_path / "a.wav", tone(), 16_000, subtype=subtype)
    assert_is_tone(audio.read(tmp_path / "a.wav"))


@pytest.mark.parametrize("file_format", ["WAV", "RF64", "WAVEX", "FLAC", "OGG", "MP3"])
@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000, 96_000])
def test_every_rate_and_stereo(tmp_path, file_format, rate):
    if file_format in ("OGG", "MP3") and rate > 48_000:
        pytest.skip("the format has no such rate")
    stereo = np.stack([tone(rate=rate), tone(rate=rate)], axis=1)
    soundfile.write(tmp_path / "a", stereo, rate, format=file_format)
    assert_is_tone(audio.read(tmp_path / "a"))


def test_channels_are_averaged(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.stack([tone(), np.zeros_like(tone())], axis=1), 16_000, subtype="FLOAT")
    np.testing.assert_allclose(audio.read(tmp_path / "a.wav").waveform, tone() / 2, atol=1e-5)


@pytest.mark.parametrize(("name", "codec"), [("mp3", "mp3"), ("mp4", "aac"), ("webm", "libopus"), ("flac", "flac")])
def test_stereo_is_as_loud_as_mono_in_every_container(tmp_path, name, codec):
    both = np.stack([tone(rate=48_000), tone(rate=48_000)], axis=1)
    assert_is_tone(audio.read(encode(tmp_path / "a", codec, name, samples=both)))


def test_a_browsers_recording_has_no_duration(tmp_path):
    """MediaRecorder streams: Opus in Matroska, sizes and duration unknown."""
    path = encode(tmp_path / "a.webm", "libopus", "webm", live="1")
    with av.open(str(path)) as media:
        assert media.duration is None
    assert_is_tone(audio.read(path))


def test_a_phones_recording_is_fragmented(tmp_path):
    """Safari's MediaRecorder: AAC in MP4 fragments."""
    assert_is_tone(audio.read(encode(tmp_path / "a.mp4", "aac", "mp4", movflags="frag_keyframe+empty_moov")))


def test_low_rate_aac_is_read_at_its_own_rate(tmp_path):
    assert_is_tone(audio.read(encode(tmp_path / "a.m4a", "aac", "ipod", rate=22_050)), tolerance=0.12)


@pytest.mark.parametrize("name", ["a.mp3", "a.txt", "noextension", "à côté 你好 🎤.wav", "-rf.wav", "a\nb.wav"])
def test_the_name_does_not_matter(tmp_path, name):
    soundfile.write(tmp_path / "plain.wav", tone(), 16_000)
    (tmp_path / "plain.wav").rename(tmp_path / name)
    assert_is_tone(audio.read(tmp_path / name))
    assert_is_tone(audio.read(str(tmp_path / name)))


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
    assert "no file" in error_of(tmp_path)
    assert "can't be opened" in error_of(tmp_path / ("n" * 300))
    (tmp_path / "empty.wav").touch()
    assert "is empty" in error_of(tmp_path / "empty.wav")
    with (tmp_path / "large.wav").open("wb") as file:
        file.truncate(audio.MAX_BYTES + 1)
    assert "25.0 MB; use a file of at most 25 MB" in error_of(tmp_path / "large.wav")


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


def test_only_the_first_minute_is_used(tmp_path):
    soundfile.write(tmp_path / "a.wav", tone(61, 8_000), 8_000)
    recording = audio.read(tmp_path / "a.wav")
    assert recording.duration_s == audio.MAX_SECONDS
    assert recording.warnings == ("Only the first 60 s were used.",)
    soundfile.write(tmp_path / "a.wav", tone(60, 8_000), 8_000)
    assert audio.read(tmp_path / "a.wav").warnings == ()


def test_a_bomb_is_not_decoded_to_its_end(tmp_path):
    """Half an hour of silence in a small file."""
    with soundfile.SoundFile(tmp_path / "bomb.flac", "w", 48_000, 1) as file:
        file.write(tone(1, 48_000))
        for _ in range(30):
            file.write(np.zeros(60 * 48_000, np.int16))
    assert (tmp_path / "bomb.flac").stat().st_size < 500_000
    start = time.perf_counter()
    recording = audio.read(tmp_path / "bomb.flac")
    assert time.perf_counter() - start < 2
    assert recording.duration_s == audio.MAX_SECONDS


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_not_numbers(tmp_path, value):
    samples = tone()
    samples[100] = value
    soundfile.write(tmp_path / "a.wav", samples, 16_000, subtype="FLOAT")
    assert "not numbers" in error_of(tmp_path / "a.wav")
    with pytest.raises(AudioError, match="not numbers"):
        audio.from_samples(samples, 16_000)


@pytest.mark.parametrize("level", [0.0, 0.25])
def test_silence_with_or_without_an_offset(tmp_path, level):
    soundfile.write(tmp_path / "a.wav", np.full(16_000, level), 16_000)
    assert "is silent" in error_of(tmp_path / "a.wav")


def test_too_short(tmp_path):
    soundfile.write(tmp_path / "a.wav", tone(0.05), 16_000)
    assert "shorter than 0.1 s" in error_of(tmp_path / "a.wav")
    soundfile.write(tmp_path / "a.wav", np.zeros(0), 16_000)
    assert "no sound" in error_of(tmp_path / "a.wav")


def test_what_a_listener_would_remark_on():
    assert "clipped" in audio.from_samples(np.clip(4 * tone(), -1, 1), 16_000).warnings[0]
    assert "clipped" in audio.from_samples(np.clip(4 * tone() + 0.2, -1, 1), 16_000).warnings[0]
    assert "very short (0.2 s)" in audio.from_samples(tone(0.2), 16_000).warnings[0]
    assert "almost silent" in audio.from_samples(tone(peak=0.001), 16_000).warnings[0]
    assert audio.from_samples(tone(peak=0.99), 16_000).warnings == ()


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


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.uint8, np.float32, np.float64])
def test_samples_of_every_type_mean_the_same(dtype):
    wave = tone()
    if np.issubdtype(dtype, np.integer):
        info = np.iinfo(dtype)
        half = (info.max - info.min + 1) // 2
        samples = np.round(wave.astype(np.float64) * (half - 1) + info.min + half).astype(dtype)
    else:
        samples = wave.astype(dtype)
    recording = audio.from_samples(samples, 16_000)
    np.testing.assert_allclose(recording.waveform, wave, atol=0.01 if dtype is np.uint8 else 1e-4)
    stereo = audio.from_samples(np.stack([samples, samples], axis=1), 16_000)
    np.testing.assert_allclose(stereo.waveform, recording.waveform, atol=1e-6)


def test_samples_are_not_modified():
    samples = np.clip(3 * tone(), -1, 1) + 0.1
    copy = samples.copy()
    audio.from_samples(samples, 16_000)
    np.testing.assert_array_equal(samples, copy)


def test_long_samples_are_cut():
    recording = audio.from_samples(tone(70), 16_000)
    assert recording.duration_s == 60
    assert recording.warnings == ("Only the first 60 s were used.",)


@pytest.mark.parametrize(
    ("samples", "rate"),
    [
        (np.zeros(0), 16_000),
        (np.zeros((0, 2)), 16_000),
        (np.zeros((2, 2, 2)), 16_000),
        (np.float32(1), 16_000),
        (tone(), 0),
        (tone(), -16_000),
        (tone(), 1_000_000),
        (np.zeros((2, 16_000)), 16_000),
        (tone().astype(complex), 16_000),
        (np.array(["a"] * 16_000), 16_000),
    ],
)
def test_samples_that_make_no_recording(samples, rate):
    with pytest.raises(AudioError):
        audio.from_samples(samples, rate)


def test_resampling_keeps_speech_and_removes_what_would_alias():
    assert_is_tone(audio.from_samples(tone(rate=48_000), 48_000), tolerance=1e-3)
    above = tone(rate=48_000, hertz=12_000)
    assert np.abs(audio.from_samples(above + tone(rate=48_000), 48_000).waveform[2_000:-2_000]).max() < 0.52


def test_active_level_leaves_pauses_out():
    speech = tone(1)
    paused = np.concatenate([speech, np.zeros(80_000, np.float32)])
    assert audio.active_level_db(speech) == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.05)
    assert audio.active_level_db(paused) == pytest.approx(audio.active_level_db(speech), abs=0.05)
    assert audio.active_level_db(np.zeros(16_000)) == pytest.approx(-120)
    assert audio.active_level_db(np.ones(10)) == pytest.approx(0, abs=1e-6)


def test_reading_a_wav_takes_milliseconds(tmp_path):
    soundfile.write(tmp_path / "a.wav", tone(3, 48_000), 48_000)

    def seconds() -> float:
        start = time.perf_counter()
        audio.read(tmp_path / "a.wav")
        return time.perf_counter() - start

    assert min(seconds() for _ in range(10)) < 0.05


def test_importing_loads_no_decoder():
    code = "import sys, sermi.audio; print({'av', 'soundfile', 'soxr', 'librosa', 'torch'} & set(sys.modules))"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True).stdout == "set()\n"
