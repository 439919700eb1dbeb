"""Audio and text embeddings of whole corpora, kept on disk by content.

A row's key is the digest of the audio file (or text), the front end's fingerprint and the view's number and seed, so a
second run reads it, an interrupted run resumes where it was, and a changed encoder or file never meets an old row.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path

import numpy as np
from tqdm import tqdm

from sermi import audio
from sermi.cache import cache_dir, write_atomic
from sermi.encoders import TextEncoder
from sermi.frontend import AudioFrontend, FrontendConfig
from train import views

_CHUNK = 8
_TEXT_BLOCK = 2_048


def audio_embeddings(
    paths: Sequence[str], config: FrontendConfig, *, n_views: int = 0, seed: int = 0, workers: int | None = None
) -> np.ndarray:
    """a of every file, (N, 1 + n_views, Da) float32: the recording itself, then its augmented views.

    Raises AudioError, which names the file, when one can't be read.
    """
    frontend = AudioFrontend(config)
    folder = cache_dir("features", frontend.fingerprint)
    digests = [_file_digest(path) for path in tqdm(paths, desc="checking files", disable=len(paths) < 2_000)]
    names = ["clean", *(f"view{views.VERSION}.{seed}.{number}" for number in range(n_views))]
    targets = [[_row_path(folder, digest, name) for name in names] for digest in digests]
    jobs = [(path, row, seed) for path, row in zip(paths, targets, strict=True) if not all(t.exists() for t in row)]
    if jobs:
        _run(jobs, config, workers)
    return np.stack([[np.load(target) for target in row] for row in targets])


def text_embeddings(texts: Sequence[str], encoder: TextEncoder) -> np.ndarray:
    """b of every text, (N, Db) float32, cached in blocks so that an interrupted run resumes."""
    blocks = [list(texts[start : start + _TEXT_BLOCK]) for start in range(0, len(texts), _TEXT_BLOCK)]
    folder = cache_dir("text", encoder.fingerprint)
    paths = [folder / f"{hashlib.sha256(chr(0).join(block).encode()).hexdigest()[:32]}.npy" for block in blocks]
    missing = [(block, path) for block, path in zip(blocks, paths, strict=True) if not path.exists()]
    for block, path in tqdm(missing, desc="text embeddings", unit=f"x{_TEXT_BLOCK}", disable=not missing):
        write_atomic(path, _npy(encoder.embed(block)))
    return np.concatenate([np.load(path) for path in paths])


def _run(jobs: list[tuple[str, list[Path], int]], config: FrontendConfig, workers: int | None) -> None:
    workers = workers or os.cpu_count() or 1
    with tqdm(total=len(jobs), desc="audio embeddings", unit="clip", smoothing=0.02) as progress:
        if workers == 1 or len(jobs) < 4 * _CHUNK:
            for job in jobs:
                _embed_one(config, *job)
                progress.update()
            return
        # "spawn", because a forked copy of ONNX Runtime's or torch's thread pools would hang
        import multiprocessing

        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
            for _ in pool.map(_Job(config), jobs, chunksize=_CHUNK):
                progress.update()


class _Job:
    """A picklable call of `_embed_one` (its argument crosses a process boundary, never a file)."""

    def __init__(self, config: FrontendConfig) -> None:
        self._config = config

    def __call__(self, job: tuple[str, list[Path], int]) -> None:
        import torch

        torch.set_num_threads(1)  # one core a process: the clips are the parallel dimension
        _embed_one(self._config, *job)


@lru_cache(maxsize=1)
def _frontend(config: FrontendConfig) -> AudioFrontend:
    return AudioFrontend(config)


def _embed_one(config: FrontendConfig, path: str, targets: list[Path], seed: int) -> None:
    recording = audio.read(path)
    for waveform, target in zip(_views(recording.waveform, targets, seed), targets, strict=True):
        if not target.exists():
            write_atomic(target, _npy(_frontend(config).embed([waveform()])[0]))


def _views(waveform: np.ndarray, targets: list[Path], seed: int) -> Iterator[Callable[[], np.ndarray]]:
    content = int.from_bytes(hashlib.sha256(waveform.tobytes()).digest()[:8])
    yield lambda: waveform
    for number in range(len(targets) - 1):
        yield lambda number=number: views.view(waveform, np.random.default_rng([seed, number, content]))


def _file_digest(path: str) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _row_path(folder: Path, digest: str, name: str) -> Path:
    shard = folder / digest[:2]
    shard.mkdir(exist_ok=True)
    return shard / f"{digest[2:34]}.{name}.npy"


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()
