import numpy as np
import pytest

from sermi import audio, prosody
from sermi.encoders.moonshine import assets_folder
from sermi.errors import EncoderError
from sermi.frontend import AudioFrontend, FrontendConfig
from sermi.normalise import LEVEL_DB, normalise
from sermi.speech import intersection, seconds


@pytest.fixture(scope="module")
def speech():
    return audio.read(assets_folder() / "beckett.wav").waveform


def test_normalise_brings_speech_to_one_level_whatever_the_gain(speech):
    quiet, loud = normalise(0.05 * speech), normalise(0.9 * speech)
    spoken = np.concatenate([loud.cut(span) for span in loud.speech])
    assert audio.active_level_db(spoken) == pytest.approx(LEVEL_DB, abs=0.2)
    assert np.allclose(quiet.waveform, loud.waveform, atol=1e-3)


def test_normalise_cuts_off_silence_and_says_how_much(speech):
    silence = np.zeros(16_000, np.float32)
    bare = normalise(speech)
    padded = normalise(np.concatenate([silence, speech, silence]))
    # where there is silence to keep, 50 ms of it is kept
    assert padded.offset_s - bare.offset_s == pytest.approx(1.0, abs=0.08)
    assert padded.duration_s == pytest.approx(bare.duration_s, abs=0.2)
    assert padded.used == padded.speech
    assert padded.speech[0][0] == pytest.approx(0.05, abs=1e-3)


def test_without_speech_all_is_used():
    noise = normalise(np.random.default_rng(0).normal(0, 0.1, 32_000).astype(np.float32))
    assert noise.speech == []
    assert noise.used == [(0.0, noise.duration_s)]


def recording(waveform):
    return audio.from_samples(waveform, 16_000)


def test_embeddings_do_not_depend_on_level_silence_or_company(speech):
    frontend = AudioFrontend()
    clip = speech[:48_000]
    alone = frontend.embed([clip])[0]
    spread = frontend.embed([speech]).std()
    assert np.allclose(frontend.embed([clip, speech])[0], alone, atol=1e-3)
    assert np.abs(frontend.embed([0.1 * clip])[0] - alone).max() < 0.1 * spread
    assert alone.shape == (frontend.dim,) == (7 * 288,)
    assert alone.dtype == np.float32


def test_windows_span_the_speech_in_the_recordings_own_time(speech):
    frontend = AudioFrontend()
    late = recording(np.concatenate([np.zeros(16_000, np.float32), speech]))
    embedded = frontend.embed_windows(late, window_s=2.0, hop_s=0.5)
    assert embedded.window_a.shape == (len(embedded.windows), frontend.dim)
    assert np.array_equal(embedded.a, frontend.embed([late.waveform])[0])
    assert embedded.windows[0][0] > 0.9
    assert embedded.windows[-1][1] <= late.duration_s + 0.01
    assert all(end - start == pytest.approx(2.0) for start, end in embedded.windows)


def test_a_window_in_a_pause_is_left_out(speech):
    frontend = AudioFrontend()
    cut = round(3.2 * 16_000)  # in a pause
    paused = recording(np.concatenate([speech[:cut], np.zeros(80_000, np.float32), speech[cut:]]))
    embedded = frontend.embed_windows(paused, window_s=1.0, hop_s=0.25)
    assert all(seconds(intersection(embedded.speech, window)) >= 0.25 - 1e-6 for window in embedded.windows)
    assert not any(start > 3.2 and end < 8.2 for start, end in embedded.windows)
    alone = frontend.embed([speech])[0]
    assert np.linalg.norm(embedded.a - alone) < 0.05 * np.linalg.norm(alone)


def test_tempi_average_over_speeds_in_the_recordings_own_time(speech):
    clip = speech[:64_000]
    slow, plain, both = (AudioFrontend(FrontendConfig(tempi=tempi)) for tempi in ((0.87,), (1.0,), (0.87, 1.0)))
    mean = (slow.embed([clip]) + plain.embed([clip])) / 2
    assert np.allclose(both.embed([clip]), mean, atol=1e-3)
    assert np.abs(slow.embed([clip]) - plain.embed([clip])).max() > 0.1
    assert both.embed([clip, speech]).shape == (2, plain.dim)
    embedded = both.embed_windows(recording(clip), window_s=1.0, hop_s=0.5)
    assert embedded.windows == plain.embed_windows(recording(clip), window_s=1.0, hop_s=0.5).windows
    assert np.isfinite(embedded.window_a).all()


def test_a_short_recording_is_one_window(speech):
    frontend = AudioFrontend()
    embedded = frontend.embed_windows(recording(speech[16_000:32_000]), window_s=2.0, hop_s=0.5)
    assert len(embedded.windows) == 1
    assert np.allclose(embedded.a, embedded.window_a[0], atol=1e-4)


def test_configuration_decides_the_dimension_and_the_fingerprint():
    configs = [
        FrontendConfig(),
        FrontendConfig(pooling=("mean", "std")),
        FrontendConfig(layers=(2, 3)),
        FrontendConfig(prosody=True),
        FrontendConfig(tempi=(0.9, 1.0)),
    ]
    frontends = [AudioFrontend(config) for config in configs]
    assert [f.dim for f in frontends] == [2016, 4032, 576, 2016 + prosody.DIM, 2016]
    assert len({f.fingerprint for f in frontends}) == 5


@pytest.mark.parametrize(
    "config",
    [{"pooling": ("median",)}, {"pooling": ()}, {"layers": (7,)}, {"layers": ()}, {"tempi": ()}, {"tempi": (0.0,)}],
)
def test_a_wrong_configuration_is_one_sentence(config):
    with pytest.raises(EncoderError):
        AudioFrontend(FrontendConfig(**config))


def test_prosody_hears_pitch_and_voicing():
    time = np.arange(32_000) / 16_000
    tone = 0.2 * sum(np.sin(2 * np.pi * 200 * n * time) / n for n in range(1, 8))
    tracks = prosody.tracks(tone.astype(np.float32))
    assert np.median(tracks[0]) == pytest.approx(12, abs=0.3)  # 200 Hz is an octave over 100 Hz
    assert np.median(tracks[1]) > 0.9
    noise = 0.2 * np.random.default_rng(0).normal(size=32_000).astype(np.float32)
    assert np.median(prosody.tracks(noise)[1]) < 0.5


def test_statistics_of_prosody_are_what_their_names_say():
    time = np.arange(32_000) / 16_000
    tone = 0.2 * sum(np.sin(2 * np.pi * 200 * n * time) / n for n in range(1, 8))
    tracks = prosody.tracks(tone.astype(np.float32))
    assert len(tracks) == len(prosody.TRACKS)
    assert len(set(prosody.NAMES)) == prosody.DIM == 107
    values = dict(zip(prosody.NAMES, prosody.statistics(tracks), strict=True))
    assert values["pitch_p50"] == pytest.approx(12, abs=0.3)
    assert values["voiced_share"] > 0.9
    active = tracks[2] > tracks[2].max() - 35
    for name in ("centroid", "mfcc_3"):
        track = tracks[prosody.TRACKS.index(name), active]
        assert values[f"{name}_mean"] == pytest.approx(track.mean(), rel=1e-4)
        assert values[f"{name}_change"] == pytest.approx(np.abs(np.diff(track)).mean(), rel=1e-4)


@pytest.mark.parametrize("samples", [400, 1_600, 16_000])
def test_prosody_is_finite_for_any_length(samples):
    for x in (np.zeros(samples, np.float32), np.random.default_rng(0).normal(0, 0.1, samples).astype(np.float32)):
        statistics = prosody.statistics(prosody.tracks(x))
        assert statistics.shape == (prosody.DIM,)
        assert np.isfinite(statistics).all()
