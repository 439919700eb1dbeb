"""What the comparisons by voice compare: ways to fit a last layer, some of which use clips of the voice that is recognised."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import numpy as np

from sermi.stats.last_layer import FittedLastLayer
from sermi.voice import VoiceSettings
from sermi.voice.model import UNKNOWN
from train.comparison.augmenters import NONE, AugmenterSpec
from train.comparison.augmenters.base import Augmenter
from train.comparison.voice_layers import DISCRIMINANTS, LOGISTIC, Layer, Parts, Weighed, fit_layers
from train.comparison.voice_training import Training
from train.recogniser.voices import GRID

Family = Literal["none", "augmenter", "sermi", "reference"]
"""augmenter: makes further features and knows no voices; reference: makes none."""
Centring = Literal["", "offset", "mean"]
"""What of their speaker is taken from features: nothing, what a voice model says of their offset, or their mean."""
N_GENERATED = 1_600
"""Features that an augmenter makes, as many of each class; weights say how much they count."""
WEIGHTS = (0.3, 1.0, 4.0)
"""Of generated features together beside all real ones."""
CLIP_WEIGHTS = (0.1, 0.3, 1.0, 3.0, 10.0)
"""Of labelled clips together beside all real ones."""
LAYERS = (*LOGISTIC, *DISCRIMINANTS)
LABELLED_DISCRIMINANTS = (*DISCRIMINANTS, Layer("discriminant", 0.8))
"""With labelled clips, where inner corpora prefer the strongest of the others."""
NONE_LAYERS = (*LOGISTIC, *(Layer("logistic", penalty) for penalty in (0.3, 0.1)))
VOICES = tuple(candidate.settings for candidate in GRID if candidate.settings.shrinkage == 0.4)
"""Of the voice model: those that `evaluate new-voice` takes for one corpus or another."""


@dataclass(frozen=True, eq=False)
class Clips:
    """What is known of the voice that is recognised."""

    h: np.ndarray
    """(n, d) features."""
    emotions: np.ndarray
    """(n,) codes, `UNKNOWN` where they aren't known."""

    @property
    def labelled(self) -> bool:
        """Whether emotions are known."""
        return len(self.h) > 0 and bool((self.emotions != UNKNOWN).all())


@dataclass(frozen=True)
class Setting:
    """What is chosen for a method; each has a part of it."""

    layer: Layer = LOGISTIC[0]
    real: float = 1.0
    """Weight of real features; 0 for generated ones alone."""
    generated: float = 0.0
    """Weight of generated features."""
    clips: float = 0.0
    """Weight of labelled clips."""
    options: str = ""
    """Of an augmenter, as JSON."""
    noise_scale: float = 1.0
    """Of an augmenter."""
    voice: VoiceSettings | None = None
    """Of the voice model."""
    centred: Centring = ""
    """What of their speaker real features have changed for the same of this voice."""
    doubt: float = 0.0
    """Clips' worth of what training speakers are like, in what is taken for the voice's mean."""
    likeness: float = 0.0
    """Of CORAL: how far the training speakers' covariance gives way to that of the clips."""


class VoiceMethod(ABC):
    """A way to fit a last layer for a voice."""

    name: str
    title: str
    family: Family
    uses_clips: bool = True
    """Whether unlabelled clips of the voice change anything."""

    @abstractmethod
    def grid(self, *, n: int, labelled: bool) -> list[Setting]:
        """What is tried where n clips of a voice are known, with their emotions or without."""

    def layers(self, training: Training, clips: Clips, settings: Sequence[Setting]) -> list[FittedLastLayer]:
        """A last layer for each setting. Where only the way to fit it differs, settings share what it is fitted on."""
        groups: dict[Setting, list[Layer]] = {}
        for setting in settings:
            groups.setdefault(replace(setting, layer=LOGISTIC[0]), []).append(setting.layer)
        fitted: dict[Setting, FittedLastLayer] = {}
        for common, ways in groups.items():
            if self.uses_clips or common.clips:
                layers = self._layers(training, clips, common, ways)
            else:
                key = (self.name, common, *ways)
                layers = training.once(key, lambda c=common, w=ways: self._layers(training, clips, c, w))  # type: ignore[misc]
            fitted |= {replace(common, layer=way): layer for way, layer in zip(ways, layers, strict=True)}
        return [fitted[setting] for setting in settings]

    @abstractmethod
    def _layers(
        self, training: Training, clips: Clips, common: Setting, ways: Sequence[Layer]
    ) -> list[FittedLastLayer]:
        """One for each way. common: all else that is set."""


def real_part(training: Training) -> Weighed:
    """Real features, of which corpora and classes count equally."""
    return training.once("real", lambda: Weighed(training.h, training.c, training.weights, training.n_classes))


def clips_part(training: Training, clips: Clips, weight: float, offset: np.ndarray | float = 0.0) -> Parts:
    """Labelled clips less an offset (d,) with a weight; nothing without weight."""
    if not weight:
        return []
    return [(Weighed.evenly(clips.h - offset, clips.emotions, training.n_classes), weight)]


class Augmented(VoiceMethod):
    """Real features with those of an augmenter that knows no voices, and, where they are labelled, clips of the voice."""

    uses_clips = False

    def __init__(self, name: str) -> None:
        """name: of an augmenter; `none` for real features alone, by logistic regression and without clips."""
        self.name = name
        self._spec = spec = AugmenterSpec.parse(name)
        self.title, self.family = spec.kind.title, "none" if name == NONE else "augmenter"
        self.settings = [
            (json.dumps(setting), noise_scale)
            for setting in spec.grid
            for noise_scale in spec.noise_scales
            if "steps" not in setting or setting == spec.grid[0]  # whose number is that of `Training`
        ]

    def grid(self, *, n: int, labelled: bool) -> list[Setting]:
        if self.family == "none":
            return [Setting(layer) for layer in NONE_LAYERS]
        return [
            Setting(way, generated=g, clips=w, options=o, noise_scale=s)
            for (o, s), g, w in product(self.settings, WEIGHTS, CLIP_WEIGHTS if labelled else (0.0,))
            for way in (LABELLED_DISCRIMINANTS if labelled else DISCRIMINANTS if g > 1 else LAYERS)
        ]

    def _layers(
        self, training: Training, clips: Clips, common: Setting, ways: Sequence[Layer]
    ) -> list[FittedLastLayer]:
        parts = [(real_part(training), 1.0), *clips_part(training, clips, common.clips)]
        if common.generated:
            parts.append((self._generated(training, common.options, common.noise_scale), common.generated))
        return fit_layers(parts, ways)

    def _generated(self, training: Training, options: str, noise_scale: float) -> Weighed:
        """Kept, as is the fitted augmenter, for other settings of the last layer."""

        def fitted() -> Augmenter:
            setting = json.loads(options)
            if "steps" in setting:
                setting["steps"] = training.steps
            augmenter = self._spec.create(setting, seed=training.seed)
            return augmenter.fit(training.h, training.c, groups=training.speaker)

        def generated() -> Weighed:
            codes = np.arange(N_GENERATED) % training.n_classes
            drawn = training.once((self.name, options), fitted).sample(codes, noise_scale=noise_scale)
            return Weighed.evenly(drawn.h, codes, training.n_classes)

        return training.once((self.name, options, noise_scale), generated)
