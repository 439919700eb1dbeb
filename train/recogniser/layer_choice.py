"""Which layers of the encoders count, chosen on corpora or speakers that were left out.

The front end lays pooled layers side by side in a. A space of some of them has no weight on the others' numbers, so that a
checkpoint keeps its form. Few are tried, since each costs a space for every pair of corpora, and so that the choice itself
doesn't overfit: all layers; halves of an encoder's that are neighbours; of several encoders, each by itself.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import scipy.stats

from train.recogniser.discriminant import FittedProjection
from train.samples import NO_LAYER, AudioSample

ALL = "all"
"""Layers."""
_HALVES = ("lower half", "middle half", "upper half")
_FEWEST = 3
"""Layers of an encoder whose halves are tried."""
_LEVEL = 0.95


def layer_sets(layers: np.ndarray | None) -> dict[str, np.ndarray]:
    """What may be chosen: name -> (Da,) bool, which numbers of an embedding count, beside `ALL`. Those of no layer always do.

    layers: (Da, 2) of a sample; None where nothing is known of its numbers.
    """
    if layers is None:
        return {}
    encoder, layer = layers.T
    is_extra, numbers = encoder == NO_LAYER, range(encoder.max() + 1)
    if len(numbers) > 1:
        return {f"encoder {number + 1}": is_extra | (encoder == number) for number in numbers}
    n_layers = layer.max() + 1
    if n_layers < _FEWEST:
        return {}
    length = (n_layers + 1) // 2
    starts = (0, (n_layers - length + 1) // 2, n_layers - length)
    places = [range(start, start + length) for start in starts]
    return {name: is_extra | np.isin(layer, place) for name, place in zip(_HALVES, places, strict=True)}


def chosen_layers(recalls: Mapping[str, np.ndarray]) -> str:
    """The layers with the best mean UA, each by its best settings; `ALL` unless the gain over it is more than noise.

    Noise is Student's t over folds at 95 %. recalls: by layers, `ALL` among them, UA (folds, settings) on what was left out.
    """
    best = {name: table[:, table.mean(axis=0).argmax()] for name, table in recalls.items()}
    name = max(best, key=lambda layers: float(best[layers].mean()))
    gains = best[name] - best[ALL]
    error = gains.std(ddof=1) / np.sqrt(len(gains))
    return name if gains.mean() > scipy.stats.t.ppf((1 + _LEVEL) / 2, len(gains) - 1) * error else ALL


def of_layers(sample: AudioSample, layers: str) -> AudioSample:
    """The sample with the numbers of these layers alone."""
    if layers == ALL:
        return sample
    used = layer_sets(sample.layers)[layers]
    assert sample.layers is not None  # else there are no sets
    emphasis = None if sample.emphasis is None else sample.emphasis[used]
    return AudioSample(sample.a[..., used], sample.c, sample.speaker, sample.corpus, emphasis, sample.layers[used])


def for_all_layers(projection: FittedProjection, sample: AudioSample, layers: str) -> FittedProjection:
    """A projection that was fitted on `of_layers`, for whole embeddings: without weight on the other layers."""
    if layers == ALL:
        return projection
    used = layer_sets(sample.layers)[layers]
    centre, scale = np.zeros(len(used), projection.centre.dtype), np.ones(len(used), projection.scale.dtype)
    components = np.zeros((len(projection.components), len(used)), projection.components.dtype)
    centre[used], scale[used], components[:, used] = projection.centre, projection.scale, projection.components
    return FittedProjection(centre, scale, components)
