"""Waveform augmentation: each part does what it says, and nothing else."""

import numpy as np
import pytest
import torch

from train.embeddings import views
from train.embeddings.views import view

RATE = 16_000
SEEDS = range(20)


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def voice(seconds: float = 1.0) -> np.ndarray:
    """A buzz at 150 Hz with pauses."""
    time = np.arange(int(seconds * RATE)) / RATE
    buzz = sum(np.sin(2 * np.pi * 150 * k * time) / k for k in range(1, 20))
    return (0.2 * buzz * (np.sin(2 * np.pi * 2 * time) > 0)).astype(np.float32)


def tone(hertz: float, seconds: float = 1.0) -> torch.Tensor:
    return 0.1 * torch.sin(2 * np.pi * hertz * torch.arange(int(seconds * RATE)) / RATE)


def gain_db(before: torch.Tensor, after: torch.Tensor) -> float:
    middle = slice(len(before) // 4, -len(before) // 4)
    return float(20 * torch.log10(after[middle].norm() / before[middle].norm()))


def test_the_same_seed_gives_the_same_view():
    first, second = ([view(voice(), generator(seed)).tobytes() for seed in SEEDS] for _ in range(2))
    assert first == second
    assert len(set(first)) > len(SEEDS) * 0.9


def test_global_random_state_is_neither_used_nor_changed():
    torch.manual_seed(0)
    np.random.seed(0)
    states = torch.get_rng_state(), np.random.get_state()[1].copy()
    first = view(voice(), generator(5))
    torch.testing.assert_close(torch.get_rng_state(), states[0])
    np.testing.assert_array_equal(np.random.get_state()[1], states[1])
    torch.manual_seed(1)
    np.testing.assert_array_equal(view(voice(), generator(5)), first)


@pytest.mark.parametrize("peak", [1e-6, 0.1, 1.0])
def test_finite_and_near_full_scale_at_most(peak):
    wave = voice() / np.abs(voice()).max() * np.float32(peak)
    for seed in SEEDS:
        result = view(wave, generator(seed))
        assert result.dtype == np.float32
        assert result.ndim == 1
        assert np.isfinite(result).all()
        assert np.abs(result).max() <= 2  # a room's echoes add up; normalisation comes next
        assert len(wave) / 1.11 < len(result) < len(wave) / 0.89


@pytest.mark.parametrize("samples", [1, 2, 31, 400, 1_600])
def test_very_short_input(samples):
    for seed in SEEDS:
        result = view(voice()[1_000 : 1_000 + samples], generator(seed))
        assert np.isfinite(result).all()
        assert 0.9 * samples <= len(result) <= samples / 0.9 + 1


def test_silence_stays_finite():
    for seed in SEEDS:
        assert np.isfinite(view(np.zeros(1_600, np.float32), generator(seed))).all()


def test_input_is_neither_modified_nor_handed_back():
    wave = voice()
    copy = wave.copy()
    unchanged = next(seed for seed in range(10_000) if (generator(seed).random(5) > 0.8).all())
    np.testing.assert_array_equal(view(wave, generator(unchanged)), wave)
    for seed in (unchanged, *SEEDS):
        assert not np.shares_memory(view(wave, generator(seed)), wave)
    np.testing.assert_array_equal(wave, copy)


def test_speed_moves_length_and_pitch_together():
    factors = set()
    for seed in SEEDS:
        factor = int(generator(seed).integers(90, 111)) / 100
        result = views.change_speed(tone(1_000), generator(seed))
        assert len(result) == pytest.approx(RATE / factor, abs=1)
        spectrum = torch.fft.rfft(result * torch.hann_window(len(result))).abs()
        assert float(spectrum.argmax()) * RATE / len(result) == pytest.approx(1_000 * factor, abs=3)
        factors.add(factor)
    assert min(factors) < 0.95 < 1.05 < max(factors)


def test_room_keeps_the_direct_sound_and_adds_a_decaying_tail():
    impulse = torch.zeros(RATE)
    impulse[100] = 1.0
    for seed in range(10):
        rng = generator(seed)
        rt60, direct_db = rng.uniform(0.1, 0.8), rng.uniform(-3, 12)
        response = views.add_room(impulse, generator(seed))
        assert len(response) == len(impulse)
        assert response[:100].abs().max() < 1e-5
        assert float(response[100]) == pytest.approx(1, abs=1e-4)
        assert response[101:131].abs().max() < 1e-5  # nothing for 2 ms
        tail = response[132:]
        assert float(20 * torch.log10(1 / tail.norm())) == pytest.approx(direct_db, abs=0.5)
        early, late = tail[: int(0.1 * rt60 * RATE)], tail[int(0.5 * rt60 * RATE) : int(0.6 * rt60 * RATE)]
        decay = float(20 * torch.log10(early.norm() / late.norm()))
        assert decay == pytest.approx(30, abs=4)  # 60 dB in RT60


def test_microphone_takes_away_rumble_and_little_of_the_middle():
    for seed in SEEDS:
        cutoff = float(generator(seed).uniform(30, 250))
        low = tone(cutoff / 4, 2)
        # 24 dB for a second-order high pass two octaves down, less an equaliser's peak near it
        assert gain_db(low, views.apply_microphone(low, generator(seed))) < -10
        middle = tone(1_000)
        assert -20 < gain_db(middle, views.apply_microphone(middle, generator(seed))) < 20


def test_noise_is_5_to_30_db_under_the_sound():
    wave = torch.from_numpy(voice(2))
    measured = [
        float(20 * torch.log10(wave.norm() / (views.add_noise(wave, generator(s)) - wave).norm())) for s in SEEDS
    ]
    assert all(5 - 0.01 <= snr <= 30 + 0.01 for snr in measured)
    assert min(measured) < 10
    assert max(measured) > 25


def test_noise_is_white_to_brown():
    wave = tone(1_000, 4)
    for seed in range(10):
        noise = views.add_noise(wave, generator(seed)) - wave
        power = torch.fft.rfft(noise).abs() ** 2
        octaves = [power[len(power) * 2**k // 64 : len(power) * 2 ** (k + 1) // 64].mean() for k in range(6)]
        slope = float(np.polyfit(range(6), [10 * np.log10(float(o)) for o in octaves], 1)[0])
        assert -6.6 <= slope <= 0.6  # dB an octave: brown is -6, white 0


def test_level_sets_the_peak_and_clips_above_full_scale():
    wave = torch.from_numpy(voice())
    peaks, clipped = [], 0
    for seed in SEEDS:
        result = views.change_level(wave, generator(seed))
        unclipped = (wave.abs() > 0.01) & (result.abs() < 1)
        assert float((result[unclipped] / wave[unclipped]).std()) < 1e-5
        clipped += bool((result.abs() == 1).sum() > 1)
        peaks.append(float(20 * torch.log10(result.abs().max())))
    assert -30 - 0.01 <= min(peaks) < -20
    assert max(peaks) <= 0.01
    assert clipped > 0
