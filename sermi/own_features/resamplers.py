"""The ways to have more rows that SERMI is compared with: imbalanced-learn's, plain Gaussians, and CTGAN where installed.

Each gets as many rows of each class to make. Some can't make any of a class (ADASYN and BorderlineSMOTE, where no row of
another class is near): the class then stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

import numpy as np

from sermi.errors import SermiError
from sermi.stats.gaussians import balanced_noise, class_gaussians

NONE, SERMI = "none", "sermi"
_SHRINKAGE = 0.15
_NEIGHBOURS = 5
_DRAWS, _LEAST_DRAWN = 8, 500
"""Of CTGAN, whose condition is a wish: how often, and how many rows at least."""


@dataclass(frozen=True)
class Training:
    """Real rows to learn from, on a scale on which features count alike."""

    x: np.ndarray
    """(N, d)."""
    y: np.ndarray
    """(N,) labels."""
    groups: np.ndarray | None = None
    """(N,)."""
    text: np.ndarray | None = None
    """(N, dt), which SERMI alone uses."""

    def where(self, keep: np.ndarray) -> Training:
        """Rows of a mask or of numbers."""
        groups, text = (None if part is None else part[keep] for part in (self.groups, self.text))
        return Training(self.x[keep], self.y[keep], groups, text)


Targets = Mapping[object, int]
"""Label -> how many rows of it there should be, the real ones included."""
Resample = Callable[[Training, Targets, int], tuple[np.ndarray, np.ndarray]]
"""New rows (n, d) and their labels (n,), by a seed."""


@dataclass(frozen=True)
class Way:
    """A way to have more rows."""

    name: str
    title: str
    """For people."""
    resample: Resample
    needs: str | None = None
    """A module that may not be there."""


def targets(y: np.ndarray, ratio: float) -> dict[object, int]:
    """Rows that each class should have: as many as the largest, and `ratio` times as many on top, as SermiSampler has it.

    >>> targets(np.array(["a", "a", "a", "b"]), 1.0)
    {'a': 6, 'b': 6}
    """
    labels, count = np.unique(y, return_counts=True)
    each = int(count.max()) + round(ratio * int(count.max()))
    return dict.fromkeys(labels.tolist(), each)


def _nothing(train: Training, wanted: Targets, seed: int) -> tuple[np.ndarray, np.ndarray]:
    return train.x[:0], train.y[:0]


def _imbalanced(make: Callable[[Targets, int, int], object]) -> Resample:
    """One of imbalanced-learn's, class by class: a class of which it can't make any doesn't keep it from the others.

    make: of the targets, the seed and the number of neighbours that the smallest class has at most.
    """

    def resample(train: Training, wanted: Targets, seed: int) -> tuple[np.ndarray, np.ndarray]:
        parts = [(train.x[:0], train.y[:0])]
        for label, n in wanted.items():
            size = int((train.y == label).sum())
            if n <= size:
                continue
            neighbours = min(_NEIGHBOURS, size - 1)
            try:
                x, y = make({label: n}, seed, neighbours).fit_resample(train.x, train.y)  # type: ignore[attr-defined] # no types
            except (ValueError, RuntimeError):
                continue
            parts.append((x[len(train.x) :], y[len(train.y) :]))
        return np.concatenate([x for x, _ in parts]), np.concatenate([y for _, y in parts])

    return resample


def _oversampler(wanted: Targets, seed: int, neighbours: int) -> object:
    from imblearn.over_sampling import RandomOverSampler

    return RandomOverSampler(sampling_strategy=wanted, random_state=seed)


def _smote(wanted: Targets, seed: int, neighbours: int) -> object:
    from imblearn.over_sampling import SMOTE

    return SMOTE(sampling_strategy=wanted, random_state=seed, k_neighbors=neighbours)


def _adasyn(wanted: Targets, seed: int, neighbours: int) -> object:
    from imblearn.over_sampling import ADASYN

    return ADASYN(sampling_strategy=wanted, random_state=seed, n_neighbors=neighbours)


def _borderline(wanted: Targets, seed: int, neighbours: int) -> object:
    from imblearn.over_sampling import BorderlineSMOTE

    return BorderlineSMOTE(sampling_strategy=wanted, random_state=seed, k_neighbors=neighbours)


def _wanted_codes(train: Training, wanted: Targets) -> np.ndarray:
    """(n,) of the rows to make, codes in the order of np.unique(train.y)."""
    labels, count = np.unique(train.y, return_counts=True)
    missing = [max(0, wanted[label] - n) for label, n in zip(labels.tolist(), count.tolist(), strict=True)]
    return np.repeat(np.arange(len(labels)), missing)


def _gaussian(train: Training, wanted: Targets, seed: int) -> tuple[np.ndarray, np.ndarray]:
    labels, c = np.unique(train.y, return_inverse=True)
    codes = _wanted_codes(train, wanted)
    means, factor = class_gaussians(train.x, c, len(labels), _SHRINKAGE)
    z = balanced_noise(codes, train.x.shape[1], np.random.default_rng(seed))
    return means[codes] + z @ factor.T, labels[codes]


def _ctgan(train: Training, wanted: Targets, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """CTGAN (Xu et al. 2019) with its defaults, conditioned on the label; rows of another class are drawn anew."""
    import pandas as pd
    from ctgan import CTGAN

    names = [f"f{number}" for number in range(train.x.shape[1])]
    labels, c = np.unique(train.y, return_inverse=True)
    model = CTGAN(enable_gpu=False)
    model.set_random_state(seed)
    # categories are text to it
    model.fit(pd.DataFrame(train.x, columns=names).assign(label=c.astype(str)), ["label"])
    codes = _wanted_codes(train, wanted)
    parts, new = [train.x[:0]], [codes[:0]]
    for code in np.unique(codes):
        missing = int((codes == code).sum())
        for _ in range(_DRAWS):
            drawn = model.sample(4 * missing + _LEAST_DRAWN, "label", str(code)) if missing else None
            if drawn is None:
                break
            rows = drawn.loc[drawn["label"] == str(code), names].to_numpy(np.float64)[:missing]
            parts.append(rows)
            new.append(np.full(len(rows), code))
            missing -= len(rows)
    return np.concatenate(parts), labels[np.concatenate(new)]


def sermi_resample(**options: Any) -> Resample:
    """SermiSampler with some options; a class of a single row, which it can't learn from, stays as it is."""

    def resample(train: Training, wanted: Targets, seed: int) -> tuple[np.ndarray, np.ndarray]:
        from sermi.augment.sampler import SermiSampler

        labels, count = np.unique(train.y, return_counts=True)
        learnt = labels[count > 1].tolist()
        if len(learnt) < 2:
            return train.x[:0], train.y[:0]
        rows = train.where(np.isin(train.y, learnt))
        strategy = {label: n for label, n in wanted.items() if label in learnt}
        sampler = SermiSampler(sampling_strategy=strategy, random_state=seed, **options)
        x, y = sampler.fit_resample(rows.x, rows.y, groups=rows.groups, text=rows.text)
        return np.asarray(x)[len(rows.x) :], np.asarray(y)[len(rows.y) :]

    return resample


WAYS: Mapping[str, Way] = MappingProxyType(
    {
        way.name: way
        for way in (
            Way(NONE, "Nothing", _nothing),
            Way("oversampling", "Random oversampling", _imbalanced(_oversampler), "imblearn"),
            Way("smote", "SMOTE", _imbalanced(_smote), "imblearn"),
            Way("borderline", "Borderline SMOTE", _imbalanced(_borderline), "imblearn"),
            Way("adasyn", "ADASYN", _imbalanced(_adasyn), "imblearn"),
            Way("gaussian", "Gaussian of each class", _gaussian),
            Way("ctgan", "CTGAN", _ctgan, "ctgan"),
            Way(SERMI, "SERMI", sermi_resample(), "imblearn"),
        )
    }
)
"""What is compared, nothing at all first and SERMI last."""


def available() -> tuple[str, ...]:
    """Names of the ways whose modules are there."""
    return tuple(way.name for way in WAYS.values() if way.needs is None or find_spec(way.needs) is not None)


def way(name: str) -> Way:
    """The way of that name. Raises SermiError for any other."""
    if name not in WAYS:
        raise SermiError(f"'{name}' is not a way to have more rows; use {', '.join(WAYS)}.")
    return WAYS[name]
