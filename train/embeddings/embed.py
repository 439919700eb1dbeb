"""Audio and text embeddings of whole corpora, kept on disk by content.

A row's key is the digest of the audio file, the front end's fingerprint and the view's number and seed, so a second run
reads it, an interrupted run goes on where it was, and a changed encoder or file never meets an old row. Clips are
embedded in batches of like length, which depend on the list of files alone: however many processes share them, they
write the same shards.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from sermi import audio
from sermi.cache import cache_dir, checked
from sermi.encoders import MOONSHINE, TextEncoder
from sermi.errors import SermiError
from sermi.frontend import AudioFrontend, FrontendConfig
from train.embeddings import launch, views
from train.embeddings.shards import DamagedShardError, Shards, write_shard

_MAX_COPIES = 4
"""Of a pre-trained encoder in the memory, where it runs on a CPU."""
_FEW_CLIPS = 1_000
"""Up to here, loading copies of a pre-trained encoder costs more than they save."""
_TEXT_BLOCK = 2_048
"""Texts in a file of the cache."""
_log = logging.getLogger(__name__)
BATCH_CLIPS = 32
_BATCH_BYTES = 8 * 2**20
"""Of audio files: about four minutes of 16-bit speech at 16 kHz."""


@dataclass(frozen=True)
class _Clip:
    """One file."""

    path: str
    size: int
    """Bytes."""
    keys: tuple[str, ...]
    """Of its rows, the recording's own first."""


@dataclass(frozen=True)
class _Job:
    """A batch to embed, in whatever process."""

    config: FrontendConfig
    clips: list[_Clip]
    seed: int
    """Of the views."""
    done: set[str]
    """Keys of rows that there are already."""


def audio_embeddings(
    paths: Sequence[str], config: FrontendConfig, *, n_views: int = 0, seed: int = 0, workers: int | None = None
) -> np.ndarray:
    """Embeddings a of audio files. Under `accelerate launch` all processes must call this alike.

    Several encoders side by side are embedded one by one, so that each has one cache, whatever it stands beside.

    Args:
        paths: of N files.
        config: of the front end.
        n_views: V, augmented views of each file.
        seed: of the views.
        workers: processes on a CPU; None for as many as pay.

    Returns:
        (N, 1 + V, Da) float32: the recording itself, then its views. Many rows come as a read-only, memory-mapped
        array.

    Raises:
        AudioError: a file, which the message names, can't be read. What was done is kept.
    """
    if len(config.encoders) > 1:
        each = [
            audio_embeddings(paths, part, n_views=n_views, seed=seed, workers=workers)
            for part in config.single_encoders()
        ]
        return np.concatenate(each, axis=-1)
    keys = [key for clip in _clips(paths, n_views, seed) for key in clip.keys]
    while True:
        shards = fill(paths, config, n_views=n_views, seed=seed, workers=workers)[0]
        try:
            return shards.table(keys).reshape(len(paths), 1 + n_views, -1)
        except DamagedShardError as error:
            _log.warning("%s; its rows are embedded anew.", error)


def fill(
    paths: Sequence[str], config: FrontendConfig, *, n_views: int = 0, seed: int = 0, workers: int | None = None
) -> tuple[Shards, int]:
    """Embed what the cache lacks.

    Args:
        paths: of N files.
        config: of the front end, which has one encoder.
        n_views: augmented views of each file.
        seed: of the views.
        workers: processes on a CPU; None for as many as pay.

    Returns:
        The cache's shards, and how many rows were new.

    Raises:
        AudioError: as for `audio_embeddings`.
    """
    frontend = _frontend(config, launch.device())
    shards = Shards(cache_dir("features", frontend.fingerprint))
    launch.meet()  # nobody writes before everybody has seen what there is
    unique = {clip.keys[0]: clip for clip in _clips(paths, n_views, seed)}.values()
    batches = [batch for batch in _batches(unique) if not all(key in shards for clip in batch for key in clip.keys)]
    n_new = sum(key not in shards for batch in batches for clip in batch for key in clip.keys)
    own = batches[launch.rank() :: launch.n_processes()]
    with tqdm(total=sum(map(len, own)), desc="audio embeddings", unit="clip", disable=not own) as progress:
        for n_clips in _run(own, shards, config, seed=seed, workers=workers):
            progress.update(n_clips)
    launch.meet()
    shards.refresh()
    return shards, n_new


def text_embeddings(texts: Sequence[str], encoder: TextEncoder) -> np.ndarray:
    """b of every text, (N, Db) float32, cached in blocks so that an interrupted run resumes."""
    blocks = [list(texts[start : start + _TEXT_BLOCK]) for start in range(0, len(texts), _TEXT_BLOCK)]
    folder = cache_dir("text", encoder.fingerprint)
    names = [hashlib.sha256(chr(0).join(block).encode()).hexdigest()[:32] for block in blocks]
    embedded = []
    for block, name in zip(tqdm(blocks, desc="text embeddings", unit=f"x{_TEXT_BLOCK}", delay=2), names, strict=True):
        path = checked(folder, name, ".npy", partial(_embedded, encoder, block))
        embedded.append(np.load(path, allow_pickle=False))
    return np.concatenate(embedded)


def _embedded(encoder: TextEncoder, texts: Sequence[str]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, encoder.embed(texts), allow_pickle=False)
    return buffer.getvalue()


def _clips(paths: Sequence[str], n_views: int, seed: int) -> list[_Clip]:
    names = ["clean", *(f"view{views.VERSION}.{seed}.{number}" for number in range(n_views))]
    clips = []
    for path in tqdm(paths, desc="checking files", disable=len(paths) < 2_000):
        digest, size = _digest_and_size(path)
        clips.append(_Clip(path, size, tuple(f"{digest}.{name}" for name in names)))
    return clips


def _batches(clips: Iterable[_Clip]) -> Iterator[list[_Clip]]:
    """Clips of like length together, the longest first: what doesn't fit then shows at once."""
    batch: list[_Clip] = []
    for clip in sorted(clips, key=lambda clip: (-clip.size, clip.keys)):
        if batch and (len(batch) == BATCH_CLIPS or sum(c.size for c in batch) + clip.size > _BATCH_BYTES):
            yield batch
            batch = []
        batch.append(clip)
    if batch:
        yield batch


def _run(
    batches: list[list[_Clip]], shards: Shards, config: FrontendConfig, *, seed: int, workers: int | None
) -> Iterator[int]:
    """Embed batches, on a CPU in several processes. Yields the size of each that is done."""
    jobs = [
        _Job(config, batch, seed, done={key for clip in batch for key in clip.keys if key in shards})
        for batch in batches
    ]
    workers = workers or _n_workers(config, sum(map(len, batches)))
    if launch.n_processes() > 1 or workers == 1 or len(jobs) < 3:
        for job in jobs:
            yield _embed(shards.folder, job)
        return
    # "spawn", because a forked copy of ONNX Runtime's or torch's thread pools would hang
    import multiprocessing

    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_embed, [shards.folder] * len(jobs), jobs)


def _n_workers(config: FrontendConfig, n_clips: int) -> int:
    """A process costs some seconds and a copy of the encoder."""
    cores = os.cpu_count() or 1
    if config.encoder == MOONSHINE:
        return cores
    from sermi.encoders.pretrained import pick_device

    return min(cores, _MAX_COPIES) if pick_device() == "cpu" and n_clips > _FEW_CLIPS else 1


def _embed(folder: Path, job: _Job) -> int:
    """Embed the rows of a batch that aren't there, and write them as one shard. Returns the batch's size."""
    keys: list[str] = []
    waveforms: list[np.ndarray] = []
    failure: SermiError | None = None
    for clip in job.clips:
        missing = [(number, key) for number, key in enumerate(clip.keys) if key not in job.done]
        if not missing:
            continue
        try:
            waveform = audio.read(clip.path, audio.FIRST_MINUTE).waveform
        except SermiError as error:
            failure = failure or error
            continue
        content = int.from_bytes(hashlib.sha256(waveform.tobytes()).digest()[:8])
        for number, key in missing:
            rng = np.random.default_rng([job.seed, number - 1, content]) if number else None
            waveforms.append(waveform if rng is None else views.view(waveform, rng))
            keys.append(key)
    if keys:
        with _one_thread():
            write_shard(folder, keys, _frontend(job.config, launch.device()).embed(waveforms))
    if failure is not None:
        raise failure
    return len(job.clips)


@contextmanager
def _one_thread() -> Iterator[None]:
    """On a CPU batches are the parallel dimension; and sums come out alike to the last bit on any number of cores."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@lru_cache(maxsize=1)
def _frontend(config: FrontendConfig, device: str | None) -> AudioFrontend:
    return AudioFrontend(config, device=device)


def _digest_and_size(path: str) -> tuple[str, int]:
    """Of a file's content, in bytes."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32], file.tell()
