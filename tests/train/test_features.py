import numpy as np
import pytest
import soundfile

from sermi.encoders import load_text_encoder
from sermi.errors import AudioError
from sermi.frontend import AudioFrontend, FrontendConfig
from train import features


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SERMI_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def clips(tmp_path):
    rng = np.random.default_rng(0)
    paths = []
    for number in range(4):
        path = tmp_path / f"{number}.wav"
        soundfile.write(path, 0.1 * rng.normal(size=8_000 + 400 * number), 16_000)
        paths.append(str(path))
    return paths


def rows(cache):
    return sorted(cache.glob("features/*/*/*.npy"))


def test_rows_are_the_frontends_own_and_views_differ(cache, clips):
    from sermi import audio

    config = FrontendConfig()
    a = features.audio_embeddings(clips, config, n_views=2, seed=3, workers=1)
    assert a.shape == (4, 3, AudioFrontend(config).dim)
    assert np.allclose(a[:, 0], AudioFrontend(config).embed([audio.read(path).waveform for path in clips]), atol=1e-4)
    assert not np.allclose(a[:, 1], a[:, 2])
    other_seed = features.audio_embeddings(clips, config, n_views=1, seed=4, workers=1)
    assert np.array_equal(other_seed[:, 0], a[:, 0])
    assert not np.allclose(other_seed[:, 1], a[:, 1])


def test_a_second_run_computes_nothing_and_an_interrupted_one_resumes(cache, clips, monkeypatch):
    first = features.audio_embeddings(clips, FrontendConfig(), workers=1)
    kept = {path: path.stat().st_mtime_ns for path in rows(cache)}
    assert len(kept) == 4
    rows(cache)[2].unlink()
    embedded = []
    original = AudioFrontend.embed
    monkeypatch.setattr(AudioFrontend, "embed", lambda self, w: embedded.append(len(w)) or original(self, w))
    again = features.audio_embeddings(clips, FrontendConfig(), workers=1)
    assert embedded == [1]
    assert np.allclose(first, again, atol=1e-5)
    assert len(rows(cache)) == 4


def test_a_changed_file_or_frontend_never_meets_an_old_row(cache, clips):
    features.audio_embeddings(clips[:1], FrontendConfig(), workers=1)
    soundfile.write(clips[0], 0.2 * np.random.default_rng(9).normal(size=8_000), 16_000)
    features.audio_embeddings(clips[:1], FrontendConfig(), workers=1)
    assert len(rows(cache)) == 2
    features.audio_embeddings(clips[:1], FrontendConfig(prosody=True), workers=1)
    assert len({path.parent.parent for path in rows(cache)}) == 2


def test_worker_processes_give_the_same_rows(cache, tmp_path):
    rng = np.random.default_rng(1)
    paths = []
    for number in range(40):
        path = tmp_path / f"many{number}.wav"
        soundfile.write(path, 0.1 * rng.normal(size=4_000), 16_000)
        paths.append(str(path))
    many = features.audio_embeddings(paths, FrontendConfig(), workers=2)
    for path in rows(cache):
        path.unlink()
    assert np.allclose(many, features.audio_embeddings(paths, FrontendConfig(), workers=1), atol=1e-4)


def test_a_bad_file_is_named(cache, clips, tmp_path):
    bad = tmp_path / "bad.wav"
    bad.write_text("not audio")
    with pytest.raises(AudioError, match=r"bad\.wav"):
        features.audio_embeddings([*clips, str(bad)], FrontendConfig(), workers=1)
    assert len(rows(cache)) == 4  # what was done is kept


def test_text_rows_are_the_encoders_own_and_cached(cache, monkeypatch):
    encoder = load_text_encoder()
    texts = ["I am happy", "go away", ""]
    b = features.text_embeddings(texts, encoder)
    assert np.allclose(b, encoder.embed(texts), atol=1e-5)
    monkeypatch.setattr(type(encoder), "embed", lambda *_: pytest.fail("embedded again"))
    assert np.array_equal(features.text_embeddings(texts, encoder), b)
