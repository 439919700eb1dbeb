"""SERMI in the comparisons by voice: last layers on real features and generated ones, of new voices or of this voice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import torch

from sermi.augment.config import GeneratorConfig, Regulariser
from sermi.augment.training import fit_generator
from sermi.generated_voices import places_of
from sermi.models.generator import Generator
from sermi.stats.last_layer import FittedLastLayer
from sermi.voice import NO_SHIFTS, ShiftFactors, VoiceModel
from sermi.voice.shifts import SHIFT_FACTORS
from train.comparison.augmenters import REGISTRY
from train.comparison.voice_layers import DISCRIMINANTS, Layer, Weighed, fit_layers, moved
from train.comparison.voice_methods import (
    CLIP_WEIGHTS,
    LABELLED_DISCRIMINANTS,
    LAYERS,
    N_GENERATED,
    VOICES,
    WEIGHTS,
    Centring,
    Clips,
    Setting,
    VoiceMethod,
    clips_part,
    real_part,
)
from train.comparison.voice_references import DOUBTS, MeanSubtracted, OffsetSubtracted
from train.comparison.voice_training import Training

VOICE_SPREAD = 0.5
"""That of checkpoints (`train.checkpoint.stage_c`)."""
N_OF_VOICE = 2_000
"""Features that are generated of a known voice."""
_MIXES = (*((1.0, weight) for weight in WEIGHTS), (0.0, 1.0))
"""Weights of real and of generated features."""


_FRAMES = {"offset": OffsetSubtracted(), "mean": MeanSubtracted()}
"""What real features are centred by, so that what is left has another voice's place."""


class Sermi(VoiceMethod):
    """With features of new voices where nothing is known of the voice, and of this voice where some clips of it are."""

    family = "sermi"

    def __init__(self, regulariser: Regulariser) -> None:
        """regulariser: maximise or match."""
        self.regulariser = regulariser
        self.name = f"sermi-{regulariser}"
        self.title = REGISTRY[self.name].title

    def grid(self, *, n: int, labelled: bool) -> list[Setting]:
        if not n:
            return [Setting(way, real=r, generated=g) for (r, g), way in product(_MIXES, LAYERS)]
        of_clips = (0.0, *CLIP_WEIGHTS) if labelled else (0.0,)
        frames: list[tuple[Centring, float]] = [("", 0.0), ("offset", 0.0), *(("mean", doubt) for doubt in DOUBTS)]
        # what unlabelled clips show of the voice's emotions; known ones are where they are
        factors = SHIFT_FACTORS[:1] if labelled else SHIFT_FACTORS[:2]
        voices = [replace(voice, shifts=ShiftFactors(factor)) for voice, factor in product(VOICES, factors)]
        mixes: list[tuple[float, float, Centring, float]] = [
            (0.0, 1.0, "", 0.0),
            *((1.0, weight, *frame) for weight, frame in product(WEIGHTS, frames)),
        ]
        return [
            Setting(way, real=r, generated=g, centred=frame, doubt=doubt, clips=w, voice=v)
            for v, (r, g, frame, doubt), w in product(voices, mixes, of_clips)
            for way in (
                LABELLED_DISCRIMINANTS if labelled else DISCRIMINANTS if not frame or g > 1 or doubt else LAYERS
            )
        ]

    def layers(self, training: Training, clips: Clips, settings: Sequence[Setting]) -> list[FittedLastLayer]:
        """As of any method; before its training a generator is the same under each regulariser."""
        if training.steps:
            return super().layers(training, clips, settings)
        fit = super().layers
        return training.latest(("sermi", *settings), clips, lambda: fit(training, clips, settings))

    def _layers(
        self, training: Training, clips: Clips, common: Setting, ways: Sequence[Layer]
    ) -> list[FittedLastLayer]:
        if not len(clips.h):
            drawn = training.once((self._trained_as(training), "new voices"), lambda: self._new_voices(training))
            key = (self._trained_as(training), common, *ways)
            return training.once(
                key, lambda: fit_layers([(real_part(training), common.real), (drawn, common.generated)], ways)
            )
        assert common.voice is not None  # of every setting of the grid
        model = training.shifted(common.voice)
        real, out = real_part(training), np.zeros(model.dim)
        if common.centred:
            frame = _FRAMES[common.centred]
            unshifted = replace(common, voice=replace(common.voice, shifts=NO_SHIFTS))  # the offset is the same
            real, out = frame.real(training, unshifted), frame.offset(training, clips, unshifted)
        drawn = self._of_voice(training, clips, model, common.centred)
        parts = [(real, common.real), (drawn, common.generated), *clips_part(training, clips, common.clips, out)]
        return [moved(layer, out) for layer in fit_layers(parts, ways)]

    def _trained_as(self, training: Training) -> Regulariser:
        return self.regulariser if training.steps else "maximise"

    def _generator(self, training: Training) -> Generator:
        regulariser = self._trained_as(training)

        def trained() -> Generator:
            return fit_generator(
                training.h,
                training.c,
                groups=training.speaker,
                n_classes=training.n_classes,
                config=GeneratorConfig(regulariser, steps=training.steps, voice_spread=VOICE_SPREAD),
                weights=training.weights,
                corpora=np.unique(training.corpus, return_inverse=True)[1].ravel(),
                seed=training.seed,
            ).generator

        return training.once((regulariser, "generator"), trained)

    def _new_voices(self, training: Training) -> Weighed:
        codes = np.arange(N_GENERATED) % training.n_classes
        h, _ = self._generator(training).sample(torch.from_numpy(codes), seed=training.seed)
        return Weighed.evenly(h.numpy(), codes, training.n_classes)

    def _of_voice(self, training: Training, clips: Clips, model: VoiceModel, centred: str) -> Weighed:
        """Features of the voice, less what real ones have less."""
        key = (self._trained_as(training), id(model))

        def generated() -> tuple[np.ndarray, np.ndarray]:
            codes = np.arange(N_OF_VOICE) % training.n_classes
            places = places_of(model, clips.h, clips.emotions)
            h = self._generator(training).sample_voice(torch.from_numpy(codes), places, seed=training.seed).numpy()
            return h, codes

        def less_the_voice() -> Weighed:
            h, codes = training.latest((*key, "of voice"), clips, generated)
            if centred:
                offset = model.posterior(clips.h, clips.emotions).mean
                h = h - (offset + model.means.mean(axis=0) if centred == "mean" else offset).astype(np.float32)
            return Weighed.evenly(h, codes, training.n_classes)

        return training.latest((*key, "of voice", centred), clips, less_the_voice)
