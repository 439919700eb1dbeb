"""What was fitted, as the torch model and the reference features that a checkpoint holds."""

from __future__ import annotations

import numpy as np
import torch

from sermi.features import Features
from sermi.models.baseline import Baseline, BaselineShape
from sermi.stats.calibration import balanced_weights
from sermi.stats.last_layer import FittedLastLayer
from train.checkpoint.steps import FittedAudio, FittedWords
from train.samples import AudioSample

REFERENCE_PER_CLASS = 200
"""Held-out features that a checkpoint carries, on average over its classes, where there are enough."""


def assemble(audio: FittedAudio, words: FittedWords, layer: FittedLastLayer, *, neutral: int) -> Baseline:
    """The torch model that holds what was fitted, in evaluation mode.

    Args:
        audio: its projection and temperature.
        words: the text side, and the fusion.
        layer: the audio side's last layer.
        neutral: its emotion code.
    """
    projection, text = audio.model.projection, words.model
    n_classes, feature_dim = layer.weights.shape
    shape = BaselineShape(
        audio_dim=projection.components.shape[1],
        text_dim=text.projection.components.shape[1],
        feature_dim=feature_dim,
        text_feature_dim=text.weights.shape[1],
        n_classes=n_classes,
        neutral=neutral,
    )
    model = Baseline(shape)
    state = model.state_dict()
    for projection_name, fitted_projection, layer_name, fitted, layer_temperature in (
        ("audio_projection", projection, "last_layer", layer, audio.temperature),
        ("text_projection", text.projection, "last_layer_t", text, text.temperature),
    ):
        values = {
            f"{projection_name}.centre": fitted_projection.centre,
            f"{projection_name}.scale": fitted_projection.scale,
            f"{projection_name}.linear.weight": fitted_projection.components,
            f"{projection_name}.linear.bias": np.zeros(len(fitted_projection.components)),
            f"{layer_name}.linear.weight": fitted.weights,
            f"{layer_name}.linear.bias": fitted.bias,
            f"{layer_name}.temperature": np.array(layer_temperature),
        }
        state.update({key: torch.from_numpy(np.asarray(value, np.float32)) for key, value in values.items()})
    model.load_state_dict(state)
    model.fusion.load_state_dict(words.fusion.state_dict())
    return model.eval().requires_grad_(False)


def draw_reference(model: Baseline, test: AudioSample, test_b: np.ndarray, rng: np.random.Generator) -> Features:
    """Held-out features, classes and corpora in equal numbers where there are enough.

    Args:
        model: as it is shipped.
        test: N recordings of held-out speakers.
        test_b: (N, Db) embeddings of the words that they are joined with.
        rng: draws the rows.
    """
    weights = balanced_weights(test.c, test.corpus)
    size = min(len(test), REFERENCE_PER_CLASS * model.shape.n_classes)
    rows = np.sort(rng.choice(len(test), size, replace=False, p=weights / weights.sum()))
    with torch.inference_mode():
        h = model.audio_projection(torch.from_numpy(test.a[rows, 0])).numpy()
        t = model.text_projection(torch.from_numpy(test_b[rows])).numpy()
    speaker = np.unique(test.speaker, return_inverse=True)[1][rows]
    return Features(h=h, t=t, c=test.c[rows].astype(np.int64), speaker=speaker.astype(np.int64))
