"""Inner validation of a comparison: which setting of an augmenter, which noise scale and which penalty."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sermi.features import Features
from sermi.stats.folds import speaker_folds
from sermi.stats.last_layer import PENALTIES, FittedLastLayer, fit_last_layers
from train.comparison.augmenters import AugmenterSpec
from train.comparison.augmenters.base import Augmenter
from train.comparison.search import PENALTY, SPREAD, Point, search
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
    widened: Mapping[str, list[float]] = field(default_factory=dict)
    """Values beyond the grid that were tried because a choice lay on its edge, by hyper-parameter."""
    at_edge: tuple[str, ...] = ()
    """Hyper-parameters for which nothing further out was left to try."""
    tuning_s: float = float("nan")
    """Seconds of one core that it took."""

    def to_json(self) -> str:
        """As it stands in the column `chosen`, where the noise scale is called spread."""
        return json.dumps({**self.setting, SPREAD: self.noise_scale, PENALTY: self.penalty})

    @classmethod
    def from_row(cls, row: Mapping[Hashable, Any]) -> Choice:
        """The choice that a row of an earlier run recorded.

        >>> Choice.from_row({"chosen": '{"steps": 60, "spread": 1.4, "penalty": 0.01}', "inner_UA": 0.7}).setting
        {'steps': 60}
        """
        setting = json.loads(row["chosen"])
        noise_scale, penalty = setting.pop(SPREAD), setting.pop(PENALTY)
        known = {name: value for name in ("widened", "at_edge") if isinstance(value := row.get(name), str)}
        return cls(
            setting,
            noise_scale,
            penalty,
            row["inner_UA"],
            widened=json.loads(known.get("widened", "{}")),
            at_edge=tuple(known.get("at_edge", "").split()),
            tuning_s=row.get("tuning_s", float("nan")),
        )


def choose(task: ComparisonTask, spec: AugmenterSpec) -> Choice:
    """The choice with the best mean UA over inner speakers of the training data. Ties go to the earlier one."""
    grid = [
        {**setting, SPREAD: noise_scale, PENALTY: penalty}
        for setting in spec.grid
        for noise_scale in spec.noise_scales
        for penalty in PENALTIES
    ]
    outcome = search(grid, _InnerValidation(task, spec).recalls)
    setting, noise_scale, penalty = _parts(outcome.point)
    return Choice(setting, noise_scale, penalty, outcome.value, outcome.widened, outcome.at_edge)


class _InnerValidation:
    """Mean UA of points over inner folds. An augmenter is fitted once for a setting, whatever is tried with it."""

    def __init__(self, task: ComparisonTask, spec: AugmenterSpec) -> None:
        self._task, self._spec = task, spec
        self._folds = list(inner_folds(task))
        self._fitted: dict[tuple[int, str], Augmenter] = {}

    def recalls(self, points: Sequence[Point]) -> list[float]:
        """Of each point. Penalties of one generated set share a path of fits, the strongest first."""
        paths: dict[str, list[int]] = {}
        for number, point in enumerate(points):
            setting, noise_scale, _ = _parts(point)
            paths.setdefault(json.dumps([setting, noise_scale]), []).append(number)
        recalls = np.zeros(len(points))
        for numbers in paths.values():
            numbers.sort(key=lambda number: -points[number][PENALTY])
            for fold in range(len(self._folds)):
                for number, layer in zip(numbers, self._path(fold, [points[i] for i in numbers]), strict=True):
                    recalls[number] += _recall(self._folds[fold][1], layer) / len(self._folds)
        return recalls.tolist()

    def _path(self, fold: int, points: Sequence[Point]) -> list[FittedLastLayer]:
        """Last layers of points that differ in their penalty alone, strongest first."""
        inner, _ = self._folds[fold]
        setting, noise_scale, _ = _parts(points[0])
        codes = self._spec.codes(inner.c, self._task.n_classes)
        key = (fold, json.dumps(setting))
        if key not in self._fitted:
            self._fitted[key] = self._spec.fit(inner, setting, seed=self._task.draw)
        x, c = with_generated(inner, self._fitted[key].sample(codes, noise_scale=noise_scale))
        return fit_path(x, c, self._task.n_classes, [point[PENALTY] for point in points])


def fit_path(x: np.ndarray, c: np.ndarray, n_classes: int, penalties: Sequence[float]) -> list[FittedLastLayer]:
    """Last layers for penalties, strongest first, each by way of the stronger ones of `PENALTIES`, whatever else is fitted."""
    before = [penalty for penalty in PENALTIES if penalty > penalties[0]]
    return fit_last_layers(x, c, n_classes, [*before, *penalties])[len(before) :]


def _parts(point: Point) -> tuple[dict[str, Any], float, float]:
    """Setting, noise scale and penalty of a point."""
    setting = {name: value for name, value in point.items() if name not in (SPREAD, PENALTY)}
    return setting, point[SPREAD], point[PENALTY]


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
