"""Where somebody speaks, in real speech among what is no speech, and in made inputs without any."""

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from sermi import audio, predictor
from sermi.encoders.moonshine import assets_folder
from sermi.speech import MIN_SPEECH_S, NO_SPEECH, intersection, is_within, seconds, shifted, speech_spans
from tests.sermi.made_sounds import KINDS, without_voice

RATE = audio.SAMPLE_RATE


@pytest.fixture(scope="module")
def speech():
    return audio.read(assets_folder() / "beckett.wav").waveform


@pytest.mark.parametrize("kind", ["silence", "hum", "noise"])
def test_speech_keeps_its_place_whatever_surrounds_it(speech, kind):
    rng, time = np.random.default_rng(0), np.arange(3 * RATE) / RATE
    pad = {
        "silence": np.zeros(len(time)),
        "hum": 0.01 * np.sin(2 * np.pi * 50 * time) + 0.005 * np.sin(2 * np.pi * 150 * time),
        "noise": rng.normal(0, 0.003, len(time)),
    }[kind].astype(np.float32)
    alone, padded = speech_spans(speech), speech_spans(np.concatenate([pad, speech, pad]))
    assert len(padded) == pytest.approx(len(alone), abs=1)
    assert padded[0][0] == pytest.approx(3 + alone[0][0], abs=0.1)
    assert padded[-1][1] == pytest.approx(3 + alone[-1][1], abs=0.1)
    assert seconds(padded) == pytest.approx(seconds(alone), rel=0.1)


@pytest.mark.parametrize("gain", [0.01, 0.1, 3.0])
def test_the_level_decides_nothing(speech, gain):
    assert seconds(speech_spans(gain * speech)) == pytest.approx(seconds(speech_spans(speech)), rel=0.05)


def test_pauses_are_left_out(speech):
    spans = speech_spans(speech)
    assert len(spans) >= 5
    assert 4 < seconds(spans) < 8
    assert all(a[1] < b[0] for a, b in pairwise(spans))


@pytest.fixture(scope="module")
def no_voices():
    rng = np.random.default_rng(0)
    return [without_voice(kind, rng) for kind in KINDS for _ in range(200 // len(KINDS))]


def test_hum_tones_noise_and_music_are_no_speech(no_voices):
    assert len(no_voices) == 200
    lengths = np.array([seconds(speech_spans(sound)) for sound in no_voices])
    assert (lengths < MIN_SPEECH_S).all()
    assert np.mean(lengths == 0) > 0.9


def test_without_speech_no_answer_is_sure(no_voices):
    model = predictor.load()
    for sound in no_voices[::25]:
        prediction = model.predict(audio.from_samples(sound, RATE))
        assert not prediction.sure
        assert NO_SPEECH in prediction.warnings
        assert prediction.speech_s < MIN_SPEECH_S


def test_loading_the_detector_leaves_torch_its_threads():
    code = """
import numpy, torch
torch.set_num_threads(3)
from sermi.speech import speech_spans
speech_spans(numpy.random.default_rng(0).normal(0, 0.1, 16_000).astype("float32"))
assert torch.get_num_threads() == 3, torch.get_num_threads()
"""
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=True)


def test_arithmetic_of_spans():
    spans = [(0.0, 1.0), (2.0, 3.0)]
    assert intersection(spans, (0.5, 2.5)) == [(0.5, 1.0), (2.0, 2.5)]
    assert intersection(spans, (1.0, 2.0)) == []
    assert shifted(spans, 1.0) == [(1.0, 2.0), (3.0, 4.0)]
    assert is_within(np.array([-0.1, 0.5, 1.5, 2.5, 3.5]), spans).tolist() == [False, True, False, True, False]
    assert not is_within(np.array([0.5]), []).any()
