"""The steps of making a checkpoint: the audio side, the voices, the words, the generators. Each returns what it fitted."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sermi import mi
from sermi.augment.training import TrainedGenerator
from sermi.features import Features
from sermi.models.baseline import Fusion
from sermi.models.generator import Generator
from sermi.stats.calibration import balanced_weights, log_softmax, temperature_of_groups
from sermi.stats.last_layer import FittedLastLayer
from train.checkpoint.data import CheckpointData
from train.checkpoint.information import real_information
from train.checkpoint.stage_c import (
    OPTIONS,
    Option,
    chosen_option,
    last_layer,
    out_of_fold_by_option,
    trained_generators,
)
from train.checkpoint.words import LABEL_MATCHED
from train.recogniser.calibration import SureThreshold, fit_fusion, sure_threshold
from train.recogniser.discriminant import AudioModel
from train.recogniser.selection import inner_folds
from train.recogniser.text_model import FittedText, TextModel, fit_text, text_information
from train.recogniser.voices import FittedVoices, VoiceData, fit_voices


@dataclass(frozen=True)
class FittedAudio:
    """The audio side, and its answers on speakers and corpora that each of its inner models did not see."""

    voices: FittedVoices
    """Space of features, its discriminant, and what answers with context, fitted on all training speakers."""
    option: Option
    """The way to fit the last layer."""
    recalls: np.ndarray
    """UA (folds, options) of each of `OPTIONS` on the inner folds."""
    temperature: float
    log_p: np.ndarray
    """(N, K) calibrated log-probabilities of the training rows, out of fold."""
    threshold: SureThreshold

    @property
    def model(self) -> AudioModel:
        """Projection and discriminant without context."""
        return self.voices.audio


def fit_audio(data: CheckpointData, seed: int) -> FittedAudio:
    """Choose hyper-parameters and last layer on inner folds, calibrate out of fold, then fit on all speakers."""
    train, n_classes = data.train, len(data.classes)
    weights = balanced_weights(train.c, train.corpus)
    recordings = VoiceData(train, np.ones(len(train), bool), n_classes, data.neutral)
    folds = inner_folds(train, seed)
    voices = fit_voices(recordings, folds, seed=seed)
    recalls, scores = out_of_fold_by_option(train, n_classes, voices.candidate, seed)
    chosen = chosen_option(recalls)
    fitted_temperature = temperature_of_groups(scores[chosen], train.c, weights, np.argmax(folds, axis=0))
    log_p = log_softmax(scores[chosen] / fitted_temperature)
    return FittedAudio(
        voices=voices,
        option=OPTIONS[chosen],
        recalls=recalls,
        temperature=fitted_temperature,
        log_p=log_p,
        threshold=sure_threshold(np.exp(log_p), train.c, weights),
    )


@dataclass(frozen=True)
class FittedWords:
    """The text side, how far it is trusted beside the voice, and the words that recordings are joined with."""

    text: FittedText
    fusion: Fusion
    train_b: np.ndarray
    """(N, Db) embeddings of words for the training rows."""
    test_b: np.ndarray
    """(n, Db) embeddings of words for the held-out speakers' rows."""

    @property
    def model(self) -> TextModel:
        return self.text.model


def fit_words(data: CheckpointData, audio: FittedAudio, seed: int) -> FittedWords:
    """Fit the text side on sentences, and the fusion on training rows with words as they are of a corpus left out.

    Label-matched words are independent of the voice given the emotion, so calibrated log-probabilities add with weight 1. A
    larger weight would only say that these sentences are easier than those which the temperature is for.
    """
    train, words = data.train, data.words
    weights = balanced_weights(train.c, train.corpus)
    text = fit_text(words.texts, len(data.classes), seed)
    rows, sentences = words.for_fusion(train.c, data.neutral)
    fusion = fit_fusion(
        audio.log_p[rows],
        text.unseen_log_p[sentences],
        train.c[rows],
        weights=weights[rows],
        neutral=data.neutral,
        most_of_words=1.0 if words.kind == LABEL_MATCHED else math.inf,
    )
    return FittedWords(text, fusion, words.for_training(train.c), words.for_test(data.test.c))


@dataclass(frozen=True)
class FittedGenerators:
    """A generator for each regulariser, what real features carry, and the last layer that may have learnt from them."""

    features: Features
    """Of the training rows, with text features of the words that they are joined with."""
    real: mi.MIEstimate
    """I(c; h) of these, by speaker."""
    trained: dict[str, TrainedGenerator]
    """By regulariser, with the log of each training."""
    last_layer: FittedLastLayer

    @property
    def generators(self) -> dict[str, Generator]:
        """By regulariser, the one to use first."""
        return {name: trained.generator for name, trained in self.trained.items()}


def fit_generators(data: CheckpointData, audio: FittedAudio, words: FittedWords, seed: int) -> FittedGenerators:
    """Train the generators on the training rows' features, then fit the last layer in the way that was chosen.

    Args:
        data: for the training rows and the sentences.
        audio: for its features and its option of the last layer.
        words: for the text features of the words that rows are joined with.
        seed: of each generator, and of the samples that the last layer learns from.
    """
    train, n_classes = data.train, len(data.classes)
    h = audio.voices.h
    t = words.model.projection(words.train_b).astype(np.float32)
    real = real_information(h, train, seed)
    trained: dict[str, TrainedGenerator] = dict(
        trained_generators(
            h,
            train,
            n_classes,
            seed=seed,
            t=t,
            real_text_information=text_information(words.model, data.words.texts),
        )
    )
    layer = last_layer(audio.option, h, train, audio=audio.model, generators=trained, seed=seed)
    return FittedGenerators(Features(h, train.c, train.speaker, t), real=real, trained=trained, last_layer=layer)
