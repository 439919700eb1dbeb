"""`python -m benchmarks.pretrained --data DATA`: what a pre-trained encoder of full size costs, on 100 clips of RAVDESS.

A wav2vec 2.0 of wav2vec2-base's size is made with random weights, so nothing is fetched and no UA means anything. `evaluate`
and `compare` are run for real on four or five clips of each actor; an encoder of the embedded one's size is fine-tuned for one
epoch. Times are ratios to the same clips' features from the embedded encoder, in the same run. One JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BASE: dict[str, int] = {}
TINY = {"hidden_size": 288, "num_hidden_layers": 6, "num_attention_heads": 8, "intermediate_size": 1152}
"""Of the embedded encoder."""
N_CLIPS = 100


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="Folder that holds one folder a corpus.")
    source = parser.parse_args().data / "ravdess"
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        n = _subset(source, folder / "data" / "ravdess")
        base, tiny = _encoder(folder / "base", BASE), _encoder(folder / "tiny", TINY)
        corpus = ["--corpus", f"ravdess={folder / 'data' / 'ravdess'}"]
        protocol = ["ravdess", "--data", str(folder / "data"), "--seeds", "1"]
        some = ["--augmenters", "gaussian,sermi-match:steps=3"]
        tune = [*corpus, "--classes", "ravdess8", "--audio-encoder", tiny, "--epochs", "1"]
        seconds = {
            "features, embedded": _run(folder, "features", *corpus),
            "features, base size": _run(folder, "features", *corpus, "--audio-encoder", base),
            "features, embedded size": _run(folder, "features", *corpus, "--audio-encoder", tiny),
            "evaluate, base size": _run(
                folder, "evaluate", *protocol, "--views", "0", "--audio-encoder", base, "--out", str(folder / "e.json")
            ),
            "compare, base size": _run(
                folder, "compare", *protocol, *some, "--audio-encoder", base, "--out", str(folder / "compare")
            ),
            "finetune lora:8": _run(folder, "finetune", *tune, "--method", "lora:8", "--out", str(folder / "lora")),
            "finetune layers:2": _run(folder, "finetune", *tune, "--method", "layers:2", "--out", str(folder / "last")),
        }
        trained = {
            name: json.loads((folder / name / "finetune.json").read_text())["trained"] for name in ("lora", "last")
        }
    unit = seconds["features, embedded"]
    report = {
        "clips": n,
        "features_embedded_s": round(unit, 1),
        "ratio": {name: round(value / unit, 2) for name, value in seconds.items()},
        "trained_parameters": trained,
        "largest_process_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
    }
    print(json.dumps(report))


def _run(folder: Path, *arguments: str) -> float:
    """Seconds of `python -m train ...` with a cache of its own."""
    environment = {**os.environ, "SERMI_CACHE": str(folder / "cache"), "HF_HUB_OFFLINE": "1"}
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "train", *arguments], env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(arguments)}: {done.stderr[-2_000:]}")
    return time.perf_counter() - start


def _subset(source: Path, folder: Path) -> int:
    """Links to as many clips of each actor, of as many emotions as may be."""
    folder.mkdir(parents=True)
    by_actor: dict[str, list[Path]] = {}
    for path in sorted(source.rglob("03-01-*")):
        by_actor.setdefault(path.stem[-2:], []).append(path)
    for number, paths in enumerate(by_actor.values()):
        n, one_more = divmod(N_CLIPS, len(by_actor))
        n += number < one_more
        step = len(paths) // n
        for take in range(n):
            path = paths[(take * step + number * 8) % len(paths)]
            (folder / path.name).symlink_to(path.resolve())
    return len(list(folder.iterdir()))


def _encoder(folder: Path, size: dict[str, int]) -> str:
    import torch
    import transformers

    torch.manual_seed(0)
    transformers.Wav2Vec2Model(transformers.Wav2Vec2Config(**size)).save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor(do_normalize=True, return_attention_mask=False).save_pretrained(folder)
    return str(folder)


if __name__ == "__main__":
    main()
