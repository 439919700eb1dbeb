"""Sounds without a voice, each different: hum, tones, noise and music."""

from collections.abc import Callable

import numpy as np

RATE = 16_000
Sound = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def hum(time: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    mains = rng.choice([50, 60]) * rng.uniform(0.99, 1.01)
    wave = sum(
        rng.uniform(0.1, 1) / k * np.sin(2 * np.pi * mains * k * time + rng.uniform(0, 2 * np.pi)) for k in range(1, 12)
    )
    return wave * (1 + 0.2 * np.sin(2 * np.pi * rng.uniform(0.1, 3) * time))


def tone(time: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One or two, steady or beeping."""
    wave = sum(np.sin(2 * np.pi * rng.uniform(80, 4_000) * time) for _ in range(rng.integers(1, 3)))
    return wave * (np.sin(2 * np.pi * rng.uniform(0.5, 5) * time) > 0) if rng.random() < 0.5 else wave


def noise(time: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """From white to brown, steady or swelling."""
    spectrum = np.fft.rfft(rng.standard_normal(len(time)))
    shape = np.maximum(np.linspace(0, 1, len(spectrum)), 1 / len(spectrum)) ** -rng.uniform(0, 1.2)
    wave = np.fft.irfft(spectrum * shape, len(time))
    swell = np.interp(time, np.linspace(0, time[-1], 8), rng.uniform(0.1, 1, 8))
    return wave * swell if rng.random() < 0.5 else wave


def music(time: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Chords of notes with harmonics and vibrato, and a drum."""
    wave, beat, root = np.zeros(len(time)), int(RATE * rng.uniform(0.15, 0.5)), rng.uniform(80, 300)
    for start in range(0, len(time), beat):
        for _ in range(rng.integers(1, 4)):
            hertz = root * 2 ** (rng.choice([0, 2, 4, 5, 7, 9, 11, 12, 14, 16]) / 12)
            t = np.arange(min(len(time) - start, int(beat * rng.uniform(0.8, 3)))) / RATE
            t_bent = t + rng.uniform(0, 0.01) * np.sin(2 * np.pi * 5 * t) / 5
            steepness, decay = rng.uniform(0.8, 2), rng.uniform(0.5, 6)
            note = sum(np.sin(2 * np.pi * hertz * k * t_bent) / k**steepness for k in range(1, 9))
            wave[start : start + len(t)] += note * np.exp(-t * decay)
        if rng.random() < 0.5:
            n = min(len(time) - start, 2_000)
            wave[start : start + n] += rng.standard_normal(n) * np.exp(-np.arange(n) / 300)
    return wave


KINDS: tuple[Sound, ...] = (hum, tone, noise, music)


def without_voice(kind: Sound, rng: np.random.Generator) -> np.ndarray:
    """(samples,) float32 of 1.5 to 4 s at 16 kHz, at any level from soft to loud."""
    wave = kind(np.arange(100 * rng.integers(240, 640)) / RATE, rng)
    return (wave / np.abs(wave).max() * rng.uniform(0.05, 0.9)).astype(np.float32)
