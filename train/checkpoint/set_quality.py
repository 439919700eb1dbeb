"""Verdicts on what a checkpoint's generators make, by all real speech at hand; also for a checkpoint that was made before."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from sermi.checkpoint import Checkpoint
from sermi.errors import CheckpointError
from sermi.models.generator import Generator
from sermi.quality import MEASURES, QualityError, SetVerdict, judge
from train.checkpoint.card import model_card
from train.checkpoint.data import voices_table
from train.checkpoint.features import features_of, learnt_views
from train.checkpoint.information import sample_h
from train.embeddings.dataset import audio_sample

_log = logging.getLogger(__name__)

_PER_CLASS = 200
"""Generated features of each class that are judged."""


@dataclass(frozen=True)
class RealSpeech:
    """Features of N recordings that generated ones are held against: of training speakers and of those kept out."""

    h: np.ndarray
    """(N, d)."""
    c: np.ndarray
    """(N,) codes."""
    speaker: np.ndarray
    """(N,) names."""
    corpus: np.ndarray
    """(N,) names."""
    gender: np.ndarray
    """(N,) names."""
    trained: np.ndarray
    """(N,) bool, those of training speakers: a copy is one of these."""


def judged(generator: Generator, real: RealSpeech, seed: int) -> dict[str, Any]:
    """`verdict` and `quality` of a generator, as metrics.json has them; no verdict where the real speech doesn't suffice.

    The checkpoint is as good without it.
    """
    codes = np.arange(_PER_CLASS * generator.shape.n_classes) % generator.shape.n_classes
    try:
        verdict = judge(
            sample_h(generator, codes, seed),
            codes,
            real.h,
            real.c,
            real.speaker,
            corpora=real.corpus,
            genders=real.gender,
            training=real.h[real.trained],
            seed=seed,
        )
    except QualityError as error:
        _log.warning("The quality of generated features was not measured. %s", error)
        return {"quality": {}}
    return as_metrics(verdict)


def as_metrics(verdict: SetVerdict) -> dict[str, Any]:
    """For metrics.json: the verdict, and each measure with its range of real sets, in the order of MEASURES."""
    content = verdict.as_dict()
    figures = content.pop("figures")
    return {"verdict": content, "quality": {name: figures[name] for name in MEASURES if name in figures}}


def judge_checkpoint(checkpoint: Checkpoint, corpora: Mapping[str, Path], folder: Path) -> dict[str, Any]:
    """Judge the generators of a checkpoint anew and write metrics.json and the card; nothing is trained.

    Args:
        checkpoint: that was loaded from the folder.
        corpora: name -> folder of the audio corpora that it was made of.
        folder: of the checkpoint.

    Returns:
        What metrics.json now has of each generator.

    Raises:
        SermiError: a corpus can't be read, or others were given than the checkpoint was made of.
    """
    config = checkpoint.config
    expected = sorted(config.training["audio"])
    if sorted(corpora) != expected:
        raise CheckpointError(f"The checkpoint was made of {', '.join(expected)}; give these corpora and no others.")
    table = voices_table(corpora, checkpoint.class_set)
    seed = int(config.training["seed"])
    sample = audio_sample(table, config.frontend, n_views=learnt_views(checkpoint), seed=seed)
    trained = ~np.isin(sample.speaker, config.training["held_out_speakers"])
    h = features_of(checkpoint, sample, trained)
    order = np.argsort(
        ~trained, kind="stable"
    )  # training rows first, as when the checkpoint is made: the same deals and draws
    real = RealSpeech(
        h=h[order],
        c=sample.c[order],
        speaker=sample.speaker[order],
        corpus=sample.corpus[order],
        gender=table["gender"].to_numpy(str)[order],
        trained=trained[order],
    )
    report = dict(checkpoint.metrics["generators"])
    for name, generator in checkpoint.generators.items():
        report[name] = {**report[name], **judged(generator, real, seed)}
    metrics = {**checkpoint.metrics, "generators": report}
    replace(checkpoint, metrics=metrics, card=model_card(config, metrics)).save(folder)
    return report
