"""Features of recordings in a checkpoint's space, as it learnt from them when it was made."""

from __future__ import annotations

import numpy as np
import torch
from scipy.linalg import orthogonal_procrustes

from sermi.checkpoint import Checkpoint
from sermi.errors import CheckpointError
from train.recogniser.voices import Candidate, fit_audio_model
from train.samples import AudioSample

_MOST_APART = 0.5
"""Of the features' spread, by which a space that is found again may miss the checkpoint's; by rounding it misses 0.1."""


def learnt_views(checkpoint: Checkpoint) -> int:
    """Views that `features_of` needs of each recording."""
    training = checkpoint.config.training
    return int(training["views"]) if training.get("cross_fitted") else 0


def features_of(checkpoint: Checkpoint, sample: AudioSample, trained: np.ndarray) -> np.ndarray:
    """Features (N, d) float32 in the checkpoint's space: cross-fitted of its training recordings, if it learnt from such;
    projected of all others.

    Cross-fitted ones need the space to be found again. Its last components are at the mercy of rounding and of the order of
    the rows, so that it is turned onto the checkpoint's own.

    Args:
        checkpoint: with its settings among its metrics.
        sample: N recordings, with `learnt_views` views.
        trained: (N,) bool, which it was trained on: all of these and no others.

    Raises:
        CheckpointError: these recordings make another space.
    """
    with torch.inference_mode():
        h = checkpoint.model.audio_projection(torch.from_numpy(np.ascontiguousarray(sample.a[:, 0]))).numpy()
    training = checkpoint.config.training
    if not training.get("cross_fitted"):
        return h
    known = sample.where(trained)
    chosen = Candidate.of(checkpoint.metrics["voices"]["chosen"])
    audio, crossed = fit_audio_model(known, checkpoint.config.shape.n_classes, chosen, int(training["seed"]))
    again, own = audio.features(known.a[:, 0]), h[trained]
    here, there = again.mean(axis=0), own.mean(axis=0)
    turn, _ = orthogonal_procrustes(again - here, own - there)
    if np.linalg.norm((again - here) @ turn + there - own) > _MOST_APART * np.linalg.norm(own - there):
        raise CheckpointError("These recordings are not those that the checkpoint was made of; give the same corpora.")
    h[trained] = (crossed - here) @ turn + there
    return h
