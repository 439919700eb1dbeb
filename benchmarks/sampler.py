"""`python -m benchmarks.sampler`: time and memory of `SermiSampler.fit_resample` on 4,032 columns, as rows grow.

Eight classes and 24 groups, single precision, as many rows generated as there are. Each size runs in a process of its own,
whose memory is what it holds at its peak beyond what it held with the table made and everything imported. One JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time

import numpy as np

ROWS, COLUMNS, CLASSES, GROUPS = 1_500, 4_032, 8, 24
SIZES = (1, 2, 4)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--times", type=int, help="Of the rows: measure this size here; each in turn without it.")
    options = parser.parse_args()
    if options.times is not None:
        print(json.dumps(_measure(options.times * ROWS)))
        return
    environment = {**os.environ, "OMP_NUM_THREADS": str(options.threads)}
    measured = []
    for times in SIZES:
        command = [sys.executable, "-m", "benchmarks.sampler", "--times", str(times)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        measured.append(json.loads(done.stdout))
    print(json.dumps({"columns": COLUMNS, "threads": options.threads, "sampler": measured}))


def _measure(n: int) -> dict[str, float]:
    from sermi import SermiSampler

    rng = np.random.default_rng(0)
    y, group = rng.integers(0, CLASSES, n), rng.integers(0, GROUPS, n)
    # components with the spectrum of an embedding, emotions and voices among them
    directions = rng.normal(size=(200, COLUMNS)).astype(np.float32)
    weight = np.float32(3.0) / np.sqrt(np.arange(1, 201, dtype=np.float32))
    place = rng.normal(size=(CLASSES, 200))[y] * 0.4 + rng.normal(size=(GROUPS, 200))[group] * 0.5
    x = np.empty((n, COLUMNS), dtype=np.float32)
    for start in range(0, n, 500):
        part = slice(start, min(start + 500, n))
        h = (place[part] + rng.normal(size=place[part].shape)).astype(np.float32)
        x[part] = (h * weight) @ directions + rng.standard_normal(x[part].shape, dtype=np.float32)
    SermiSampler(steps=1, random_state=0).fit_resample(x[:64, :200], y[:64] % 2, groups=group[:64])  # imports
    before, start_s, start_cpu_s = _peak(), time.perf_counter(), time.process_time()
    resampled, _ = SermiSampler(random_state=0).fit_resample(x, y, groups=group)
    seconds, cpu_seconds = time.perf_counter() - start_s, time.process_time() - start_cpu_s
    return {
        "rows": n,
        "generated": len(resampled) - n,
        "s": round(seconds, 1),
        "cpu_s": round(cpu_seconds, 1),
        "mb": round((_peak() - before) / 2**20),
        "times_input": round((_peak() - before) / x.nbytes, 2),
    }


def _peak() -> int:
    """Bytes that were resident at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
