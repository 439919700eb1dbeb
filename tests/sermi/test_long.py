"""Recordings of more than a minute: read and embedded piece by piece, in memory that does not grow with them."""

import tracemalloc

import numpy as np
import pytest
import soundfile

from sermi import audio, predictor
from sermi.encoders.moonshine import assets_folder
from sermi.errors import AudioError
from sermi.frontend import AudioFrontend, FrontendConfig
from sermi.pieces import pieces
from sermi.speech import NO_SPEECH, seconds
from tests.sermi.recordings import encode, tone

RATE = audio.SAMPLE_RATE


@pytest.fixture(scope="module")
def speech():
    return audio.read(assets_folder() / "beckett.wav").waveform


@pytest.fixture(scope="module")
def phrase(speech):
    """Two sentences, up to the middle of the pause after them."""
    return speech[: round(3.2 * RATE)]


@pytest.fixture(scope="module")
def angry():
    """A sentence whose emotion is clear, where the other phrase is about as likely neutral as angry."""
    return audio.read(assets_folder() / "clone-test.wav").waveform[: round(3.2 * RATE)]


@pytest.fixture(scope="module")
def model():
    return predictor.load()


def noise(seconds: float, rate: int = RATE) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, int(seconds * rate)).astype(np.float32)


def whole(recording: audio.Recording) -> np.ndarray:
    return np.concatenate(list(recording.blocks()))


@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (22_050, 2)])
def test_blocks_are_the_recording(tmp_path, rate, channels):
    samples = np.stack([noise(130, rate)] * channels, axis=1)
    soundfile.write(tmp_path / "a.wav", samples, rate, subtype="FLOAT")
    expected = audio.from_samples(samples[: 59 * rate], rate).waveform[: 58 * RATE]
    for recording in (audio.read(tmp_path / "a.wav"), audio.from_samples(samples, rate)):
        assert recording.duration_s == 130
        assert recording.warnings == ()
        assert [len(block) / RATE for block in recording.blocks()] == pytest.approx([60, 60, 10], abs=0.01)
        assert np.array_equal(recording.waveform, next(recording.blocks()))
        assert np.allclose(recording.waveform[: 58 * RATE], expected, atol=1e-3)
        assert len(recording.extremes(100)) == pytest.approx(100, abs=1)


def test_a_minute_is_kept_and_a_sample_more_is_not():
    assert audio.from_samples(tone(60), RATE).long is None
    assert audio.from_samples(tone(60.01), RATE).long is not None


def test_what_holds_for_short_recordings_holds_for_long_ones(tmp_path):
    """Offset, clipping, opposite phase, samples past full scale, silence, and samples that are no numbers, late in a file."""
    late = np.concatenate([tone(65, peak=0.2), tone(5, peak=0.8)])
    assert np.allclose(whole(audio.from_samples(late + np.float32(0.1), RATE)), late, atol=1e-4)
    assert "clipped" in audio.from_samples(np.clip(8 * late, -1, 1), RATE).warnings[0]
    assert np.allclose(whole(audio.from_samples(5 * late, RATE)), late / 0.8, atol=1e-3)
    assert "cancel" in audio.from_samples(np.stack([late, -late], axis=1), RATE).warnings[0]
    assert np.allclose(
        np.abs(whole(audio.from_samples(np.stack([late, -late], axis=1), RATE))), np.abs(late), atol=1e-3
    )
    with pytest.raises(AudioError, match="is silent"):
        audio.from_samples(0 * late, RATE)
    with pytest.raises(AudioError, match="not numbers"):
        audio.from_samples(np.where(np.arange(len(late)) == 66 * RATE, np.nan, late), RATE)
    assert "almost silent" in audio.from_samples(0.002 * late, RATE).warnings[0]


@pytest.mark.parametrize(("name", "codec", "container"), [("a.mp3", "mp3", "mp3"), ("a.webm", "libopus", "webm")])
def test_compressed_files_are_streamed_too(tmp_path, name, codec, container):
    path = encode(tmp_path / name, codec, container, samples=tone(70, 48_000))
    recording = audio.read(path)
    waveform = whole(recording)
    assert len(waveform) / RATE == pytest.approx(recording.duration_s, abs=0.01)
    assert recording.duration_s == pytest.approx(70, abs=0.1)
    frames = waveform[2_400 : len(waveform) // 800 * 800 - 2_400].reshape(-1, 800)
    assert np.allclose(np.sqrt(2 * np.mean(frames**2, axis=1)), 0.5, atol=0.07)


def test_what_is_damaged_late_is_used_up_to_there(tmp_path):
    path = encode(tmp_path / "a.flac", "flac", "flac", rate=16_000, samples=noise(80))
    path.write_bytes(path.read_bytes()[: int(0.9 * path.stat().st_size)])
    recording = audio.read(path)
    assert 70 < recording.duration_s < 73
    assert "damaged" in recording.warnings[0]
    assert len(whole(recording)) / RATE == pytest.approx(recording.duration_s, abs=0.01)


@pytest.mark.parametrize(("limit_s", "sentence"), [(90, "90 s"), (120, "2 minutes"), (30, "30 s")])
def test_what_is_too_long_is_cut(tmp_path, limit_s, sentence):
    soundfile.write(tmp_path / "a.flac", noise(130), RATE)
    recording = audio.read(tmp_path / "a.flac", audio.Limits(limit_s))
    assert recording.warnings == (f"Only the first {sentence} were used.",)
    assert recording.duration_s == limit_s
    assert len(whole(recording)) == limit_s * RATE


def test_a_file_that_has_gone_is_one_sentence(tmp_path):
    soundfile.write(tmp_path / "a.flac", noise(70), RATE)
    recording = audio.read(tmp_path / "a.flac")
    (tmp_path / "a.flac").unlink()
    with pytest.raises(AudioError, match="There is no file"):
        whole(recording)


def test_reading_takes_the_memory_of_blocks(tmp_path):
    minute = noise(60)
    with soundfile.SoundFile(tmp_path / "a.flac", "w", RATE, 1) as file:
        for _ in range(10):
            file.write(minute)
    tracemalloc.start()
    n = sum(len(block) for block in audio.read(tmp_path / "a.flac").blocks())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert n == 600 * RATE
    assert peak < 25e6  # all of it would be 38 MB


def test_pieces_end_in_pauses(phrase):
    silence = np.zeros(round(0.8 * RATE), np.float32)
    talk = np.tile(np.concatenate([phrase, silence]), 40)
    cut = list(pieces([talk[start : start + 60 * RATE] for start in range(0, len(talk), 60 * RATE)]))
    assert np.array_equal(np.concatenate([waveform for _, waveform in cut]), talk)
    assert [start for start, _ in cut] == pytest.approx(np.cumsum([0, *(len(w) / RATE for _, w in cut[:-1])]))
    assert all(40 <= len(waveform) / RATE <= 60 for _, waveform in cut[:-1])
    assert all(np.abs(waveform[-1_600:]).max() == 0 for _, waveform in cut[:-1])


@pytest.mark.parametrize(
    "config", [FrontendConfig(), FrontendConfig(layers=(3,), pooling=("mean", "std"), prosody=True)]
)
def test_windows_straddle_pieces(phrase, config):
    frontend = AudioFrontend(config)
    talk = audio.from_samples(np.tile(phrase, 20), RATE)
    assert talk.long
    done: list[float] = []
    embedded = frontend.embed_windows(talk, window_s=2.0, hop_s=1.0, progress=done.append)
    assert done[-1] == pytest.approx(talk.duration_s, abs=0.01)
    assert done == sorted(done)
    assert len(done) == 2
    (border,) = done[:-1]
    straddling = [i for i, (start, end) in enumerate(embedded.windows) if start < border < end]
    assert straddling
    alone = frontend.embed([phrase])[0]
    assert np.linalg.norm(embedded.a - alone) < 0.05 * np.linalg.norm(alone)
    assert np.isfinite(embedded.window_a).all()
    # as far from the whole as windows within a piece are
    distances = np.linalg.norm(embedded.window_a - embedded.a, axis=1)
    assert max(distances[i] for i in straddling) <= 1.5 * np.percentile(distances, 90)


def test_a_clip_repeated_with_its_pauses_keeps_its_emotion(model, angry):
    alone = model.predict(audio.from_samples(angry, RATE))
    assert alone.emotion == "angry"
    pause = 0.001 * noise(1.5)
    for n in (5, 13):
        repeated = model.predict(audio.from_samples(np.tile(np.concatenate([angry, pause]), n), RATE))
        assert repeated.emotion == alone.emotion
        assert repeated.probabilities == pytest.approx(dict(alone.probabilities), abs=0.05)


def test_a_long_recording_has_a_sensible_number_of_segments(model, phrase):
    talk = audio.from_samples(np.tile(phrase, 25), RATE)
    prediction = model.predict(talk)
    assert prediction.duration_s == pytest.approx(80)
    assert 100 < len(prediction.segments) < 160
    assert prediction.speech_s == pytest.approx(seconds(prediction.speech), abs=0.1)
    assert prediction.speech_s < 70
    assert all(a.start_s < b.start_s for a, b in zip(prediction.segments, prediction.segments[1:], strict=False))


def test_speech_after_a_long_silence_is_used(model, angry):
    late = np.concatenate([np.zeros(90 * RATE, np.float32), angry, noise(5) * 0.001])
    prediction, alone = (model.predict(audio.from_samples(x, RATE)) for x in (late, angry))
    assert prediction.probabilities == pytest.approx(dict(alone.probabilities), abs=0.05)
    assert prediction.speech[0][0] > 90
    assert prediction.segments[0].start_s > 89


def test_long_and_without_speech_it_is_never_sure(model):
    prediction = model.predict(audio.from_samples(noise(65), RATE))
    assert not prediction.sure
    assert prediction.segments == []
    assert NO_SPEECH in prediction.warnings
