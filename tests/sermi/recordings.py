"""Recordings that tests make with FFmpeg, and what holds for them once they were read."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

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
