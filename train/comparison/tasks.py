"""The comparisons' tasks: for each (fold, seed), real features to train on and real features to test on.

A task never sees its test rows: the projection a -> h is fitted on its own training rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sermi.encoders import MINILM, MOONSHINE, load_text_encoder
from sermi.errors import EncoderError, SermiError
from sermi.features import Features
from sermi.frontend import THREE_TEMPI, AudioFrontend, FrontendConfig
from sermi.labels import ClassSet, class_set
from train.comparison.settings import Recordings, setting
from train.embeddings.dataset import EncodingConfig, audio_sample, audio_table, fold_sample, own_words, text_sample
from train.fingerprints import digest, of_features, of_folds
from train.protocols import Fold, Protocol, corpus_folders, folds, protocol
from train.recogniser.discriminant import FittedProjection, fit_projection
from train.samples import TextSample

if TYPE_CHECKING:
    from train.embeddings.finetune_config import FinetuneConfig

FRONTEND = FrontendConfig(pooling=("mean", "std"), prosody=True, tempi=THREE_TEMPI)
"""Of the comparisons with the embedded encoder."""
FEATURE_DIM = 300
"""d, where there are recordings enough."""
TEXT_FEATURE_DIM = 64
"""dt, likewise."""


@dataclass(frozen=True)
class ComparisonTask:
    """One (fold, seed) of a protocol."""

    protocol: str
    fold: str
    seed: int
    draw: int
    """The seed that drew the training rows, 0 where nothing is drawn. Tasks that share fold and draw share their training data,
    and so what is chosen on it."""
    classes: tuple[str, ...]
    train: Features
    test: Features
    validation: Features | None = None
    """Of the corpus's development set, where it has one."""
    features: str = ""
    """Fingerprint of what the features and folds depend on."""

    @property
    def n_classes(self) -> int:
        """K."""
        return len(self.classes)


@dataclass(frozen=True)
class TaskConfig:
    """What features are made of. Raises EncoderError for several encoders where that is for one alone."""

    frontend: FrontendConfig = FRONTEND
    finetune: FinetuneConfig | None = None
    """None for the encoder as it is."""
    text_encoder: str | None = None
    """Of the recordings' own words; None for the voice alone."""
    weighted_layers: bool = False
    """A learnt sum of the encoder's layers in place of all of them."""

    def __post_init__(self) -> None:
        EncodingConfig(self.frontend, self.finetune)
        if self.weighted_layers and len(self.frontend.encoders) > 1:
            raise EncoderError(
                "A sum of layers is learnt of one encoder; give --audio-encoder one, or use --layers all."
            )


def comparison_frontend(encoder: str = MOONSHINE, precision: str = "float32") -> FrontendConfig:
    """The front end of the comparisons. Three tempi cost three passes, which pays for the embedded encoder alone."""
    tempi = FRONTEND.tempi if encoder == MOONSHINE else (1.0,)
    return replace(FRONTEND, encoder=encoder, tempi=tempi, precision=precision)


def prepare(name: str, data: Path, config: TaskConfig | None = None) -> None:
    """Fill the cache with the embeddings that `tasks` needs of the recordings."""
    source, classes = _source(name)
    table = audio_table(corpus_folders(data, source.corpora), classes)
    audio_sample(table, (config or TaskConfig()).frontend, n_views=0, seed=0)


def described(name: str, config: TaskConfig | None = None, n_splits: int | None = None) -> dict[str, Any]:
    """What `tasks` were made with, and the fingerprints of what they depend on, for a result to carry."""
    config = config or TaskConfig()
    return {
        "splits": n_splits,
        "frontend": asdict(config.frontend),
        "finetune": None if config.finetune is None else asdict(config.finetune),
        "text_encoder": config.text_encoder,
        "weighted_layers": config.weighted_layers,
        "features": fingerprints(name, config, n_splits),
    }


def fingerprints(name: str, config: TaskConfig | None = None, n_splits: int | None = None) -> dict[str, str]:
    """What the features of `tasks` depend on, part by part; arguments as there."""
    chosen, config = setting(name), config or TaskConfig()
    source, classes = _source(name)
    code = [_features, _audio_projection, _label_matched, _unit, chosen.training_rows, fit_projection, FittedProjection]
    return of_features(
        config.frontend,
        code=code,
        finetune=config.finetune,
        text_encoder=config.text_encoder or (MINILM if chosen.paired else None),
        folds=of_folds(source, n_splits),
        options=[name, classes.names, config.weighted_layers, FEATURE_DIM, TEXT_FEATURE_DIM],
    )


def tasks(
    name: str, data: Path, seeds: Sequence[int], config: TaskConfig | None = None, n_splits: int | None = None
) -> Iterator[ComparisonTask]:
    """Tasks of a comparison, seeds within folds.

    Args:
        name: One of `SETTINGS`.
        data: Folder that holds one folder a corpus.
        seeds: Of the draws; each is a task in every fold.
        config: What features are made of; None for the defaults.
        n_splits: How many of the corpus's repeated splits stand in place of the protocol's folds; None for its folds.

    Raises:
        SermiError: Another name, missing data, missing words, or splits that aren't kept.
    """
    chosen, config = setting(name), config or TaskConfig()
    corpus = _read(name, data, config, n_splits)
    depends_on = digest(fingerprints(name, config, n_splits))
    for number, (fold, rows) in enumerate(corpus.folds.items(), 1):
        at_fold = corpus
        if config.finetune is not None:
            encoding = EncodingConfig(config.frontend, config.finetune)
            sample = fold_sample(corpus.table, rows.train, encoding, len(corpus.classes), n_views=0, seed=0)
            at_fold = replace(corpus, sample=sample)
        for seed in seeds:
            rng = np.random.default_rng([seed, number])
            drawn = replace(rows, train=chosen.training_rows(at_fold, rows.train, rng))
            parts = _features(at_fold, drawn, config, rng)
            yield ComparisonTask(
                protocol=name,
                fold=fold,
                seed=seed,
                draw=seed if chosen.drawn else 0,
                classes=corpus.classes,
                train=parts["train"],
                test=parts["test"],
                validation=parts.get("validation"),
                features=depends_on,
            )


def check_features(rows: pd.DataFrame, planned: Sequence[ComparisonTask], path: Path) -> None:
    """Raises SermiError where a table is of other features or folds: means over both would be of neither."""
    known = set(rows.reindex(columns=["features"])["features"].fillna(""))
    if known - {task.features for task in planned}:
        raise SermiError(
            f"'{path}' holds rows of other features or folds, by an earlier version or other options; choose another folder "
            "with --out, or remove it."
        )


def _source(name: str) -> tuple[Protocol, ClassSet]:
    """The protocol whose folds a comparison uses, and the classes."""
    chosen = setting(name)
    source = protocol(chosen.protocol)
    return source, class_set(chosen.classes or source.class_set)


def _read(name: str, data: Path, config: TaskConfig, n_splits: int | None) -> Recordings:
    source, classes = _source(name)
    table = audio_table(corpus_folders(data, source.corpora), classes)
    b = texts = None
    if setting(name).paired:
        encoder = load_text_encoder(config.text_encoder or MINILM)
        texts = text_sample({"meld": data / "text" / "meld"}, classes, encoder)
    elif config.text_encoder is not None:
        b = own_words(table, name, load_text_encoder(config.text_encoder))
    sample = audio_sample(table, config.frontend, n_views=0, seed=0)
    dealt = folds(source, table, n_splits)
    return Recordings(sample=sample, table=table, folds=dealt, classes=classes.names, b=b, texts=texts)


def _features(corpus: Recordings, fold: Fold, config: TaskConfig, rng: np.random.Generator) -> dict[str, Features]:
    """Features of the parts train, test and, where there is one, validation, projected by what the training rows are like."""
    rows = {"train": fold.train, "test": fold.test}
    if fold.validation is not None:
        rows["validation"] = fold.validation
    sample, a = corpus.sample, corpus.sample.a[:, 0]
    project = _audio_projection(corpus, fold.train, config)
    parts = {part: Features(project(a[at]), sample.c[at], sample.speaker[at]) for part, at in rows.items()}
    scale = _unit(parts["train"].h)
    parts = {part: replace(features, h=features.h / scale) for part, features in parts.items()}
    if corpus.texts is not None:
        return _label_matched(corpus.texts, parts, rng)
    if corpus.b is not None:
        b = corpus.b
        project_words = fit_projection(b[fold.train], min(TEXT_FEATURE_DIM, int(fold.train.sum()) - 1), 0)
        scale = _unit(project_words(b[fold.train]))
        return {part: replace(features, t=project_words(b[rows[part]]) / scale) for part, features in parts.items()}
    return parts


def _audio_projection(corpus: Recordings, train: np.ndarray, config: TaskConfig) -> FittedProjection:
    """The projection a -> h, fitted on the training rows (N,) bool alone."""
    a = corpus.sample.a[train, 0]
    dim = min(FEATURE_DIM, len(a) - 1)
    if not config.weighted_layers:
        return fit_projection(a, dim, 0, emphasis=corpus.sample.emphasis)
    from train.recogniser.layer_weights import fit_weighted_projection

    frontend = AudioFrontend(config.frontend)
    c = corpus.sample.c[train]
    projection, _ = fit_weighted_projection(a, c, len(corpus.classes), feature_dim=dim, seed=0, frontend=frontend)
    return projection


def _label_matched(texts: TextSample, parts: Mapping[str, Features], rng: np.random.Generator) -> dict[str, Features]:
    """Each recording joined with a sentence of its emotion: from MELD's train split, for testing from its test split."""
    words = texts.where(texts.split == "train")
    project = fit_projection(words.b, TEXT_FEATURE_DIM, 0)
    scale = _unit(project(words.b))
    joined = {}
    for part, features in parts.items():
        pool = texts.where(texts.split == ("dev" if part == "validation" else part))
        drawn = np.zeros(len(features), int)
        for k in np.unique(features.c):
            drawn[features.c == k] = rng.choice(np.flatnonzero(pool.c == k), int((features.c == k).sum()))
        joined[part] = replace(features, t=project(pool.b[drawn]) / scale)
    return joined


def _unit(x: np.ndarray) -> float:
    """The root mean square around the mean."""
    return float(np.sqrt(np.mean((x - x.mean(axis=0)) ** 2)))
