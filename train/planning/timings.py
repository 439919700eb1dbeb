"""Small pieces of a long run, timed on this machine: encoding real clips, and fits on simulated features of the right shape."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from sermi import audio
from sermi.audio import SAMPLE_RATE
from sermi.encoders import MOONSHINE, load_text_encoder
from sermi.features import Features
from sermi.frontend import AudioFrontend, FrontendConfig
from sermi.stats.last_layer import PENALTIES, fit_last_layers
from train.comparison.augmenters import NONE, AugmenterSpec
from train.comparison.choice import with_generated
from train.comparison.measures import measures
from train.comparison.references import REFERENCES
from train.comparison.tasks import ComparisonTask
from train.recogniser.discriminant import fit_projection

_N_SPEAKERS = 12
_MIN_CLIPS, _ENOUGH_S = 6, 15.0
"""Clips are timed until this many seconds have gone into this many of them."""


@dataclass(frozen=True)
class Encoding:
    """What a front end takes."""

    seconds: float
    """Of a core (of wall time on a GPU) for a second of speech."""
    low: float
    high: float
    """95 % over the timed clips."""
    clips: int
    """How many were timed."""
    dim: int
    """Da."""
    memory: int
    """Bytes at the most, of this process."""
    device_memory: int = 0
    """Bytes at the most, on the GPU."""


def _on_gpu(encoder: str, device: str | None) -> bool:
    """The embedded encoder runs on the CPU alone; any other picks a GPU where there is one."""
    if encoder == MOONSHINE:
        return False
    from sermi.encoders.pretrained import pick_device

    return not pick_device(device).startswith("cpu")


def encoding(
    config: FrontendConfig, paths: Sequence[str | Path | None], *, device: str | None, noise_s: float
) -> Encoding:
    """Time a front end.

    Args:
        config: of the front end.
        paths: recordings; None stands for noise.
        device: of the encoder; None for the one that it picks.
        noise_s: how long noise is, in seconds.
    """
    frontend = AudioFrontend(config, device=device)
    on_gpu = _on_gpu(config.encoder, device)
    clock = time.perf_counter if on_gpu else time.process_time
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.05, int(noise_s * SAMPLE_RATE)).astype(np.float32)
    frontend.embed([noise[: 2 * SAMPLE_RATE]])  # what is set up once: kernels, filters
    spent: list[float] = []
    speech: list[float] = []
    for path in paths:
        if len(spent) >= _MIN_CLIPS and sum(spent) > _ENOUGH_S:
            break
        start = clock()
        waveform = noise if path is None else audio.read(path, audio.FIRST_MINUTE).waveform
        frontend.embed([waveform])
        spent.append(clock() - start)
        speech.append(len(waveform) / SAMPLE_RATE)
    drawn = rng.integers(len(spent), size=(1_000, len(spent)))
    rates = np.array(spent)[drawn].sum(axis=1) / np.array(speech)[drawn].sum(axis=1)
    low, high = np.percentile(rates, [2.5, 97.5])
    return Encoding(
        seconds=sum(spent) / sum(speech),
        low=float(low),
        high=float(high),
        clips=len(spent),
        dim=frontend.dim,
        memory=peak_memory(),
        device_memory=torch.cuda.max_memory_allocated() if on_gpu and torch.cuda.is_available() else 0,
    )


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
    """Seconds that fits take on n rows."""

    n: int
    settings: dict[str, list[float]]
    """Fitting each setting of an augmenter, by the augmenter's name."""
    draw: float
    """Generating samples, and nothing else."""
    layers: float
    """Last layers on real and generated features, for every penalty."""
    layer: float
    """For one penalty."""
    measures: float
    """Measuring a generated set."""
    references: dict[str, float]
    """By name, tuned on one inner fold."""
    memory: int
    """Bytes that all this added."""


def fits(names: Sequence[str], *, n: int, dim: int, text_dim: int, n_classes: int) -> Fits:
    """Time augmenters and references on simulated features. Drawing samples is timed once, of the Gaussian, the slowest.

    Args:
        names: Of augmenters; `none` and references are passed over.
        n: Rows.
        dim: d.
        text_dim: dt, 0 for the voice alone.
        n_classes: K.
    """
    train, test = (simulated_features(n, dim, text_dim, n_classes, seed=seed) for seed in (0, 1))
    before = peak_memory()
    specs = [AugmenterSpec.parse(name) for name in names if name != NONE and name not in REFERENCES]
    for spec in [spec for spec in specs if "steps" in spec.grid[0]][:1]:
        spec.fit(train, {**spec.grid[0], "steps": 2})  # what is loaded once
    settings = {spec.name: [_timed(partial(spec.fit, train, setting)) for setting in spec.grid] for spec in specs}
    usual = AugmenterSpec.parse("gaussian")
    augmenter, codes = usual.fit(train, usual.grid[0]), usual.codes(train.c, n_classes)
    generated = augmenter.sample(codes)
    x, c = with_generated(train, generated)
    task = ComparisonTask("plan", "fold1", 0, draw=0, classes=tuple(map(str, range(n_classes))), train=train, test=test)
    held_out = train.speaker == "s0"
    inner = [(train.where(~held_out), train.where(held_out))]
    return Fits(
        n=n,
        settings=settings,
        draw=_timed(lambda: with_generated(train, augmenter.sample(codes))),
        layers=_timed(lambda: fit_last_layers(x, c, n_classes)),
        layer=_timed(lambda: fit_last_layers(x, c, n_classes, PENALTIES[1:2])),
        measures=_timed(lambda: measures(task, generated)) if specs else 0.0,
        references={name: _timed(partial(fit, train, n_classes, inner)) for name, fit in REFERENCES.items()},
        memory=max(0, peak_memory() - before),
    )


def simulated_features(n: int, dim: int, text_dim: int, n_classes: int, *, seed: int) -> Features:
    """n rows of classes that overlap as emotions of speech do, so that a last layer takes as many steps."""
    means = np.random.default_rng(99).normal(size=(n_classes, dim + text_dim)) * 2.5 / np.sqrt(dim)
    rng = np.random.default_rng(seed)
    c = rng.permutation(np.arange(n) % n_classes)
    scales = 3 / np.sqrt(1 + np.arange(dim + text_dim))  # as of principal components
    x = ((means[c] + rng.normal(size=(n, dim + text_dim))) * scales).astype(np.float32)
    speaker = np.array([f"s{i % _N_SPEAKERS}" for i in range(n)])
    return Features(x[:, :dim], c, speaker, x[:, dim:] if text_dim else None)


def peak_memory() -> int:
    """Bytes that this process has had resident at the most."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1_024 * peak


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
