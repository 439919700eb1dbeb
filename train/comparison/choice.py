"""Inner validation of a comparison: which setting of an augmenter, which noise scale and which penalty."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from sermi.features import Features
from sermi.stats.folds import speaker_folds
from sermi.stats.last_layer import PENALTIES, FittedLastLayer, fit_last_layers
from train.comparison.augmenters import AugmenterSpec
from train.comparison.tasks import ComparisonTask
from train.metrics import UA

N_INNER_FOLDS = 3


@dataclass(frozen=True)
class Choice:
    """What inner validation chose."""

    setting: Mapping[str, Any]
    """Of the augmenter."""
    noise_scale: float
    """When sampling."""
    penalty: float
    """Of the last layer."""
    inner_ua: float = float("nan")
    """Mean UA over the inner folds."""

    def to_json(self) -> str:
        """As it stands in the column `chosen`, where the noise scale is called spread."""
        return json.dumps({**self.setting, "spread": self.noise_scale, "penalty": self.penalty})

    @classmethod
    def from_json(cls, text: str, inner_ua: float) -> Choice:
        """The choice that an earlier run recorded.

        >>> Choice.from_json('{"steps": 60, "spread": 1.4, "penalty": 0.01}', 0.7)
        Choice(setting={'steps': 60}, noise_scale=1.4, penalty=0.01, inner_ua=0.7)
        """
        setting = json.loads(text)
        noise_scale, penalty = setting.pop("spread"), setting.pop("penalty")
        return cls(setting, noise_scale, penalty, inner_ua)


def choose(task: ComparisonTask, spec: AugmenterSpec) -> Choice:
    """The choice with the best mean UA over inner speakers of the training data. Ties go to the earlier one."""
    choices = [Choice(*values) for values in product(spec.grid, spec.noise_scales, PENALTIES)]
    recalls = [0.0] * len(choices)
    folds = list(inner_folds(task))
    for inner, validation in folds:
        codes = spec.codes(inner.c, task.n_classes)
        number = 0
        for setting in spec.grid:
            augmenter = spec.fit(inner, setting, seed=task.draw)
            for noise_scale in spec.noise_scales:
                x, c = with_generated(inner, augmenter.sample(codes, noise_scale=noise_scale))
                for layer in fit_last_layers(x, c, task.n_classes):
                    recalls[number] += _recall(validation, layer) / len(folds)
                    number += 1
    best = int(np.argmax(recalls))
    return replace(choices[best], inner_ua=recalls[best])


def with_generated(train: Features, generated: Features) -> tuple[np.ndarray, np.ndarray]:
    """What the last layer is fitted on: real and generated features (N + n, d + dt) float32, and their codes (N + n,)."""
    x = np.concatenate([train.joint, generated.joint]).astype(np.float32)
    return x, np.concatenate([train.c, generated.c])


def inner_folds(task: ComparisonTask) -> Iterator[tuple[Features, Features]]:
    """What is trained on and what is validated on: the corpus's development set, else training speakers held out."""
    if task.validation is not None:
        yield task.train, task.validation
        return
    for held_out in speaker_folds(task.train.speaker, N_INNER_FOLDS, task.draw):
        yield task.train.where(~held_out), task.train.where(held_out)


def _recall(features: Features, layer: FittedLastLayer) -> float:
    return UA(features.c, layer.scores(features.joint).argmax(axis=1), len(layer.bias))
