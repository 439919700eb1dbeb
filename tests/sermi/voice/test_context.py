"""A voice in a file, and what is refused."""

import numpy as np
import pytest
from safetensors.numpy import save_file

from sermi.errors import SermiError
from sermi.voice import (
    Voice,
)
from tests.sermi.voice.simulation import (
    CLASSES,
    DIM,
    NEUTRAL,
    K,
)


@pytest.mark.parametrize(
    ("clips", "emotions"),
    [
        (np.zeros((2, DIM + 1)), None),
        (np.full((2, DIM), np.nan), None),
        (np.zeros(DIM), None),
        (np.zeros((2, DIM)), [NEUTRAL]),
        (np.zeros((2, DIM)), [K, 0]),
        (np.zeros((2, DIM)), [-2, 0]),
    ],
)
def test_what_does_not_fit_a_model_is_refused_in_one_sentence(truth, clips, emotions):
    with pytest.raises(SermiError, match=r"^[^.]*(\.\d[^.]*)*\.$"):
        truth.posterior(clips, emotions)


def test_repeated_and_extreme_clips_stay_finite(truth):
    for clips in (np.zeros((30, DIM)), np.full((3, DIM), 1e6), np.zeros((1, DIM))):
        posterior = truth.posterior(clips)
        assert np.isfinite(posterior.mean).all()
        assert np.isfinite(truth.log_probabilities(clips, posterior)).all()
        assert np.linalg.eigvalsh(posterior.covariance).min() > 0


def test_a_voice_is_saved_and_loaded(tmp_path):
    voice = Voice(CLASSES, source="open4")
    assert (len(voice), voice.clips.shape, voice.emotions.tolist()) == (0, (0, 0), [])
    rng = np.random.default_rng(15)
    h = rng.normal(size=(3, DIM)).astype(np.float32)
    for row, emotion in zip(h, (None, "neutral", "sad"), strict=True):
        voice.add(row, emotion)
    voice.remove(0)
    voice.save(tmp_path / "voice.safetensors")
    loaded = Voice.load(tmp_path / "voice.safetensors", classes=CLASSES, source="open4")
    assert loaded.emotions.tolist() == [2, 3]
    assert np.array_equal(loaded.clips, h[1:])
    loaded.remove(0)
    loaded.remove(0)
    loaded.save(tmp_path / "empty.safetensors")
    assert len(Voice.load(tmp_path / "empty.safetensors")) == 0


def test_a_voice_without_clips_is_the_prior(truth):
    voice = Voice(CLASSES)
    assert np.array_equal(truth.posterior(voice.clips, voice.emotions).mean, truth.prior.mean)


def test_what_is_no_voice_is_refused(tmp_path):
    voice = Voice(CLASSES, source="open4")
    voice.add(np.zeros(DIM))
    path = tmp_path / "voice.safetensors"
    voice.save(path)
    (tmp_path / "text").write_text("no voice")
    save_file({"clips": np.zeros((1, DIM))}, tmp_path / "other.safetensors")
    header = {"format": "sermi-voice-1", "classes": "\n".join(CLASSES), "source": "open4"}
    for name, codes in (("codes", [K]), ("counts", [0, 1])):
        tensors = {"clips": np.zeros((1, DIM), np.float32), "emotions": np.array(codes)}
        save_file(tensors, tmp_path / name, header)
    for mistake in (
        lambda: voice.add(np.zeros(DIM + 1)),
        lambda: voice.add(np.full(DIM, np.nan)),
        lambda: voice.add(np.zeros(DIM), "joyous"),
        lambda: voice.remove(1),
        lambda: Voice.load(path, source="open7"),
        lambda: Voice.load(path, classes=CLASSES[:2]),
        lambda: Voice.load(tmp_path / "text"),
        lambda: Voice.load(tmp_path / "other.safetensors"),
        lambda: Voice.load(tmp_path / "missing"),
        lambda: Voice.load(tmp_path / "codes"),
        lambda: Voice.load(tmp_path / "counts"),
    ):
        with pytest.raises(SermiError):
            mistake()
    assert len(voice) == 1
