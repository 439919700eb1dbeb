"""The parts of a long run, each with what it will take, from timings of less."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from train.comparison.augmenters import RATIO, AugmenterSpec
from train.comparison.tasks import FEATURE_DIM
from train.planning import timings
from train.planning.workload import Workload
from train.recogniser.discriminant import MAX_PCA_ROWS

N_TIMED_TEXTS = 64
MAX_PROJECTED = 400
"""Rows of a projection that is timed."""
MEASURED, SCALED = 1.3, 2.0
"""A run took up to this many times as long, or as short, as what was timed at full size, and on less."""
BACKWARD = 3.0
"""Passes forward that one step of training costs: forward, and backward about twice that."""
WIDENED = 2.5
"""What choices take beside the grid alone, because grids are widened: 1.4 to 3.5 on a split of RAVDESS."""
_SENTENCE = "a sentence of about a dozen words, as people say them to each other"


@dataclass(frozen=True)
class Step:
    """A part of the run."""

    name: str
    seconds: float
    """Expected."""
    low: float
    high: float
    """Its range."""
    rests_on: str
    """What was timed."""


def encoding_steps(
    workload: Workload, rate: timings.Encoding, *, finetune: str | None, passes: int, workers: int
) -> list[Step]:
    """Embedding the recordings, and before that, fine-tuning the encoder.

    Args:
        workload: What there is to embed.
        rate: What the front end takes.
        finetune: lora:RANK or layers:NUMBER, in each fold; None for the encoder as it is.
        passes: Views of each recording, itself included.
        workers: Processes.
    """
    speech = 3600 * workload.hours * passes / workers
    times = 1 if finetune is None else len(workload.folds)
    seconds, low, high = (
        times * speech * factor for factor in (rate.seconds, rate.low / MEASURED, rate.high * MEASURED)
    )
    clips = "clips" if workload.paths else "pieces of noise"
    rests_on = f"measured here: {rate.clips} {clips}, {workers} process{'es' * (workers > 1)}"
    embedding = Step("audio embeddings", seconds, low=low, high=high, rests_on=rests_on)
    if finetune is None:
        return [embedding]
    from train.embeddings.finetune_config import FinetuneConfig

    epochs = FinetuneConfig.parse(finetune).epochs
    hours = times * workload.hours * workload.n_train / workload.recordings
    training = BACKWARD * epochs * 3600 * hours * rate.seconds
    if not rate.device_memory:
        training /= os.cpu_count() or 1
    return [_step("fine-tuning", training, SCALED, f"{BACKWARD:.0f} passes forward a step, {epochs} epochs"), embedding]


def text_step(encoder: str, workload: Workload) -> tuple[Step, int]:
    """Embedding the words of all recordings, and Db."""
    texts = workload.texts[:N_TIMED_TEXTS] or (_SENTENCE,) * (N_TIMED_TEXTS // 2)
    seconds, dim = timings.words(encoder, texts)
    return _step("text embeddings", seconds * workload.recordings, SCALED, f"{len(texts)} texts"), dim


def projection_step(name: str, *, rows: int, dim: int, times: int) -> Step:
    """Fitting a -> h on `rows` embeddings of Da = `dim` so many times."""
    fitted = min(rows, MAX_PCA_ROWS)
    timed = min(fitted, MAX_PROJECTED)
    seconds = timings.projection(timed, dim, FEATURE_DIM) * fitted / timed
    factor = MEASURED if timed == rows else SCALED
    return _step(name, times * seconds, factor, f"{times} of {timed} rows by {dim:,}")


def fit_steps(
    fits: timings.Fits,
    names: Sequence[str],
    *,
    n_train: int,
    n_runs: int,
    n_draws: int,
    n_inner_folds: int,
    workers: int,
) -> list[Step]:
    """Choices of settings, references and rows. Last layers grow with the rows; a generator's training steps don't.

    Args:
        fits: What fits take on fewer rows.
        names: Of the augmenters, all of them in `fits`.
        n_train: Training rows of a run.
        n_runs: Folds times seeds.
        n_draws: Sets of training rows; settings are chosen once for each.
        n_inner_folds: Validation splits in each; 1 for a development set, which leaves all rows to train on.
        workers: Processes.
    """
    growth = n_train / fits.n
    inner_growth = growth * ((n_inner_folds - 1) / n_inner_folds if n_inner_folds > 1 else 1)
    real_share = 1 / (1 + RATIO)  # of the rows that a last layer is timed on
    choosing, filling = fits.layers * real_share * inner_growth * n_inner_folds, fits.layer * real_share * growth
    for name in names:
        n_scales = len(AugmenterSpec.parse(name).noise_scales)
        sampling = (fits.draw + fits.layers) * inner_growth * n_scales
        choosing += WIDENED * n_inner_folds * sum(seconds + sampling for seconds in fits.settings[name])
        filling += float(np.mean(fits.settings[name])) + (fits.draw + fits.layer) * growth + fits.measures
    # timed with one inner fold: three or four settings on it, and one fit on everything
    references = sum(fits.references.values()) * growth * (1 + 0.8 * (n_inner_folds - 1))
    factor, rests_on = (MEASURED, "full size") if n_train == fits.n else (SCALED, f"{fits.n:,} simulated rows")
    jobs = {"choices of settings": n_draws * choosing, "references": n_draws * references, "rows": n_runs * filling}
    return [_step(name, seconds / workers, factor, rests_on) for name, seconds in jobs.items()]


def _step(name: str, seconds: float, factor: float, rests_on: str) -> Step:
    kind = "measured here" if factor == MEASURED else "scaled"
    return Step(name, seconds, low=seconds / factor, high=seconds * factor, rests_on=f"{kind}: {rests_on}")
