"""`python -m benchmarks.stage_b`: how long stage B takes on one fold, and 10,000 samples of a trained generator.

A fold has the size of RAVDESS's (1,200 features of 300 numbers, 8 classes, 20 speakers, words beside them); times don't depend
on what the numbers are. The generator of the shipped checkpoint makes the samples. One JSON line.
"""

from __future__ import annotations

import json
import time

import numpy as np
import torch

from sermi import checkpoint
from sermi.augment import GeneratorConfig, fit_generator
from train.checkpoint.stage_c import STEPS

N, DIM, TEXT_DIM, N_CLASSES, N_GENERATED = 1_200, 300, 64, 8, 10_000


def main() -> None:
    """Measure and print."""
    rng = np.random.default_rng(0)
    c = np.arange(N) % N_CLASSES
    h = (rng.normal(0, 0.5, (N_CLASSES, DIM))[c] + rng.normal(size=(N, DIM))).astype(np.float32)
    t = (rng.normal(0, 0.5, (N_CLASSES, TEXT_DIM))[c] + rng.normal(size=(N, TEXT_DIM))).astype(np.float32)
    train_s: dict[str, float] = {}
    generate_s: dict[str, float] = {}
    for regulariser, steps in STEPS.items():
        start = time.perf_counter()
        fit_generator(h, c, config=GeneratorConfig(regulariser, steps=steps), t=t, real_information=0.8)
        train_s[regulariser] = round(time.perf_counter() - start, 2)
    for name in ("open4", "open7"):
        loaded = checkpoint.load(name)
        codes = torch.arange(N_GENERATED) % len(loaded.config.classes)
        generator = next(iter(loaded.generators.values()))
        start = time.perf_counter()
        generator.sample(codes, seed=0)
        generate_s[name] = round(time.perf_counter() - start, 3)
    threads = torch.get_num_threads()
    print(json.dumps({"threads": threads, "train_s": train_s, "generate_s": generate_s, "generated": N_GENERATED}))


if __name__ == "__main__":
    main()
