"""Features of recordings that a checkpoint was made of, as they were when it was made."""

from __future__ import annotations

import numpy as np
import torch

from sermi.checkpoint import Checkpoint
from sermi.errors import CheckpointError
from train.recogniser.voices import Candidate, fit_audio_model
from train.samples import AudioSample


def features_of(checkpoint: Checkpoint, sample: AudioSample, trained: np.ndarray) -> np.ndarray:
    """Features (N, d) float32 in the checkpoint's space: cross-fitted of its training recordings, projected of others.

    Args:
        checkpoint: with its settings among its metrics.
        sample: N recordings, with as many views as it was trained on.
        trained: (N,) bool, which it was trained on: all of these and no others.

    Raises:
        CheckpointError: the checkpoint doesn't say how its space was made.
    """
    training = checkpoint.config.training
    if "voices" not in checkpoint.metrics:
        raise CheckpointError("The checkpoint is too old to say how its space of features was made; train it again.")
    chosen = Candidate.of(checkpoint.metrics["voices"]["chosen"])
    h = np.empty((len(sample), checkpoint.config.shape.feature_dim), np.float32)
    h[trained] = fit_audio_model(
        sample.where(trained), checkpoint.config.shape.n_classes, chosen, int(training["seed"])
    )[1]
    with torch.inference_mode():
        h[~trained] = checkpoint.model.audio_projection(torch.from_numpy(sample.a[~trained, 0])).numpy()
    return h
