"""Reading recordings: every format for real, and what becomes of the samples."""

import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from sermi import audio
from sermi.errors import AudioError
from tests.sermi.recordings import assert_is_tone, encode, error_of, tone


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


def test_only_the_first_minute_is_used(tmp_path):
    soundfile.write(tmp_path / "a.wav", tone(61, 8_000), 8_000)
    recording = audio.read(tmp_path / "a.wav", audio.FIRST_MINUTE)
    assert recording.duration_s == 60
    assert recording.warnings == ("Only the first 60 s were used.",)
    soundfile.write(tmp_path / "a.wav", tone(60, 8_000), 8_000)
    assert audio.read(tmp_path / "a.wav", audio.FIRST_MINUTE).warnings == ()


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


def loaded_by(code: str) -> str:
    """What of the decoders and of the libraries for learning is loaded once the code has run."""
    code += "; print(sorted({'av', 'soundfile', 'soxr', 'librosa', 'torch', 'torchaudio', 'scipy'} & set(sys.modules)))"
    root = Path(__file__).parents[2]
    run = [sys.executable, "-c", f"import sys, sermi.audio; {code}"]
    return subprocess.run(run, cwd=root, capture_output=True, text=True, check=True).stdout.strip()


def test_importing_loads_no_decoder():
    assert loaded_by("pass") == "[]"


def test_reading_a_wav_loads_only_what_reads_it(tmp_path):
    """Reading takes milliseconds as long as nothing heavy comes with it."""
    soundfile.write(tmp_path / "a.wav", tone(3, 48_000), 48_000)
    assert loaded_by(f"sermi.audio.read({str(tmp_path / 'a.wav')!r})") == "['soundfile', 'soxr']"
