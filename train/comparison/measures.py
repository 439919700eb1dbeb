"""What is measured of the generated set of a comparison's row: information and quality, each beside what real data reaches."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import numpy as np

from sermi.features import Features
from sermi.mi import PairInformation
from sermi.mi.discriminant import pair_information_by_emotion, speaker_disjoint_information
from sermi.quality import QualityError, Scored, measure_quality
from train.comparison.tasks import ComparisonTask

_log = logging.getLogger(__name__)

MAX_MEASURED = 4_000
"""Generated samples that are measured; more change no figure and cost time."""
N_DEALS = 8
"""Groups that generated samples are dealt to in place of speakers: about as many as a corpus has in an inner fold."""


def measures(task: ComparisonTask, generated: Features) -> dict[str, float]:
    """Columns of a row.

    Where nothing was generated, as for `none`, the information of the real training rows is measured, by speaker.

    Args:
        task: Its training and test rows are what quality is measured against.
        generated: What an augmenter generated for it.

    Returns:
        information: I(c; ĥ) by a fresh critic, nats. text_information: I(c; t̂) likewise.
        pair_information: I(ĥ; t̂) by a fresh bilinear critic, nats; with _by_emotion, by the critic that looks for the
        emotion alone.
        Each measure of quality, beside `NAME_real`, what real data of other speakers reaches.
    """
    if not len(generated):
        return _information(task.train, task.train.speaker, task.seed)
    rng = np.random.default_rng(task.seed)
    rows = rng.choice(len(generated), min(MAX_MEASURED, len(generated)), replace=False)
    t = None if generated.t is None else generated.t[rows].astype(np.float64)
    drawn = Features(generated.h[rows].astype(np.float64), generated.c[rows], generated.speaker[rows], t)
    # generated samples have no speakers: any split holds some out
    row = _information(drawn, rng.integers(N_DEALS, size=len(rows)), task.seed)
    for name, scored in _quality(task, drawn).items():
        row |= {name: round(scored.value, 4), f"{name}_real": round(scored.real, 4)}
    return row


def _quality(task: ComparisonTask, generated: Features) -> Mapping[str, Scored]:
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
    row = {"information": speaker_disjoint_information(h, c, groups, seed=seed)}
    if t is not None:
        critic = PairInformation(critic="bilinear", control=False, seed=seed)
        row["text_information"] = speaker_disjoint_information(t, c, groups, seed=seed)
        row["pair_information"] = critic.estimate(h, t, groups).value
        row["pair_information_by_emotion"] = pair_information_by_emotion(h, t, c, groups=groups, seed=seed)
    return {name: round(value, 3) for name, value in row.items()}
