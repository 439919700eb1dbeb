"""`python -m train plan`: what a long run will take, before it starts.

Recordings are counted and measured by their headers; the encoder is timed on some of them, the fits on a few made features of
the same shape, here and now. What was timed at its full size is called measured, what was timed on less scaled; each has a
range.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sermi.encoders import MINILM, MOONSHINE
from sermi.errors import SermiError
from sermi.frontend import FrontendConfig
from sermi.labels import class_set
from train.comparison.augmenters import REGISTRY, augmenter_named
from train.comparison.compare import N_INNER_FOLDS
from train.comparison.evaluate import N_VIEWS
from train.comparison.references import REFERENCES
from train.comparison.tasks import FEATURE_DIM, SETTINGS, TEXT_FEATURE_DIM, comparison_frontend
from train.planning import timings
from train.planning.workload import Extent, found, told
from train.protocols import PROTOCOLS, protocol
from train.recogniser.discriminant import _MAX_PCA_ROWS
from train.recogniser.selection import N_INNER_FOLDS as N_SPEAKER_FOLDS

N_TIMED_CLIPS = 24
N_TIMED_TEXTS = 64
MAX_FITTED = 300
MAX_PROJECTED = 400
MEASURED, SCALED = 1.3, 2.0
"""A run took up to this many times as long, or as short, as what was timed at full size, and on less."""
BACKWARD = 3.0
"""Passes forward that one step of training costs: forward, and backward about twice that."""


@dataclass(frozen=True)
class Request:
    """A run of `compare`, or of `evaluate` for a protocol that compares nothing. data: None with recordings and hours told."""

    protocol: str
    data: Path | None = None
    audio_encoder: str = MOONSHINE
    text_encoder: str | None = None
    seeds: int = 5
    augmenters: tuple[str, ...] = ("all",)
    device: str | None = None
    finetune: str | None = None
    precision: str = "float32"
    workers: int = 1
    recordings: int | None = None
    hours: float | None = None

    def __post_init__(self) -> None:
        if self.protocol not in {*SETTINGS, *PROTOCOLS}:
            known = dict.fromkeys((*SETTINGS, *PROTOCOLS))
            raise SermiError(f"'{self.protocol}' is not a protocol; use one of {', '.join(known)}.")
        told = (self.recordings is not None) + (self.hours is not None)
        if told != (2 if self.data is None else 0):
            raise SermiError("Give either --data, or both --recordings and --hours where the data isn't here.")
        if told and not (self.recordings >= 100 and self.hours > 0):
            raise SermiError("--recordings should be at least 100 and --hours more than 0.")
        if "all" not in self.augmenters:
            for name in self.augmenters:
                augmenter_named(name)
        if self.finetune is not None and self.audio_encoder == MOONSHINE:
            raise SermiError(f"'{MOONSHINE}' can't be fine-tuned; give --audio-encoder a pre-trained one.")


@dataclass(frozen=True)
class Step:
    """A part of the run. seconds: expected; low, high: its range; rests_on: what was timed."""

    name: str
    seconds: float
    low: float
    high: float
    rests_on: str


@dataclass(frozen=True)
class Plan:
    """disk, memory, device_memory: bytes; memory_rests_on: which part needs the most."""

    what: str
    steps: tuple[Step, ...]
    rows: int
    disk: int
    memory: int
    memory_rests_on: str
    device_memory: int = 0

    @property
    def total(self) -> Step:
        """All steps."""
        seconds, low, high = (sum(getattr(step, name) for step in self.steps) for name in ("seconds", "low", "high"))
        return Step("total", seconds, low, high, "cores that do nothing else, and nothing cached yet")

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "total": asdict(self.total)}


def make(request: Request) -> Plan:
    """Estimate a run. Raises SermiError for missing data, an encoder that can't be loaded, or a device that isn't here."""
    _check_device(request.device)
    compares = request.protocol in SETTINGS
    chosen = SETTINGS[request.protocol] if compares else None
    source = protocol(chosen.protocol if chosen else request.protocol)
    classes = class_set((chosen.classes if chosen else None) or source.class_set)
    here = request.data is not None
    extent = found(source, request.data, classes) if here else told(source, request.recordings, request.hours)
    train = int(np.mean([rows.train.sum() for rows in extent.folds.values()]))
    n_runs = len(extent.folds) * request.seeds
    steps, rows = [], n_runs
    fit_memory = 0
    text_encoder = request.text_encoder or (MINILM if chosen and chosen.paired else None)
    if compares:
        names = tuple(dict.fromkeys(REGISTRY if "all" in request.augmenters else request.augmenters))
        text_dim = TEXT_FEATURE_DIM if text_encoder else 0
        fits = timings.fits(names, min(train, MAX_FITTED), FEATURE_DIM, text_dim, len(classes))
        draws = n_runs if chosen.drawn else len(extent.folds)
        has_development = all(fold.validation is not None for fold in extent.folds.values())
        steps += _fit_steps(fits, names, train, n_runs, draws, 1 if has_development else N_INNER_FOLDS, request.workers)
        rows = n_runs * (1 + len(REFERENCES) + len(names))
        fit_memory = round(fits.memory * train / fits.n)
    frontend = comparison_frontend(request.audio_encoder, request.precision) if compares else FrontendConfig()
    passes = 1 if compares else 1 + N_VIEWS
    rng = np.random.default_rng(0)
    clips = [extent.paths[i] for i in rng.permutation(len(extent.paths))[:N_TIMED_CLIPS]] or [None] * N_TIMED_CLIPS
    made_s = min(20.0, max(2.0, 3600 * extent.hours / extent.recordings))
    heard = timings.encoding(frontend, clips, device=request.device, made_s=made_s)
    workers = 1 if heard.device_memory else _processes(request.audio_encoder)
    steps = _encoding_steps(request, extent, heard, passes, workers, train) + steps
    disk = 4 * extent.recordings * passes * heard.dim * (1 if request.finetune is None else len(extent.folds))
    if text_encoder is not None:
        step, dim = _text_step(text_encoder, extent)
        steps.insert(1, step)
        disk += 4 * extent.recordings * dim
    per_run = 1 if compares else 1 + (N_SPEAKER_FOLDS if len(source.corpora) == 1 else len(source.corpora) - 1)
    steps.append(_projection_step(train * passes, heard.dim, n_runs, per_run, "projections" if compares else "fits"))
    needs = {
        "encoding": workers * heard.memory,
        "projections": 4 * heard.dim * passes * train
        + 16 * heard.dim * min(train * passes, _MAX_PCA_ROWS)
        + heard.memory,
        "fits": request.workers * (fit_memory + 500_000_000) + 4 * extent.recordings * FEATURE_DIM * n_runs,
    }
    most = max(needs, key=needs.__getitem__)
    what = (
        f"{request.protocol}: {extent.recordings:,} recordings, {extent.hours:.2f} h ({extent.rests_on}); "
        f"{len(extent.folds)} folds of about {train:,} training recordings, {request.seeds} seeds, {rows:,} rows"
    )
    return Plan(what, tuple(steps), rows, disk, needs[most], most, heard.device_memory)


def _check_device(device: str | None) -> None:
    if device in (None, "cpu"):
        return
    import torch

    if not device.startswith("cuda"):
        raise SermiError(f"'{device}' is not a device; give cpu or cuda.")
    if not torch.cuda.is_available():
        raise SermiError("There is no CUDA device here; run this on the machine that has one, or give --device cpu.")


def _processes(encoder: str) -> int:
    """How many embed recordings on a CPU: one a core, at most four copies of a large encoder."""
    cores = os.cpu_count() or 1
    return cores if encoder == MOONSHINE else min(4, cores)


def _step(name: str, seconds: float, factor: float, rests_on: str) -> Step:
    kind = "measured here" if factor == MEASURED else "scaled"
    return Step(name, seconds, seconds / factor, seconds * factor, f"{kind}: {rests_on}")


def _encoding_steps(
    request: Request, extent: Extent, heard: timings.Encoding, passes: int, workers: int, train: int
) -> list[Step]:
    speech = 3600 * extent.hours * passes / workers
    times = 1 if request.finetune is None else len(extent.folds)
    clips = f"{heard.clips} {'clips' if extent.paths else 'pieces of noise'}, {workers} process{'es' * (workers > 1)}"
    seconds, low, high = (
        times * speech * rate for rate in (heard.seconds, heard.low / MEASURED, heard.high * MEASURED)
    )
    steps = [Step("audio embeddings", seconds, low, high, f"measured here: {clips}")]
    if request.finetune is not None:
        from train.embeddings.finetune_config import FinetuneConfig

        epochs = FinetuneConfig.parse(request.finetune).epochs
        share = times * train / extent.recordings
        training = BACKWARD * epochs * share * 3600 * extent.hours * heard.seconds / (os.cpu_count() or 1)
        if heard.device_memory:
            training *= os.cpu_count() or 1
        steps.insert(
            0, _step("fine-tuning", training, SCALED, f"{BACKWARD:.0f} passes forward a step, {epochs} epochs")
        )
    return steps


def _text_step(encoder: str, extent: Extent) -> tuple[Step, int]:
    texts = (
        extent.texts[:N_TIMED_TEXTS] or ("a sentence of about a dozen words, as people say them to each other",) * 32
    )
    each, dim = timings.words(encoder, texts)
    return _step("text embeddings", each * extent.recordings, SCALED, f"{len(texts)} texts"), dim


def _projection_step(rows: int, dim: int, n_runs: int, per_run: int, name: str) -> Step:
    fitted = min(rows, _MAX_PCA_ROWS)
    timed = min(fitted, MAX_PROJECTED)
    seconds = timings.projection(timed, dim, FEATURE_DIM) * fitted / timed
    factor = MEASURED if timed == rows else SCALED
    return _step(name, n_runs * per_run * seconds, factor, f"{n_runs * per_run} of {timed} rows by {dim:,}")


def _fit_steps(
    fits: timings.Fits, names: Sequence[str], train: int, n_runs: int, draws: int, n_inner: int, workers: int
) -> list[Step]:
    """Choices of settings, rows and references. Last layers grow with the rows; a generator's steps don't."""
    grow = train / fits.n
    inner = grow * ((n_inner - 1) / n_inner if n_inner > 1 else 1)
    choosing, filling = fits.layers / 16 * inner * n_inner, fits.layer / 16 * grow  # of `none`
    for name in names:
        spreads = len(augmenter_named(name).spreads)
        made = (fits.draw + fits.layers) * inner * spreads
        choosing += n_inner * sum(seconds + made for seconds in fits.fit[name])
        filling += float(np.mean(fits.fit[name])) + (fits.draw + fits.layer) * grow + fits.measured
    # timed with one inner fold: three or four settings on it, and one fit on everything
    references = sum(fits.reference.values()) * grow * (1 + 0.8 * (n_inner - 1))
    factor, on = (MEASURED, "full size") if train == fits.n else (SCALED, f"{fits.n:,} made rows")
    jobs = {"choices of settings": draws * choosing, "references": draws * references, "rows": n_runs * filling}
    return [_step(name, seconds / workers, factor, on) for name, seconds in jobs.items()]


def table(plan: Plan) -> str:
    """For people."""
    lines = [plan.what, "", f"{'':22} {'time':>9}  {'range':<19}  rests on"]
    for step in (*plan.steps, plan.total):
        span = f"{_time(step.low)} to {_time(step.high)}"
        lines.append(f"{step.name:22} {_time(step.seconds):>9}  {span:<19}  {step.rests_on}")
    lines += ["", f"{'features on disk':22} {_size(plan.disk):>9}"]
    lines.append(
        f"{'memory at the most':22} {_size(plan.memory):>9}  while {plan.memory_rests_on} run; within a factor of 2"
    )
    if plan.device_memory:
        lines.append(f"{'of the GPU':22} {_size(plan.device_memory):>9}  measured on the timed clips")
    return "\n".join(lines)


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"


def _size(n: int) -> str:
    return f"{n / 1e9:.1f} GB" if n >= 1e9 else f"{n / 1e6:.0f} MB"
