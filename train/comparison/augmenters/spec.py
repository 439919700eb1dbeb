"""An augmenter as a comparison names it: which one, and which of its options are fixed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import Any

import numpy as np

from sermi.errors import SermiError, needs_extra
from sermi.features import Features
from train.comparison.augmenters.adversarial import ConditionalGan, SermiMatch, SermiMaximise
from train.comparison.augmenters.base import Augmenter, RealOnly
from train.comparison.augmenters.gaussian import Gaussian
from train.comparison.augmenters.resampling import Mixup, Noise, Oversampling, Smote

REGISTRY: Mapping[str, type[Augmenter]] = {
    augmenter.name: augmenter
    for augmenter in (Noise, Oversampling, Smote, Mixup, Gaussian, ConditionalGan, SermiMaximise, SermiMatch)
}
"""What SERMI is compared with, and SERMI."""
NONE = RealOnly.name
RATIO = 15
"""Generated samples for each real one."""
_TITLES = {
    "voices=true": "with voices",
    "voices=false": "without voices",
    "condition=true": "for real words",
    "condition=false": "beside real words",
    "gaussian=false": "no Gaussian base",
    "weight": "λ = {}",
    "ratio": "{} for each real one",
    "steps": "{} steps",
}
"""Options for people, by `option=value` or by option."""


@dataclass(frozen=True)
class AugmenterSpec:
    """An augmenter, written `NAME` or, for ablations, `NAME:option=value,option=value`.

    >>> spec = AugmenterSpec.parse("smote:neighbours=7")
    >>> spec.name, spec.grid
    ('smote:neighbours=7', ({'neighbours': 7},))
    """

    kind: type[Augmenter]
    fixed: str = ""
    """Options that are not up to inner validation, values as JSON: hyper-parameters of the augmenter, `spread`, also
    `noise_scale` (the factor on the noise when sampling) and `ratio` (generated samples for each real one)."""

    @classmethod
    def parse(cls, name: str) -> AugmenterSpec:
        """The augmenter of that name; `none` stands for real features alone.

        Raises SermiError for a name or an option that doesn't exist, or an augmenter whose library isn't installed: before
        a run, not in the middle of it.
        """
        kind, _, fixed = name.partition(":")
        kinds: dict[str, type[Augmenter]] = {NONE: RealOnly, **REGISTRY}
        if kind not in kinds:
            raise SermiError(f"'{kind}' is not an augmenter; use none or some of {', '.join(REGISTRY)}.")
        spec = cls(kinds[kind], fixed)
        if spec.kind.needs and find_spec(spec.kind.needs) is None:
            raise SermiError(f"'{kind}' can't be used yet. {needs_extra(spec.kind.needs, 'train')}")
        try:
            spec.create(spec.grid[0])
        except (ValueError, TypeError) as error:
            raise SermiError(f"'{name}' should be NAME:option=value with options that {kind} has.") from error
        return spec

    @property
    def name(self) -> str:
        """As it was parsed, and as it stands in tables."""
        return f"{self.kind.name}:{self.fixed}" if self.fixed else self.kind.name

    @property
    def title(self) -> str:
        """For people."""
        options = (_title_of(option) for option in self.fixed.split(",") if option)
        return ", ".join([self.kind.title, *options])

    @property
    def grid(self) -> tuple[Mapping[str, Any], ...]:
        """The augmenter's own settings with the fixed options in them, each once."""
        fixed = {key: value for key, value in self._options.items() if key not in ("ratio", "spread")}
        settings = ({**setting, **fixed} for setting in self.kind.grid)
        return tuple({json.dumps(setting): setting for setting in settings}.values())

    @property
    def noise_scales(self) -> tuple[float, ...]:
        """The augmenter's own, or the fixed one."""
        return (self._options["spread"],) if "spread" in self._options else self.kind.noise_scales

    def codes(self, c: np.ndarray, n_classes: int) -> np.ndarray:
        """Codes (n,) of what to generate beside real features of the codes c (N,): nothing for `none`."""
        if self.kind is RealOnly:
            return np.zeros(0, c.dtype)
        return generated_codes(c, n_classes, self._options.get("ratio", RATIO))

    def create(self, setting: Mapping[str, Any], *, seed: int = 0) -> Augmenter:
        """The augmenter with a setting of `grid`."""
        return self.kind(**setting, seed=seed)

    def fit(self, train: Features, setting: Mapping[str, Any], *, seed: int = 0) -> Augmenter:
        """The same, fitted on real features."""
        return self.create(setting, seed=seed).fit(train.h, train.c, t=train.t, groups=train.speaker)

    @cached_property
    def _options(self) -> dict[str, Any]:
        pairs = (pair.split("=") for pair in self.fixed.split(",") if self.fixed)
        options = {key: json.loads(value) for key, value in pairs}
        return {"spread" if key == "noise_scale" else key: value for key, value in options.items()}


def _title_of(option: str) -> str:
    """An option, written `option=value`, for people; as it is where nothing is said of it.

    >>> _title_of("steps=600"), _title_of("voices=true"), _title_of("neighbours=7")
    ('600 steps', 'with voices', 'neighbours=7')
    """
    key, _, value = option.partition("=")
    return _TITLES.get(option) or _TITLES.get(key, option).format(value)


def generated_codes(c: np.ndarray, n_classes: int, ratio: float) -> np.ndarray:
    """Codes of the samples to generate: about `ratio` times as many as there are real ones, and classes equal with them.

    >>> np.bincount(generated_codes(np.array([0, 0, 0, 1]), 2, 2)).tolist()
    [3, 5]
    """
    count = np.bincount(c, minlength=n_classes)
    per_class = max(int(count.max()), round((1 + ratio) * len(c) / n_classes))
    return np.repeat(np.arange(n_classes), np.maximum(per_class - count, 0))
