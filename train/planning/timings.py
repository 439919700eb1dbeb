"""Small pieces of a long run, timed on this machine: encoding real clips, and fits on made features of the right shape."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from sermi import audio
from sermi.audio import SAMPLE_RATE
from sermi.encoders import load_text_encoder
from sermi.features import Features
from sermi.frontend import AudioFrontend, FrontendConfig
from sermi.stats.last_layer import PENALTIES, fit_last_layers
from train.comparison.augmenters import augmenter_named
from train.comparison.augmenters.resampling import Noise
from train.comparison.compare import NONE, augmented, fitted_augmenter
from train.comparison.measures import measures
from train.comparison.references import REFERENCES
from train.comparison.tasks import Task
from train.recogniser.discriminant import fit_projection

_N_SPEAKERS = 12
_MIN_CLIPS, _ENOUGH_S = 6, 15.0
"""Clips are timed until this many seconds have gone into this many of them."""


@dataclass(frozen=True)
class Encoding:
    """seconds: of a core (of wall time on a GPU) for a second of speech; low, high: 95 % over the timed clips; clips: how
    many; dim: Da; memory, device_memory: bytes at the most, of this process and on the GPU."""

    seconds: float
    low: float
    high: float
    clips: int
    dim: int
    memory: int
    device_memory: int = 0


def encoding(
    config: FrontendConfig, paths: Sequence[str | Path | None], *, device: str | None, made_s: float
) -> Encoding:
    """Time a front end on recordings; None stands for `made_s` seconds of noise."""
    frontend = AudioFrontend(config, device=device)
    on_gpu = device is not None and not device.startswith("cpu")
    clock = time.perf_counter if on_gpu else time.process_time
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.05, int(made_s * SAMPLE_RATE)).astype(np.float32)
    frontend.embed([noise[: 2 * SAMPLE_RATE]])  # what is made once: kernels, filters
    spent, heard = [], []
    for path in paths:
        if len(spent) >= _MIN_CLIPS and sum(spent) > _ENOUGH_S:
            break
        start = clock()
        waveform = noise if path is None else audio.read(path).waveform
        frontend.embed([waveform])
        spent.append(clock() - start)
        heard.append(len(waveform) / SAMPLE_RATE)
    drawn = rng.integers(len(spent), size=(1_000, len(spent)))
    rates = np.array(spent)[drawn].sum(axis=1) / np.array(heard)[drawn].sum(axis=1)
    low, high = np.percentile(rates, [2.5, 97.5])
    rate = sum(spent) / sum(heard)
    used = torch.cuda.max_memory_allocated() if on_gpu and torch.cuda.is_available() else 0
    return Encoding(rate, float(low), float(high), len(spent), frontend.dim, peak_memory(), used)


def words(encoder: str, texts: Sequence[str]) -> tuple[float, int]:
    """Seconds for a text, and Db."""
    loaded = load_text_encoder(encoder)
    loaded.embed(texts[:1])
    return _timed(lambda: loaded.embed(texts)) / len(texts), loaded.dim


def projection(rows: int, dim: int, feature_dim: int) -> float:
    """Seconds for fitting a -> h on (rows, dim) and applying it to as many."""
    a = np.random.default_rng(0).normal(size=(rows, dim)).astype(np.float32)
    return _timed(lambda: fit_projection(a, min(feature_dim, rows - 1), 0)(a))


@dataclass(frozen=True)
class Fits:
    """Seconds on n rows. fit: of each setting of an augmenter, by augmenter; draw: generated samples and nothing else; layers:
    last layers for every penalty; layer: for one; measured: of a generated set; reference: by name, on one inner fold. memory:
    bytes that they added."""

    n: int
    fit: dict[str, list[float]]
    draw: float
    layers: float
    layer: float
    measured: float
    reference: dict[str, float]
    memory: int


def fits(names: Sequence[str], n: int, dim: int, text_dim: int, n_classes: int) -> Fits:
    """Time augmenters and references on made features. Those that only resample are all taken for the slowest of them."""
    train, test = (_made(n, dim, text_dim, n_classes, seed) for seed in (0, 1))
    before = peak_memory()
    names = [name for name in names if name != NONE and name not in REFERENCES]
    learned = [name for name in names if "steps" in augmenter_named(name).grid[0]]
    for name in learned[:1]:
        fitted_augmenter(train, name, {"steps": 2}, 0)  # what is loaded once
    fit = {
        name: [_timed(lambda n=name, s=s: fitted_augmenter(train, n, s, 0)) for s in augmenter_named(name).grid]
        for name in names
    }
    usual = fitted_augmenter(train, "gaussian", {}, 0) if names else Noise().fit(train.h, train.c, train.t)
    made = augmented(train, n_classes, usual, 1.0)
    draw = _timed(lambda: augmented(train, n_classes, usual, 1.0))
    layers = _timed(lambda: fit_last_layers(*made, n_classes))
    layer = _timed(lambda: fit_last_layers(*made, n_classes, PENALTIES[1:2]))
    task = Task("plan", "fold1", 0, 0, tuple(map(str, range(n_classes))), train, test)
    measured = _timed(lambda: measures(task, *made)) if names else 0.0
    held_out = train.speaker == "s0"
    inner = [(train.where(~held_out), train.where(held_out))]
    reference = {name: _timed(lambda f=f: f(train, n_classes, inner)) for name, f in REFERENCES.items()}
    return Fits(n, fit, draw, layers, layer, measured, reference, max(0, peak_memory() - before))


def _made(n: int, dim: int, text_dim: int, n_classes: int, seed: int) -> Features:
    """Classes that overlap as emotions of speech do, so that a last layer takes as many steps."""
    means = np.random.default_rng(99).normal(size=(n_classes, dim + text_dim)) * 2.5 / np.sqrt(dim)
    rng = np.random.default_rng(seed)
    c = rng.permutation(np.arange(n) % n_classes)
    scales = 3 / np.sqrt(1 + np.arange(dim + text_dim))  # as of principal components
    x = ((means[c] + rng.normal(size=(n, dim + text_dim))) * scales).astype(np.float32)
    speaker = np.array([f"s{i % _N_SPEAKERS}" for i in range(n)])
    made = Features(x[:, :dim], c, speaker)
    return replace(made, t=x[:, dim:]) if text_dim else made


def peak_memory() -> int:
    """Bytes that this process has had resident at the most."""
    found = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return found if sys.platform == "darwin" else 1_024 * found


def _timed(work: Callable[[], object]) -> float:
    """Seconds of one core, so that what else the machine is doing doesn't count."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            start = time.process_time()
            work()
            return time.process_time() - start
    finally:
        torch.set_num_threads(threads)
