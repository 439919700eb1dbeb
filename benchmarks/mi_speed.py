"""`python -m benchmarks.mi_speed`: how long a label estimate takes on 10,000 samples of 256 features with 5 folds.

The control on shuffled labels is part of it. Eight classes, whose means are apart enough for about one nat; medians of a few
rounds are printed as one JSON line.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time

import numpy as np
import torch

from sermi import mi

N_SAMPLES, N_FEATURES, N_CLASSES, N_SPEAKERS, N_FOLDS = 10_000, 256, 8, 24, 5


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="How often each is timed.")
    rounds = parser.parse_args().rounds
    rng = np.random.default_rng(0)
    y = rng.integers(0, N_CLASSES, N_SAMPLES)
    x = rng.normal(0, 0.12, (N_CLASSES, N_FEATURES))[y] + rng.normal(size=(N_SAMPLES, N_FEATURES))
    speakers = rng.integers(0, N_SPEAKERS, N_SAMPLES)
    report: dict[str, object] = {
        "samples": N_SAMPLES,
        "features": N_FEATURES,
        "folds": N_FOLDS,
        "threads": torch.get_num_threads(),
        "rounds": rounds,
    }
    for critic in ("linear", "mlp"):
        estimator = mi.LabelInformation(critic, n_folds=N_FOLDS)
        seconds = []
        for _ in range(rounds):
            start = time.perf_counter()
            measured = estimator.estimate(x, y, speakers)
            seconds.append(time.perf_counter() - start)
        report[critic] = {"median_s": round(statistics.median(seconds), 2), "nats": round(measured.value, 3)}
    print(json.dumps(report))


if __name__ == "__main__":
    main()
