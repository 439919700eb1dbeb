"""Prosody, voice quality and timbre: about a hundred statistics of pitch, level, spectrum and MFCCs, called `NAMES`.

On languages that an encoder was not trained on these carry more than its layers do. Tracks are computed once per recording at
50 frames a second; statistics are taken over all of them or over a window.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from sermi.audio import SAMPLE_RATE

VERSION = 1
"""Of the numbers: it changes whenever they would."""
HOP = 320
"""Samples from frame to frame."""
RATE = SAMPLE_RATE / HOP
"""Frames a second."""
_FRAME = 1024
_F0_RANGE = (65.0, 500.0)
_N_MFCC = 20
_VOICED = 0.5
"""Periodicity from which a frame has a pitch."""
_BANDS_HZ = (0, 300, 600, 1000, 2000, 4000, 8000)

_SPOKEN_TRACKS = (
    "periodicity",
    "level",
    *(f"band_{low}_{high}" for low, high in pairwise(_BANDS_HZ)),
    "centroid",
    "flatness",
    "flux",
    *(f"mfcc_{i}" for i in range(_N_MFCC)),
)
TRACKS = ("pitch", *_SPOKEN_TRACKS)
"""Semitones re 100 Hz; periodicity from 0 to 1; level and the bands' shares of it in dB; centroid in kHz; log flatness."""
NAMES = (
    "pitch_mean",
    "pitch_std",
    "pitch_p10",
    "pitch_p50",
    "pitch_p90",
    "pitch_range",
    "pitch_rise",
    "pitch_step",
    "voiced_share",
    "active_share",
    "onsets_per_s",
    "level_p10",
    "level_p50",
    "level_p90",
    *(f"{track}_{moment}" for moment in ("mean", "std", "change") for track in _SPOKEN_TRACKS),
)
"""Of the statistics, in their order: pitch over the voiced frames, all else over the active ones. range: from the 10th to the
90th percentile; rise: from the first quarter to the last; step, change: mean absolute change from frame to frame; level: below
the loudest frame."""
DIM = len(NAMES)


def tracks(waveform: np.ndarray) -> np.ndarray:
    """(n_tracks, T) float32 of a waveform ((samples,) float32, 16 kHz): `TRACKS` at `RATE` frames a second."""
    import librosa

    padded = np.pad(waveform, _FRAME // 2)
    if len(padded) < _FRAME + HOP:
        padded = np.pad(padded, (0, _FRAME + HOP - len(padded)))
    f0 = librosa.yin(
        padded, fmin=_F0_RANGE[0], fmax=_F0_RANGE[1], sr=SAMPLE_RATE, frame_length=_FRAME, hop_length=HOP, center=False
    )
    frames = librosa.util.frame(padded, frame_length=_FRAME, hop_length=HOP)
    correlation = librosa.autocorrelate(frames, max_size=int(SAMPLE_RATE / _F0_RANGE[0]) + 2, axis=0)
    lag = np.clip(np.round(SAMPLE_RATE / f0).astype(int), 1, len(correlation) - 1)
    taper = 1 - lag / _FRAME
    periodicity = correlation[lag, np.arange(len(lag))] / (correlation[0] * taper + 1e-9)

    power = np.abs(librosa.stft(padded, n_fft=_FRAME, hop_length=HOP, center=False)) ** 2
    level = 10 * np.log10(power.sum(axis=0) + 1e-8)
    edges = np.searchsorted(librosa.fft_frequencies(sr=SAMPLE_RATE, n_fft=_FRAME), _BANDS_HZ)
    bands = np.stack([power[low:high].sum(axis=0) for low, high in pairwise(edges)])
    bands = 10 * np.log10(bands + 1e-8) - level
    centroid = librosa.feature.spectral_centroid(S=power, sr=SAMPLE_RATE)[0] / 1000
    flatness = np.log(librosa.feature.spectral_flatness(S=power, power=1.0)[0] + 1e-6)
    flux = np.concatenate([[0.0], np.linalg.norm(np.diff(np.sqrt(power / (power.sum(axis=0) + 1e-8)), axis=1), axis=0)])
    mel = librosa.feature.melspectrogram(S=power, sr=SAMPLE_RATE, n_mels=40, fmin=50)
    mfcc = librosa.feature.mfcc(S=librosa.power_to_db(mel, top_db=60), n_mfcc=_N_MFCC)
    semitones = 12 * np.log2(f0 / 100)
    return np.vstack([semitones, periodicity, level, *bands, centroid, flatness, flux, mfcc]).astype(np.float32)


def statistics(track: np.ndarray) -> np.ndarray:
    """(n_tracks, T) -> (DIM,) float32, the numbers called `NAMES`."""
    f0, periodicity, level = track[:3]
    active = level > level.max() - 35
    voiced = active & (periodicity > _VOICED)
    spoken = track[1:, active]
    change = np.diff(spoken, axis=1) if spoken.shape[1] > 1 else np.zeros_like(spoken)
    pitch = f0[voiced] if voiced.any() else np.zeros(1, np.float32)
    steps = np.diff(f0)[voiced[1:] & voiced[:-1]]
    steps = np.abs(steps[np.abs(steps) < 6])
    onsets = np.count_nonzero(voiced[1:] & ~voiced[:-1])
    loud = level[active] - level.max()
    pitch_low, pitch_mid, pitch_high = np.percentile(pitch, [10, 50, 90])
    quarter = max(1, len(pitch) // 4)
    of_utterance = [
        pitch.mean(), pitch.std(), pitch_low, pitch_mid, pitch_high, pitch_high - pitch_low,
        pitch[-quarter:].mean() - pitch[:quarter].mean(),
        steps.mean() if len(steps) else 0.0,
        voiced.sum() / active.sum(), active.mean(),
        onsets / len(f0) * RATE,
        *np.percentile(loud, [10, 50, 90]),
    ]  # fmt: skip
    return np.concatenate([of_utterance, spoken.mean(axis=1), spoken.std(axis=1), np.abs(change).mean(axis=1)]).astype(
        np.float32
    )
