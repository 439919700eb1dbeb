"""Fine-tuning of a pre-trained speech encoder as part of stage A: its last layers, or low-rank updates of all of them.

The encoder's hidden states are averaged over time and read by a linear head, trained with class-balanced cross-entropy
on training recordings alone; the epoch that does best on speakers held out of these is kept. Low-rank updates (LoRA, Hu
et al., ICLR 2022) are merged into the weights at the end. What comes out is a folder like any other encoder's, and is
used as one.

An epoch is the unit of a run: its order is drawn from its number, AdamW starts anew with it, and what it learnt is on
disk when it ends. So a run that is stopped goes on at the epoch that it was in, to the same end.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sermi import audio
from sermi.audio import SAMPLE_RATE
from sermi.errors import EncoderError
from sermi.normalise import normalise
from sermi.outputs import write_atomic
from sermi.stats.calibration import balanced_weights
from sermi.stats.folds import speaker_folds
from train.embeddings.finetune_config import FinetuneConfig, check_encoder
from train.metrics import UA

if TYPE_CHECKING:
    from train.embeddings.finetune_model import TunedEncoder

MAX_SECONDS = 12.0
"""Of a recording that are used for training; longer ones cost memory by the square."""
_RECORD = "finetune.json"
_TRAINING = "training"
"""Folder of what epochs have learnt, until the run is finished."""


def is_fine_tuned(encoder: str) -> bool:
    """Whether an encoder, or one of several joined by +, is a folder that `finetuned` wrote."""
    return any((Path(name) / _RECORD).is_file() for name in encoder.split("+"))


def finetuned(
    encoder: str,
    paths: Sequence[str],
    c: np.ndarray,
    *,
    speaker: np.ndarray,
    n_classes: int,
    config: FinetuneConfig,
    out: Path,
) -> Path:
    """Fine-tune an encoder on recordings, and write it into a folder.

    A finished folder of the same encoder, recordings and settings is returned at once; an unfinished run goes on.

    Args:
        encoder: hub id or folder.
        paths: of N recordings.
        c: (N,) emotion codes.
        speaker: (N,) names; about a fifth of them choose the epoch.
        n_classes: K.
        config: how.
        out: the folder.

    Returns:
        `out`, which holds config.json, preprocessor_config.json and model.safetensors, and finetune.json, which says
        what was trained and how well each epoch did.

    Raises:
        EncoderError: the encoder can't be fine-tuned, or `out` holds something else.
    """
    check_encoder(encoder)
    digest = _digest(encoder, paths, c, n_classes=n_classes, config=config)
    record = _read(out / _RECORD)
    if record and record.get("of") != digest:
        raise EncoderError(f"'{out}' holds an encoder that was fine-tuned otherwise; give another folder.")
    if not record.get("finished"):
        from train.embeddings.finetune_model import TunedEncoder

        model = TunedEncoder(encoder, n_classes, config)
        start = {"of": digest, "encoder": encoder, **asdict(config), **model.counts(), "epochs_done": []}
        recordings = _Recordings([_clip(path) for path in paths], c, _held_out(speaker, config.seed))
        _run(model, recordings, record or start, out)
    shutil.rmtree(out / _TRAINING, ignore_errors=True)
    return out


def _kept(out: Path, epoch: int) -> Path:
    """What was learnt when an epoch ended."""
    return out / _TRAINING / f"epoch-{epoch}.safetensors"


def _drop_all_but(out: Path, epochs: set[int]) -> None:
    for path in (out / _TRAINING).glob("epoch-*.safetensors"):
        if path not in {_kept(out, epoch) for epoch in epochs}:
            path.unlink(missing_ok=True)


@dataclass(frozen=True)
class _Recordings:
    """What an encoder is fine-tuned on."""

    clips: list[np.ndarray]
    """N waveforms (samples,)."""
    c: np.ndarray
    """(N,) emotion codes."""
    held_out: np.ndarray
    """(N,) bool, the rows that choose the epoch."""


def _run(model: TunedEncoder, recordings: _Recordings, record: dict[str, Any], out: Path) -> None:
    """All epochs that the record lacks, each kept as it ends; then the best one as an encoder."""
    from accelerate import Accelerator

    accelerator = Accelerator()
    if record["epochs_done"]:
        model.restore(_kept(out, len(record["epochs_done"]) - 1))
    for epoch in range(len(record["epochs_done"]), model.config.epochs):
        loss = _train(model, accelerator, recordings, epoch)
        record["epochs_done"].append({"loss": round(loss, 4), "inner_UA": _inner_ua(model, recordings)})
        if accelerator.is_main_process:
            # the record counts: what is kept of an epoch that it lacks is written again
            model.keep(_kept(out, epoch))
            write_atomic(out / _RECORD, json.dumps(record, indent=1).encode())
            _drop_all_but(out, {epoch, _best(record["epochs_done"])})
        accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        model.restore(_kept(out, _best(record["epochs_done"])))
        model.save(out)
        write_atomic(out / _RECORD, json.dumps({**record, "finished": True}, indent=1).encode())
    accelerator.wait_for_everyone()


def _train(model: TunedEncoder, accelerator: Any, recordings: _Recordings, epoch: int) -> float:
    """One epoch. Returns the mean loss."""
    import torch
    from torch.nn.functional import cross_entropy

    config, clips, c, weights = model.config, recordings.clips, recordings.c, balanced_weights(recordings.c)
    rng = np.random.default_rng([config.seed, epoch])
    batches = list(_batches(np.flatnonzero(~recordings.held_out), clips, config.batch_s, rng))
    own = batches[accelerator.process_index :: accelerator.num_processes]
    own = own[: len(batches) // accelerator.num_processes] or batches[:1]  # as many in every process
    with torch.random.fork_rng():
        torch.manual_seed(config.seed * 1_000 + epoch)
        optimiser = torch.optim.AdamW(model.trainable(), lr=config.learning_rate)
        rise = max(1, round(config.warm_up * len(own)))
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: min(1.0, (step + 1) / rise))
        network, optimiser = accelerator.prepare(model.network.train(), optimiser)
        losses = []
        for rows in own:
            scores = network(**model.inputs([clips[i] for i in rows], accelerator.device))
            y = torch.from_numpy(c[rows]).long().to(scores.device)
            w = torch.from_numpy(weights[rows]).float().to(scores.device)
            loss = (w * cross_entropy(scores.float(), y, reduction="none")).mean()
            optimiser.zero_grad()
            accelerator.backward(loss)
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
        model.network = accelerator.unwrap_model(network).eval()
    return float(np.mean(losses))


def _inner_ua(model: TunedEncoder, recordings: _Recordings) -> float | None:
    """UA on the rows that choose the epoch; None where there are none."""
    rows = np.flatnonzero(recordings.held_out)
    if not len(rows):
        return None
    predicted = np.concatenate([model.predict(recordings.clips[i]) for i in rows])
    return round(UA(recordings.c[rows], predicted, model.n_classes), 4)


def _batches(
    rows: np.ndarray, clips: Sequence[np.ndarray], batch_s: float, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Rows of like length together, in random order of batches."""
    # no two epochs have the same batches
    lengths = np.array([len(clips[i]) for i in rows]) * rng.uniform(0.9, 1.1, len(rows))
    ordered = rows[np.argsort(lengths, kind="stable")]
    batches: list[np.ndarray] = []
    batch: list[int] = []
    longest = 0
    for i in ordered:
        longest = max(longest, len(clips[i]))
        if batch and longest * (len(batch) + 1) > batch_s * SAMPLE_RATE:
            batches.append(np.array(batch))
            batch, longest = [], len(clips[i])
        batch.append(i)
    batches += [np.array(batch)] if batch else []
    for number in rng.permutation(len(batches)):
        yield batches[number]


def _clip(path: str) -> np.ndarray:
    waveform = normalise(audio.read(path, audio.FIRST_MINUTE).waveform).waveform
    return waveform[: round(MAX_SECONDS * SAMPLE_RATE)].astype(np.float32)


def _held_out(speaker: np.ndarray, seed: int) -> np.ndarray:
    """Rows (N,) of about a fifth of the speakers; none of a single speaker's."""
    n_speakers = len(np.unique(speaker))
    if n_speakers < 2:
        return np.zeros(len(speaker), bool)
    return next(speaker_folds(speaker, min(5, n_speakers), seed))


def _best(epochs: Sequence[dict[str, Any]]) -> int:
    """The epoch with the best inner UA, the earlier of equals; the last where there is none."""
    recalls = [epoch["inner_UA"] for epoch in epochs]
    return len(epochs) - 1 if None in recalls else int(np.argmax(recalls))


def _digest(encoder: str, paths: Sequence[str], c: np.ndarray, *, n_classes: int, config: FinetuneConfig) -> str:
    digest = hashlib.sha256(json.dumps([encoder, n_classes, asdict(config), c.tolist()]).encode())
    for path in paths:
        with Path(path).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _read(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
