"""Transcription of the speech that moonshine-voice brings along."""

from concurrent.futures import ThreadPoolExecutor
from difflib import SequenceMatcher

import numpy as np
import pytest

from sermi import audio
from sermi.encoders.moonshine import assets_folder
from sermi.transcribe import transcribe


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    """Samuel Beckett: 'Ever tried, ever failed, no matter. Try again. Fail again. Fail better.'"""
    return audio.read(assets_folder() / "beckett.wav").waveform


def test_words_on_one_line(speech):
    words = transcribe(speech)
    assert "fail" in words.lower()
    assert "again" in words.lower()
    assert "\n" not in words
    assert words == words.strip()


def test_calls_from_several_threads_are_the_same(speech):
    with ThreadPoolExecutor(3) as pool:
        first, *others = (transcript.split() for transcript in pool.map(lambda _: transcribe(speech), range(3)))
    # it may take a breath for a word now and then
    assert all(SequenceMatcher(a=first, b=other).ratio() > 0.9 for other in others)


@pytest.mark.parametrize("samples", [0, 1, 1_600, 48_000])
def test_no_words_in_silence(samples):
    assert transcribe(np.zeros(samples, np.float32)) == ""


def test_no_words_in_noise():
    noise = np.random.default_rng(0).normal(0, 0.001, 32_000).astype(np.float32)
    assert len(transcribe(noise).split()) <= 2
