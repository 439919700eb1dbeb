"""References of the comparisons by voice: without generated data, without the clips, and adapted to them in simpler ways."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import scipy.linalg

from sermi.stats.gaussians import symmetric_root
from sermi.stats.last_layer import FittedLastLayer
from sermi.voice import ShiftFactors
from sermi.voice.shifts import SHIFT_FACTORS
from train.comparison.voice_layers import DISCRIMINANTS, LOGISTIC, Layer, Weighed, fit_layers, moved
from train.comparison.voice_methods import (
    CLIP_WEIGHTS,
    LABELLED_DISCRIMINANTS,
    LAYERS,
    VOICES,
    Clips,
    Setting,
    VoiceMethod,
    clips_part,
    real_part,
)
from train.comparison.voice_training import Training

DOUBTS = (0.0, 4.0, 16.0)
"""Tried as `Setting.doubt`."""
LIKENESSES = (0.0, 0.1, 0.5)
"""Tried as `Setting.likeness`."""


class WithClips(VoiceMethod):
    """Real features and labelled clips of the voice."""

    name, title, family = "reference: labelled clips added", "Labelled clips added", "reference"

    def grid(self, *, n: int, labelled: bool) -> list[Setting]:
        ways = (*LOGISTIC, *LABELLED_DISCRIMINANTS)
        return [Setting(way, clips=weight) for weight, way in product(CLIP_WEIGHTS, ways)] if labelled else []

    def _layers(
        self, training: Training, clips: Clips, common: Setting, ways: Sequence[Layer]
    ) -> list[FittedLastLayer]:
        return fit_layers([(real_part(training), 1.0), *clips_part(training, clips, common.clips)], ways)


class Discriminant(VoiceMethod):
    """The discriminant of real features, in which classes count equally."""

    name, title, family, uses_clips = "reference: shrinkage LDA", "Shrinkage LDA", "reference", False

    def grid(self, *, n: int, labelled: bool) -> list[Setting]:
        return [] if labelled else [Setting(way) for way in DISCRIMINANTS]

    def _layers(
        self, training: Training, clips: Clips, common: Setting, ways: Sequence[Layer]
    ) -> list[FittedLastLayer]:
        return fit_layers([(real_part(training), 1.0)], ways)


class ClosedForm(VoiceMethod):
    """The discriminant around what the clips say of the voice's offset and of its emotions: what a predictor answers by."""

    name, title, family = "reference: closed form", "Voice model, closed form", "reference"

    def grid(self, *, n: int, labelled: bool) -> list[Setting]:
        return [
            Setting(voice=replace(voice, shifts=ShiftFactors(factor, factor)))
            for voice, factor in product(VOICES, SHIFT_FACTORS)
        ]

    def _layers(
        self, training: Training, clips: Clips, common: Setting, ways: Sequence[Layer]
    ) -> list[FittedLastLayer]:
        assert common.voice is not None  # of every setting of the grid
        model = training.shifted(common.voice)
        answers = model.discriminant(model.posterior(clips.h, clips.emotions))
        return [moved(FittedLastLayer(answers.weights, -answers.constants), answers.offset)] * len(ways)


class Centred(VoiceMethod):
    """The last layer of real features less something of their speaker, for features less the same of the voice."""

    family = "reference"

    def grid(self, *, n: int, labelled: bool) -> list[Setting]:
        if not n:
            return []
        weights = (0.0, *CLIP_WEIGHTS) if labelled else (0.0,)
        ways = LABELLED_DISCRIMINANTS if labelled else LAYERS
        return [replace(one, layer=way, clips=w) for one, w, way in product(self._options(), weights, ways)]

    @abstractmethod
    def _options(self) -> list[Setting]: ...

    @abstractmethod
    def _training_offsets(self, training: Training, common: Setting) -> np.ndarray:
        """(N, d)."""

    @abstractmethod
    def offset(self, training: Training, clips: Clips, common: Setting) -> np.ndarray:
        """(d,), of the voice."""

    def real(self, training: Training, common: Setting) -> Weighed:
        """Real features less what they are centred by."""

        def centred() -> Weighed:
            offsets = self._training_offsets(training, common)
            return Weighed(training.h - offsets, training.c, training.weights, training.n_classes)

        return training.once((self.name, common.voice), centred)

    def _layers(
        self, training: Training, clips: Clips, common: Setting, ways: Sequence[Layer]
    ) -> list[FittedLastLayer]:
        offset, real = self.offset(training, clips, common), self.real(training, common)
        if common.clips:
            layers = fit_layers([(real, 1.0), *clips_part(training, clips, common.clips, offset)], ways)
        else:
            layers = training.once((self.name, common.voice, *ways), lambda: fit_layers([(real, 1.0)], ways))
        return [moved(layer, offset) for layer in layers]


class MeanSubtracted(Centred):
    """Speakers' means are subtracted; the voice's is the mean of its clips, drawn towards what speakers' means are like."""

    name, title = "reference: speaker mean subtracted", "Speaker mean subtracted"

    def _options(self) -> list[Setting]:
        return [Setting(doubt=doubt) for doubt in DOUBTS]

    def _training_offsets(self, training: Training, common: Setting) -> np.ndarray:
        return speaker_means(training)[0]

    def offset(self, training: Training, clips: Clips, common: Setting) -> np.ndarray:
        usual, n = speaker_means(training)[1], len(clips.h)
        return (n * clips.h.mean(axis=0) + common.doubt * usual) / (n + common.doubt)


def speaker_means(training: Training) -> tuple[np.ndarray, np.ndarray]:
    """Means of the speakers of training rows (N, d), classes of a speaker counting equally, and their own mean (d,)."""

    def means() -> tuple[np.ndarray, np.ndarray]:
        names, person = np.unique(training.speaker, return_inverse=True)
        own = np.zeros((len(names), training.h.shape[1]))
        for v in range(len(names)):
            h, c = training.h[person == v], training.c[person == v]
            own[v] = np.mean([h[c == k].mean(axis=0) for k in np.unique(c)], axis=0)
        return own[person], own.mean(axis=0)

    return training.once("speaker means", means)


class OffsetSubtracted(Centred):
    """What the voice model says of a speaker's offset is subtracted, of training speakers and of the voice alike."""

    name, title = "reference: voice offset subtracted", "Voice offset subtracted"

    def _options(self) -> list[Setting]:
        return [Setting(voice=voice) for voice in VOICES]

    def _training_offsets(self, training: Training, common: Setting) -> np.ndarray:
        assert common.voice is not None  # of every setting of the grid
        model, offsets = training.voices[common.voice], np.zeros(training.h.shape)
        for speaker in np.unique(training.speaker):
            rows = training.speaker == speaker
            offsets[rows] = model.posterior(training.h[rows], training.c[rows]).mean
        return offsets

    def offset(self, training: Training, clips: Clips, common: Setting) -> np.ndarray:
        assert common.voice is not None  # of every setting of the grid
        return training.voices[common.voice].posterior(clips.h, clips.emotions).mean


class Coral(VoiceMethod):
    """Correlation alignment (Sun, Feng and Saenko 2016): mean and covariance of the clips become the training speakers'."""

    name, title, family = "reference: CORAL", "CORAL", "reference"

    def grid(self, *, n: int, labelled: bool) -> list[Setting]:
        if not n or labelled:
            return []
        return [Setting(w, doubt=k, likeness=a) for k, a, w in product(DOUBTS, LIKENESSES, LAYERS)]

    def _layers(
        self, training: Training, clips: Clips, common: Setting, ways: Sequence[Layer]
    ) -> list[FittedLastLayer]:
        layers = training.once((self.name, *ways), lambda: fit_layers([(real_part(training), 1.0)], ways))
        mean, covariance, root = training.once((self.name, "moments"), lambda: _moments(training))
        n = len(clips.h)
        own = (n * clips.h.mean(axis=0) + common.doubt * mean) / (n + common.doubt)
        if common.likeness:
            around = clips.h - clips.h.mean(axis=0)
            mixed = (1 - common.likeness) * covariance + common.likeness * around.T @ around / max(1, n - 1)
            values, vectors = scipy.linalg.eigh(mixed)
            colour = root @ (vectors / np.sqrt(values)) @ vectors.T
        else:
            colour = np.eye(len(mean))
        # h -> mean + colour (h - own)
        return [
            FittedLastLayer(layer.weights @ colour, layer.bias + layer.weights @ (mean - colour @ own))
            for layer in layers
        ]


def _moments(training: Training) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean (d,), covariance (d, d) and its symmetric root, of real features weighed as they count."""
    mean = training.weights @ training.h
    around = (training.h - mean) * np.sqrt(training.weights)[:, None]
    covariance = around.T @ around
    return mean, covariance, symmetric_root(covariance)
