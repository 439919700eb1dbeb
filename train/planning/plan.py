"""`python -m train plan`: what a long run will take, before it starts.

Recordings are counted and measured by their headers; the encoder is timed on some of them, the fits on a few simulated features
of the same shape, here and now. What was timed at its full size is called measured, what was timed on less scaled; each has a
range.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sermi.encoders import MINILM, MOONSHINE
from sermi.errors import SermiError
from sermi.frontend import FrontendConfig
from sermi.labels import class_set
from train.comparison.augmenters import REGISTRY, AugmenterSpec
from train.comparison.choice import N_INNER_FOLDS
from train.comparison.evaluate import N_VIEWS
from train.comparison.references import REFERENCES
from train.comparison.settings import SETTINGS
from train.comparison.tasks import FEATURE_DIM, TEXT_FEATURE_DIM, comparison_frontend
from train.embeddings.finetune_config import check_encoder
from train.planning import steps, timings
from train.planning.steps import Step
from train.planning.workload import Workload, count_recordings, declared_workload
from train.protocols import PROTOCOLS, Protocol, protocol
from train.recogniser.discriminant import MAX_PCA_ROWS
from train.recogniser.selection import N_INNER_FOLDS as N_SPEAKER_FOLDS

N_TIMED_CLIPS = 24
MAX_FITTED = 300
"""Rows of the fits that are timed."""
_PROCESS_BYTES = 500_000_000
"""What a process takes before it has any data."""


@dataclass(frozen=True, kw_only=True)
class PlanRequest:
    """A run of `compare`, or of `evaluate` for a protocol that compares nothing.

    Raises SermiError for options that don't fit together, or names that don't exist.
    """

    protocol: str
    data: Path | None = None
    """Folder of the corpora; None with `recordings` and `hours`."""
    audio_encoder: str = MOONSHINE
    text_encoder: str | None = None
    seeds: int = 5
    """How many."""
    augmenters: tuple[str, ...] = ("all",)
    device: str | None = None
    """Of the encoder; None where it may choose."""
    finetune: str | None = None
    """lora:RANK or layers:NUMBER; None for the encoder as it is."""
    precision: str = "float32"
    workers: int = 1
    """Processes for the fits."""
    recordings: int | None = None
    hours: float | None = None
    splits: int | None = None
    """Repeated splits in place of the protocol's own folds."""

    def __post_init__(self) -> None:
        if self.protocol not in {*SETTINGS, *PROTOCOLS}:
            names = dict.fromkeys((*SETTINGS, *PROTOCOLS))
            raise SermiError(f"'{self.protocol}' is not a protocol; use one of {', '.join(names)}.")
        declared = [value for value in (self.recordings, self.hours) if value is not None]
        if len(declared) != (2 if self.data is None else 0):
            raise SermiError("Give either --data, or both --recordings and --hours where the data isn't here.")
        if self.recordings is not None and self.hours is not None and not (self.recordings >= 100 and self.hours > 0):
            raise SermiError("--recordings should be at least 100 and --hours more than 0.")
        if "all" not in self.augmenters:
            for name in self.augmenters:
                AugmenterSpec.parse(name)
        if self.finetune is not None:
            check_encoder(self.audio_encoder)

    @property
    def compares(self) -> bool:
        """Whether `compare` runs it."""
        return self.protocol in SETTINGS

    @property
    def source(self) -> Protocol:
        """The protocol whose folds it uses."""
        return protocol(SETTINGS[self.protocol].protocol if self.compares else self.protocol)

    @property
    def class_set(self) -> str:
        """Its classes."""
        return (self.compares and SETTINGS[self.protocol].classes) or self.source.class_set

    @property
    def words_encoder(self) -> str | None:
        """Of text; None for the voice alone."""
        return self.text_encoder or (MINILM if self.compares and SETTINGS[self.protocol].paired else None)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the augmenters; none where nothing is compared."""
        if not self.compares:
            return ()
        return tuple(dict.fromkeys(REGISTRY if "all" in self.augmenters else self.augmenters))

    @property
    def passes(self) -> int:
        """Views of each recording that are embedded, itself included."""
        return 1 if self.compares else 1 + N_VIEWS

    def workload(self) -> Workload:
        """What there is to work on. Raises SermiError for missing data."""
        if self.recordings is not None and self.hours is not None:
            return declared_workload(self.source, self.recordings, self.hours, self.splits)
        return count_recordings(self.source, self.data or Path(), class_set(self.class_set), self.splits)


@dataclass(frozen=True)
class Plan:
    """What a run will take."""

    what: str
    """The run, in words."""
    steps: tuple[Step, ...]
    rows: int
    """Of the result's table."""
    disk: int
    """Bytes of the features."""
    memory: int
    """Bytes at the most."""
    memory_rests_on: str
    """Which part needs the most."""
    device_memory: int = 0
    """Bytes at the most on the GPU."""

    @property
    def total(self) -> Step:
        """All steps."""
        seconds, low, high = (sum(getattr(step, name) for step in self.steps) for name in ("seconds", "low", "high"))
        return Step(
            name="total",
            seconds=seconds,
            low=low,
            high=high,
            rests_on="cores that do nothing else, and nothing cached yet",
        )

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "total": asdict(self.total)}


def estimate(request: PlanRequest) -> Plan:
    """Estimate a run. Raises SermiError for missing data, an encoder that can't be loaded, or a device that isn't here."""
    _check_device(request.device)
    workload = request.workload()
    n_folds, n_runs = len(workload.folds), len(workload.folds) * request.seeds
    fits = _time_fits(request, workload) if request.compares else None
    rate = _time_encoding(request, workload)
    processes = 1 if rate.device_memory else _processes(request.audio_encoder)
    parts = steps.encoding_steps(workload, rate, finetune=request.finetune, passes=request.passes, workers=processes)
    floats = workload.recordings * request.passes * rate.dim * (1 if request.finetune is None else n_folds)
    if request.words_encoder is not None:
        step, text_dim = steps.text_step(request.words_encoder, workload)
        parts.append(step)
        floats += workload.recordings * text_dim
    if fits is not None:
        parts += _fit_steps(request, workload, fits)
    rows_projected = workload.n_train * request.passes
    name, times = ("projections", n_runs) if request.compares else ("fits", n_runs * _fits_per_run(request.source))
    parts.append(steps.projection_step(name, rows=rows_projected, dim=rate.dim, times=times))
    needs = {
        "encoding": processes * rate.memory,
        "projections": 4 * rate.dim * rows_projected + 16 * rate.dim * min(rows_projected, MAX_PCA_ROWS) + rate.memory,
        "fits": _fit_memory(request, workload, fits),
    }
    most = max(needs, key=needs.__getitem__)
    rows = n_runs * (1 + len(REFERENCES) + len(request.names)) if request.compares else n_runs
    return Plan(
        what=_describe(request, workload, rows),
        steps=tuple(parts),
        rows=rows,
        disk=4 * floats,
        memory=needs[most],
        memory_rests_on=most,
        device_memory=rate.device_memory,
    )


def _check_device(device: str | None) -> None:
    if device is None or device == "cpu":
        return
    import torch

    if not device.startswith("cuda"):
        raise SermiError(f"'{device}' is not a device; give cpu, cuda or cuda:N.")
    if not torch.cuda.is_available():
        raise SermiError("There is no CUDA device here; run this on the machine that has one, or give --device cpu.")


def _processes(encoder: str) -> int:
    """How many embed recordings on a CPU: one a core, at most four copies of a large encoder."""
    cores = os.cpu_count() or 1
    return cores if encoder == MOONSHINE else min(4, cores)


def _time_fits(request: PlanRequest, workload: Workload) -> timings.Fits:
    return timings.fits(
        request.names,
        n=min(workload.n_train, MAX_FITTED),
        dim=FEATURE_DIM,
        text_dim=TEXT_FEATURE_DIM if request.words_encoder else 0,
        n_classes=len(class_set(request.class_set)),
    )


def _time_encoding(request: PlanRequest, workload: Workload) -> timings.Encoding:
    """On recordings drawn at random, or on noise as long as they are on average."""
    frontend = FrontendConfig(encoder=request.audio_encoder, precision=request.precision)
    if request.compares:
        frontend = comparison_frontend(request.audio_encoder, request.precision)
    order = np.random.default_rng(0).permutation(len(workload.paths))[:N_TIMED_CLIPS]
    clips = [workload.paths[i] for i in order] or [None] * N_TIMED_CLIPS
    noise_s = min(20.0, max(2.0, 3600 * workload.hours / workload.recordings))
    return timings.encoding(frontend, clips, device=request.device, noise_s=noise_s)


def _fit_steps(request: PlanRequest, workload: Workload, fits: timings.Fits) -> list[Step]:
    """Of a comparison."""
    n_folds, n_runs = len(workload.folds), len(workload.folds) * request.seeds
    has_development_set = all(fold.validation is not None for fold in workload.folds.values())
    return steps.fit_steps(
        fits,
        request.names,
        n_train=workload.n_train,
        n_runs=n_runs,
        n_draws=n_runs if SETTINGS[request.protocol].drawn else n_folds,
        n_inner_folds=1 if has_development_set else N_INNER_FOLDS,
        workers=request.workers,
    )


def _fits_per_run(source: Protocol) -> int:
    """Of a run of `evaluate`: one on everything, and one for each inner fold, of speakers or of corpora."""
    return 1 + (N_SPEAKER_FOLDS if len(source.corpora) == 1 else len(source.corpora) - 1)


def _fit_memory(request: PlanRequest, workload: Workload, fits: timings.Fits | None) -> int:
    """Bytes of the fits and of all tasks' features."""
    per_process = 0 if fits is None else round(fits.memory * workload.n_train / fits.n)
    n_runs = len(workload.folds) * request.seeds
    return request.workers * (per_process + _PROCESS_BYTES) + 4 * workload.recordings * FEATURE_DIM * n_runs


def _describe(request: PlanRequest, workload: Workload, rows: int) -> str:
    return (
        f"{request.protocol}: {workload.recordings:,} recordings, {workload.hours:.2f} h ({workload.rests_on}); "
        f"{len(workload.folds)} folds of about {workload.n_train:,} training recordings, {request.seeds} seeds, {rows:,} rows"
    )


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
