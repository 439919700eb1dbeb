"""What is measured of the generated set of a comparison's row: information and quality, each beside what real data reaches."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import numpy as np

from sermi.features import Features
from sermi.mi import PairInformation
from sermi.mi.discriminant import pair_information_by_emotion, speaker_disjoint_information
from sermi.quality import QualityError, Scored, measure_quality
from train.comparison.tasks import Task

_log = logging.getLogger(__name__)

MAX_MEASURED = 4_000
_N_DEALS = 8


def measures(task: Task, features: np.ndarray, c: np.ndarray) -> dict[str, float]:
    """Columns of a row. features (N + n, d + dt), c (N + n,): the real training rows first, then the generated ones.

    information: I(c; ĥ) by a fresh critic, nats; pair_information: I(ĥ; t̂) by a fresh bilinear critic, and by_emotion by the
    one that looks for the emotion alone. Each quality measure stands beside `NAME_real`, what real data of other speakers
    reaches. Where nothing was generated, as for `none`, the real training rows are measured, by speaker.
    """
    n, d = len(task.train), task.train.h.shape[1]
    if len(c) == n:
        return _information(task.train, task.train.speaker, task.seed)
    rng = np.random.default_rng(task.seed)
    rows = rng.choice(np.arange(n, len(c)), min(MAX_MEASURED, len(c) - n), replace=False)
    t = features[rows, d:].astype(np.float64) if features.shape[1] > d else None
    generated = Features(features[rows, :d].astype(np.float64), c[rows], rows, t)
    # generated samples have no speakers: any split leaves some out
    row = _information(generated, rng.integers(_N_DEALS, size=len(rows)), task.seed)
    for name, scored in _quality(task, generated).items():
        row |= {name: round(scored.value, 4), f"{name}_real": round(scored.real, 4)}
    return row


def _quality(task: Task, generated: Features) -> Mapping[str, Scored]:
    """Nothing where a class has too few real samples to be compared with: the row's UA counts all the same."""
    try:
        return measure_quality(
            generated.h,
            generated.c,
            train=task.train.h,
            train_c=task.train.c,
            held_out=task.test.h,
            held_out_c=task.test.c,
            n_classes=task.n_classes,
            seed=task.seed,
        )
    except QualityError as error:
        _log.info("%s, seed %d: no quality measured. %s", task.fold, task.seed, error)
        return {}


def _information(features: Features, groups: np.ndarray, seed: int) -> dict[str, float]:
    h, t, c = features.h, features.t, features.c
    row = {"information": speaker_disjoint_information(h, c, groups, seed)}
    if t is not None:
        row["text_information"] = speaker_disjoint_information(t, c, groups, seed)
        row["pair_information"] = (
            PairInformation(critic="bilinear", control=False, seed=seed).estimate(h, t, groups).value
        )
        row["pair_information_by_emotion"] = pair_information_by_emotion(h, t, c, groups, seed)
    return {name: round(value, 3) for name, value in row.items()}
