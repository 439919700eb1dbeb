"""`python -m benchmarks.gpu`: what a GPU is worth, beside all cores of its machine, in the same run.

Features by an encoder of Whisper base's size (random weights: times don't depend on them), the training of a generator on a
fold of RAVDESS's size, and of a critic of pairs. Medians of three after a first that doesn't count. One JSON line.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from benchmarks.stage_b import DIM, N_CLASSES, N
from sermi import mi
from sermi.augment import GeneratorConfig, fit_generator
from sermi.encoders.pretrained import PretrainedAudioEncoder

WHISPER_BASE = {
    "d_model": 512,
    "encoder_layers": 6,
    "encoder_attention_heads": 8,
    "encoder_ffn_dim": 2048,
    "decoder_layers": 1,
    "decoder_attention_heads": 8,
}
N_CLIPS, CLIP_S = 64, 4
REPEATS = 3


def main() -> None:
    """Measure and print."""
    if not torch.cuda.is_available():
        sys.exit("There is no GPU here that torch can use.")
    with tempfile.TemporaryDirectory() as folder:
        seconds = {**_encoding(Path(folder)), **_generator(), **_critic()}
    report = {
        "gpu": torch.cuda.get_device_name(),
        "torch": torch.__version__,
        "cores": os.cpu_count(),
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
        "cpu_over_gpu": {
            name: round(seconds[f"{name}, cpu"] / seconds[f"{name}, cuda"], 1)
            for name in ("features", "generator", "critic")
        },
    }
    print(json.dumps(report))


def _encoding(folder: Path) -> dict[str, float]:
    from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperModel

    WhisperModel(WhisperConfig(**WHISPER_BASE)).save_pretrained(folder)
    WhisperFeatureExtractor().save_pretrained(folder)
    rng = np.random.default_rng(0)
    clips = [0.1 * rng.standard_normal(CLIP_S * 16_000).astype(np.float32) for _ in range(N_CLIPS)]
    encoders = {
        "features, cpu": PretrainedAudioEncoder(str(folder), device="cpu"),
        "features, cuda": PretrainedAudioEncoder(str(folder), device="cuda"),
        "features in bfloat16, cuda": PretrainedAudioEncoder(str(folder), device="cuda", precision="bfloat16"),
    }
    return {name: _median_s(lambda encoder=encoder: encoder.encode(clips)) for name, encoder in encoders.items()}


def _generator() -> dict[str, float]:
    rng = np.random.default_rng(0)
    c = np.arange(N) % N_CLASSES
    h = (rng.normal(0, 0.5, (N_CLASSES, DIM))[c] + rng.normal(size=(N, DIM))).astype(np.float32)
    config = GeneratorConfig("maximise", steps=60)
    return {
        f"generator, {device}": _median_s(lambda device=device: fit_generator(h, c, config=config, device=device))
        for device in ("cpu", "cuda")
    }


def _critic() -> dict[str, float]:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((10_000, 64)).astype(np.float32)
    y = (x + rng.standard_normal(x.shape)).astype(np.float32)
    seconds = {}
    for device in ("cpu", "cuda"):
        training = mi.Training(device=device, max_steps=500, patience=100)
        estimator = mi.PairInformation(control=False, training=training)
        seconds[f"critic, {device}"] = _median_s(lambda estimator=estimator: estimator.estimate(x, y))
    return seconds


def _median_s(run: Callable[[], object]) -> float:
    """Results are on the CPU when run returns: there is nothing left to wait for."""
    run()
    seconds = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
