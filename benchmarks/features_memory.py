"""`python -m benchmarks.features_memory`: the memory that features of 20,000 short clips take, from files to one table.

The corpus is made (noise bursts, all different) and a wav2vec 2.0 of random weights and 32 dimensions embeds it, so that what
is measured is the pipeline and not an encoder. Ends with status 1 where the largest process takes 2 GB or more. One JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
import soundfile

LIMIT = 2 * 2**30


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=20_000)
    n = parser.parse_args().clips
    with tempfile.TemporaryDirectory() as folder:
        table, encoder = _corpus(Path(folder) / "clips", n), _encoder(Path(folder) / "encoder")
        command = [sys.executable, "-m", "train", "features", "--corpus", f"csv={table}", "--audio-encoder", encoder]
        environment = {**os.environ, "SERMI_CACHE": folder, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
        start = time.perf_counter()
        running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        largest = tree = 0
        while running.poll() is None:
            sizes = _sizes(running.pid)
            largest, tree = max([largest, *sizes]), max(tree, sum(sizes))
            time.sleep(0.5)
        report = {
            "clips": n,
            "largest_process_mb": round(largest / 2**20),
            "all_processes_mb": round(tree / 2**20),
            "seconds": round(time.perf_counter() - start),
            "status": running.returncode,
        }
    print(json.dumps(report))
    sys.exit(running.returncode or int(largest >= LIMIT))


def _sizes(pid: int) -> list[int]:
    """Resident bytes of a process and its children."""
    try:
        process = psutil.Process(pid)
        return [each.memory_info().rss for each in (process, *process.children(recursive=True))]
    except psutil.Error:
        return []


def _corpus(folder: Path, n: int) -> Path:
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(n):
        soundfile.write(folder / f"{number:05d}.wav", 0.1 * rng.normal(size=rng.integers(3_200, 4_800)), 16_000)
    table = folder / "made.csv"
    table.write_text("path,emotion\n" + "".join(f"{number:05d}.wav,neutral\n" for number in range(n)))
    return table


def _encoder(folder: Path) -> str:
    import torch
    import transformers

    torch.manual_seed(0)
    small = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
    positions = {"num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 2}
    config = transformers.Wav2Vec2Config(**small, **positions, conv_dim=(16,) * 7, vocab_size=20)
    transformers.Wav2Vec2Model(config).save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor(do_normalize=True, return_attention_mask=False).save_pretrained(folder)
    return str(folder)


if __name__ == "__main__":
    main()
