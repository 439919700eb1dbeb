"""`python -m benchmarks.golden --data DIR --out FOLDER`: what users get, in files that two versions share to the last byte.

For a change that should change nothing: run it before and after (`--root` names the other version's folder), then
`diff -r BEFORE AFTER`. Predictions of 20 clips by each checkpoint, with and without words; 50 generated samples of each
emotion by each generator; the fast benchmark of MI estimators; the first fold of a comparison; and a checkpoint trained on
two corpora. Everything goes through the command line, in processes of one thread, so any version can be asked.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

CORPORA = ("ravdess", "tess", "emodb", "nemo")
CLIPS_PER_CORPUS = 5
CHECKPOINTS = ("open4", "open7")
REGULARISERS = ("match", "maximise", "off")
SENTENCE = "I can't believe it"
AUGMENTERS = ("none", "gaussian", "sermi-match")
N_ROWS = 6
"""Of the first fold: these augmenters and the three references."""


def main() -> None:
    """Write the files of one version."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="Folder that holds one folder a corpus.")
    parser.add_argument("--out", type=Path, required=True, help="Folder to write.")
    parser.add_argument("--root", type=Path, default=Path(), help="Of the version to ask; this one by default.")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS), help="Some of the parts.")
    asked = parser.parse_args()
    data, out = asked.data.resolve(), asked.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    version = Version(asked.root.resolve())
    for name in asked.only:
        start = time.perf_counter()
        PARTS[name](version, data, out)
        print(f"{name}: {time.perf_counter() - start:.0f} s", flush=True)


class Version:
    """A checkout that is asked through its command line."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}

    def start(self, *arguments: str | Path) -> subprocess.Popen[bytes]:
        """A command that is not waited for."""
        command = [sys.executable, "-m", *map(str, arguments)]
        return subprocess.Popen(command, cwd=self.root, env=self.environment, stdout=subprocess.PIPE)

    def run(self, *arguments: str | Path) -> bytes:
        """Standard output of a command that must succeed."""
        running = self.start(*arguments)
        printed, _ = running.communicate()
        if running.returncode:
            sys.exit(f"{' '.join(map(str, arguments))} ended with {running.returncode}")
        return printed


def _clips(data: Path) -> list[Path]:
    """Evenly spaced over each corpus, by name."""
    chosen = []
    for corpus in CORPORA:
        paths = sorted(path for path in (data / corpus).rglob("*") if path.suffix in (".flac", ".ogg", ".wav"))
        chosen += [paths[i * len(paths) // CLIPS_PER_CORPUS] for i in range(CLIPS_PER_CORPUS)]
    return chosen


def _predictions(version: Version, data: Path, out: Path) -> None:
    for name in CHECKPOINTS:
        asked = ("sermi", "predict", *_clips(data), "--json", "--checkpoint", name)
        (out / f"predictions-{name}.jsonl").write_bytes(version.run(*asked))
        (out / f"predictions-{name}-words.jsonl").write_bytes(version.run(*asked, "--text", SENTENCE))


def _samples(version: Version, data: Path, out: Path) -> None:
    for name in CHECKPOINTS:
        for regulariser in REGULARISERS:
            asked = ("sermi", "generate", "--emotion", "all", "--n", "50", "--regulariser", regulariser)
            version.run(*asked, "--checkpoint", name, "--out", out / f"samples-{name}-{regulariser}.csv")
        extra = ("sermi", "generate", "--emotion", "all", "--n", "50", "--checkpoint", name)
        version.run(*extra, "--pairs", "--out", out / f"samples-{name}-pairs.csv")
        version.run(*extra, "--text", SENTENCE, "--out", out / f"samples-{name}-words.csv")


def _mi_benchmark(version: Version, data: Path, out: Path) -> None:
    version.run("sermi", "mi-benchmark", "--fast", "--out", out)


def _comparison(version: Version, data: Path, out: Path) -> None:
    """Ended as soon as the first fold is done: rows are kept as they come."""
    folder = out / "unfinished"
    names = ",".join(AUGMENTERS)
    options = ("--data", data, "--augmenters", names, "--seeds", "1", "--out", folder)
    running = version.start("train", "compare", "ravdess", *options)
    table = folder / "ravdess.csv"
    rows: list[list[str]] = []
    while len(rows) <= N_ROWS and running.poll() is None:
        time.sleep(1)
        rows = list(csv.reader(table.read_text().splitlines())) if table.exists() else []
    running.kill()
    running.wait()
    with (out / "comparison-fold1.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows[: 1 + N_ROWS])
    shutil.rmtree(folder)


def _checkpoint(version: Version, data: Path, out: Path) -> None:
    """Its configuration keeps the command, so both versions must be asked with the same words."""
    corpora = [word for name in ("ravdess", "emodb") for word in ("--corpus", f"{name}={data / name}")]
    folder = Path(os.environ.get("TMPDIR", "/tmp")) / "sermi-golden-checkpoint"
    shutil.rmtree(folder, ignore_errors=True)
    text = ("--text", f"meld={data / 'text' / 'meld'}")
    version.run("train", "fit", *corpora, *text, "--views", "1", "--seed", "0", "--out", folder)
    shutil.copytree(folder, out / "checkpoint", dirs_exist_ok=True)
    shutil.rmtree(folder)


PARTS = {
    "predictions": _predictions,
    "samples": _samples,
    "mi-benchmark": _mi_benchmark,
    "comparison": _comparison,
    "checkpoint": _checkpoint,
}


if __name__ == "__main__":
    main()
