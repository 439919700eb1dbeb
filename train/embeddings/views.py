"""Waveform augmentation: what rooms, microphones and calls do to a voice, so that not only studio speech is learnt.

A view is drawn from a generator that is passed in: the same seed gives the same samples. Each part of a view takes a
waveform (samples,) float32 at 16 kHz, and gives one.
"""

from __future__ import annotations

import numpy as np
import torch
import torchaudio.functional as F  # noqa: N812 (its usual name)

from sermi.audio import SAMPLE_RATE

VERSION = 1
"""Raised whenever a view would come out differently, so that stored features of the old one are not used."""


def view(waveform: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One random view of a waveform: speed, then room, microphone, noise and level.

    (samples,) -> (samples',) float32, 16 kHz, a copy. Its peak may pass 1 where no level was drawn: normalisation,
    which every recording goes through next, brings it back.
    """
    x = torch.from_numpy(np.ascontiguousarray(waveform, np.float32))
    for apply, chance in (
        (change_speed, 0.5),
        (add_room, 0.5),
        (apply_microphone, 0.8),
        (add_noise, 0.7),
        (change_level, 0.7),
    ):
        if rng.random() < chance:
            x = apply(x, rng)
    return x.numpy().astype(np.float32, copy=True)


def change_speed(x: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Tempo and pitch together, as on a tape: 0.9 to 1.1 (Ko et al., Interspeech 2015)."""
    factor = int(rng.integers(90, 111))
    return F.resample(x, orig_freq=factor, new_freq=100)


def add_room(x: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Reverberation: a direct path and exponentially decaying noise, RT60 of 0.1 to 0.8 s."""
    rt60, direct_db = rng.uniform(0.1, 0.8), rng.uniform(-3, 12)
    time = torch.arange(int(rt60 * SAMPLE_RATE)) / SAMPLE_RATE
    tail = torch.from_numpy(rng.standard_normal(len(time)).astype(np.float32)) * 10 ** (-3 * time / rt60)
    tail[: SAMPLE_RATE // 500] = 0  # the first reflection comes 2 ms after the direct sound
    tail *= 10 ** (-direct_db / 20) / (tail.norm() + 1e-8)
    tail[0] = 1.0
    return F.fftconvolve(x, tail)[: len(x)]


def apply_microphone(x: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Frequency response: a high pass, up to three broad peaks or dips, sometimes a call's low pass."""
    x = F.highpass_biquad(x, SAMPLE_RATE, float(rng.uniform(30, 250)))
    for _ in range(int(rng.integers(0, 4))):
        centre = float(np.exp(rng.uniform(np.log(150), np.log(6000))))
        x = F.equalizer_biquad(x, SAMPLE_RATE, centre, float(rng.uniform(-8, 8)), Q=float(rng.uniform(0.4, 1.2)))
    if rng.random() < 0.3:
        x = F.lowpass_biquad(x, SAMPLE_RATE, float(rng.uniform(3000, 7000)))
    return x


def add_noise(x: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Stationary noise, white to brown, 5 to 30 dB under the speech."""
    spectrum = torch.fft.rfft(torch.from_numpy(rng.standard_normal(len(x)).astype(np.float32)))
    frequency = torch.linspace(0, 1, len(spectrum)).clamp_min(50 / (SAMPLE_RATE / 2))
    noise = torch.fft.irfft(spectrum * frequency ** -float(rng.uniform(0, 1)), n=len(x))
    return F.add_noise(x, noise, torch.tensor(float(rng.uniform(5, 30))))


def change_level(x: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Peak between -30 and +3 dBFS; over 0 it clips, as a microphone does."""
    peak = 10 ** (float(rng.uniform(-30, 3)) / 20)
    return (x * (peak / (x.abs().max() + 1e-8))).clamp(-1, 1)
