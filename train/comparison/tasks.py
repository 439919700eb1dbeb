"""The comparisons' tasks: for each (fold, seed), real features to train on and real features to test on.

A task never sees its test rows: the projection a -> h is fitted on its own training rows. Protocols:
    ravdess       all training actors of the six folds;
    low-resource  four of them (two of each gender), drawn by seed;
    imbalance     all of them, three classes (drawn by seed) cut to 10 %;
    paired        all of them, 7 classes, each recording with a MELD sentence of the same emotion, drawn by seed;
    iemocap, msp_improv, msp_podcast_4, msp_podcast_8
                  the corpus's own folds; with a text encoder, each recording with its own words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sermi.encoders import MINILM, MOONSHINE, load_text_encoder
from sermi.errors import SermiError
from sermi.features import Features
from sermi.frontend import THREE_TEMPI, AudioFrontend, FrontendConfig
from sermi.labels import class_set
from train.embeddings.dataset import EncodingConfig, audio_sample, audio_table, fold_sample, own_words, text_sample
from train.protocols import Fold, Folds, corpus_folders, protocol
from train.recogniser.discriminant import fit_projection
from train.samples import AudioSample, TextSample

if TYPE_CHECKING:
    from train.embeddings.finetune_config import FinetuneConfig

FRONTEND = FrontendConfig(pooling=("mean", "std"), prosody=True, tempi=THREE_TEMPI)
FEATURE_DIM = 300
TEXT_FEATURE_DIM = 64
N_LOW_RESOURCE = 4
IMBALANCE_SHARE = 0.1


@dataclass(frozen=True)
class Task:
    """One (fold, seed) of a protocol.

    draw: the seed that drew the training rows, 0 where nothing is drawn. Tasks that share fold and draw share their training
    data, and so what is chosen on it. validation: the corpus's development set, where it has one.
    """

    protocol: str
    fold: str
    seed: int
    draw: int
    classes: tuple[str, ...]
    train: Features
    test: Features
    validation: Features | None = None

    @property
    def n_classes(self) -> int:
        """K."""
        return len(self.classes)


@dataclass(frozen=True)
class TaskConfig:
    """What features are made of. finetune: None for the encoder as it is. text_encoder: of the recordings' own words; None for
    the voice alone. weighted_layers: a learned sum of the encoder's layers in place of all of them."""

    frontend: FrontendConfig = FRONTEND
    finetune: FinetuneConfig | None = None
    text_encoder: str | None = None
    weighted_layers: bool = False


def comparison_frontend(encoder: str = MOONSHINE, precision: str = "float32") -> FrontendConfig:
    """The front end of the comparisons. Three tempi cost three passes, which pays for the embedded encoder alone."""
    tempi = FRONTEND.tempi if encoder == MOONSHINE else (1.0,)
    return replace(FRONTEND, encoder=encoder, tempi=tempi, precision=precision)


@dataclass(frozen=True)
class Recordings:
    """A corpus in memory. sample: of one fold, where its encoder was fine-tuned. b: embeddings of the recordings' own words
    (N, Db); texts: sentences to pair them with instead."""

    sample: AudioSample
    table: pd.DataFrame
    folds: Folds
    classes: tuple[str, ...]
    b: np.ndarray | None = None
    texts: TextSample | None = None


def _all_rows(corpus: Recordings, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rows


def _few_actors(corpus: Recordings, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    actors = corpus.table[rows].drop_duplicates("speaker").sort_values("speaker")
    chosen: list[str] = []
    for _, group in actors.groupby("gender"):
        chosen += rng.choice(group["speaker"].to_numpy(str), N_LOW_RESOURCE // 2, replace=False).tolist()
    return rows & np.isin(corpus.sample.speaker, chosen)


def _cut_classes(corpus: Recordings, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    keep = rows.copy()
    for k in rng.choice(len(corpus.classes), 3, replace=False):
        of_class = np.flatnonzero(rows & (corpus.sample.c == k))
        keep[rng.permutation(of_class)[round(IMBALANCE_SHARE * len(of_class)) :]] = False
    return keep


@dataclass(frozen=True)
class Setting:
    """How a comparison uses a protocol's folds. training_rows: of those of a fold; drawn: whether the seed decides them;
    classes: another class set than the protocol's; paired: with sentences of MELD; own_words: the corpus has transcripts."""

    protocol: str
    training_rows: Callable[[Recordings, np.ndarray, np.random.Generator], np.ndarray] = _all_rows
    drawn: bool = False
    classes: str | None = None
    paired: bool = False
    own_words: bool = False


SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        "ravdess": Setting("ravdess"),
        "low-resource": Setting("ravdess", _few_actors, drawn=True),
        "imbalance": Setting("ravdess", _cut_classes, drawn=True),
        "paired": Setting("ravdess", drawn=True, classes="open7", paired=True),
        "iemocap": Setting("iemocap", own_words=True),
        "msp_improv": Setting("msp_improv", own_words=True),
        "msp_podcast_4": Setting("msp_podcast_4", own_words=True),
        "msp_podcast_8": Setting("msp_podcast_8", own_words=True),
    }
)


def setting(name: str) -> Setting:
    """The comparison of that name. Raises SermiError for any other name."""
    if name not in SETTINGS:
        raise SermiError(f"'{name}' can't be compared on; use one of {', '.join(SETTINGS)}.")
    return SETTINGS[name]


def prepare(name: str, data: Path, config: TaskConfig | None = None) -> None:
    """Fill the cache with the embeddings that `tasks` needs of the recordings."""
    source = protocol(setting(name).protocol)
    table = audio_table(corpus_folders(data, source.corpora), class_set(setting(name).classes or source.class_set))
    audio_sample(table, (config or TaskConfig()).frontend, n_views=0, seed=0)


def tasks(name: str, data: Path, seeds: Sequence[int], config: TaskConfig | None = None) -> Iterator[Task]:
    """Tasks of a comparison, seeds within folds. Raises SermiError for another name, missing data or missing words."""
    chosen, config = setting(name), config or TaskConfig()
    corpus = _read(name, data, config)
    for number, (fold, rows) in enumerate(corpus.folds.items(), 1):
        at_fold = corpus
        if config.finetune is not None:
            encoding = EncodingConfig(config.frontend, config.finetune)
            sample = fold_sample(corpus.table, rows.train, encoding, len(corpus.classes), n_views=0, seed=0)
            at_fold = replace(corpus, sample=sample)
        for seed in seeds:
            rng = np.random.default_rng([seed, number])
            train = chosen.training_rows(at_fold, rows.train, rng)
            yield _task(name, at_fold, fold, seed, replace(rows, train=train), rng, config)


def _read(name: str, data: Path, config: TaskConfig) -> Recordings:
    chosen = setting(name)
    source = protocol(chosen.protocol)
    classes = class_set(chosen.classes or source.class_set)
    table = audio_table(corpus_folders(data, source.corpora), classes)
    b = texts = None
    if chosen.paired:
        encoder = load_text_encoder(config.text_encoder or MINILM)
        texts = text_sample({"meld": data / "text" / "meld"}, classes, encoder)
    elif config.text_encoder is not None:
        b = own_words(table, name, load_text_encoder(config.text_encoder))
    sample = audio_sample(table, config.frontend, n_views=0, seed=0)
    return Recordings(sample, table, source.folds(table), classes.names, b, texts)


def _task(
    name: str,
    corpus: Recordings,
    fold: str,
    seed: int,
    rows: Fold,
    rng: np.random.Generator,
    config: TaskConfig | None = None,
) -> Task:
    sample, a = corpus.sample, corpus.sample.a[:, 0]
    dim = min(FEATURE_DIM, int(rows.train.sum()) - 1)
    if config is not None and config.weighted_layers:
        from train.recogniser.layer_weights import fit_weighted_projection

        frontend = AudioFrontend(config.frontend)
        c = sample.c[rows.train]
        project, _ = fit_weighted_projection(
            a[rows.train], c, len(corpus.classes), feature_dim=dim, seed=0, frontend=frontend
        )
    else:
        project = fit_projection(a[rows.train], dim, 0, emphasis=sample.emphasis)
    parts = {"train": rows.train, "test": rows.test}
    if rows.validation is not None:
        parts["validation"] = rows.validation
    sides = {part: Features(project(a[at]), sample.c[at], sample.speaker[at]) for part, at in parts.items()}
    scale = _unit(sides["train"].h)
    sides = {part: replace(side, h=side.h / scale) for part, side in sides.items()}
    if corpus.texts is not None:
        sides = _label_matched(corpus.texts, sides, rng)
    elif corpus.b is not None:
        b = corpus.b
        project_words = fit_projection(b[rows.train], min(TEXT_FEATURE_DIM, int(rows.train.sum()) - 1), 0)
        scale = _unit(project_words(b[rows.train]))
        sides = {part: replace(side, t=project_words(b[parts[part]]) / scale) for part, side in sides.items()}
    return Task(
        name,
        fold,
        seed,
        seed if setting(name).drawn else 0,
        corpus.classes,
        sides["train"],
        sides["test"],
        sides.get("validation"),
    )


def _label_matched(texts: TextSample, sides: Mapping[str, Features], rng: np.random.Generator) -> dict[str, Features]:
    """Each recording joined with a sentence of its emotion: from MELD's train split, for testing from its test split."""
    words = texts.where(texts.split == "train")
    project = fit_projection(words.b, TEXT_FEATURE_DIM, 0)
    scale = _unit(project(words.b))
    joined = {}
    for part, side in sides.items():
        pool = texts.where(texts.split == ("dev" if part == "validation" else part))
        drawn = np.zeros(len(side), int)
        for k in np.unique(side.c):
            drawn[side.c == k] = rng.choice(np.flatnonzero(pool.c == k), int((side.c == k).sum()))
        joined[part] = replace(side, t=project(pool.b[drawn]) / scale)
    return joined


def _unit(x: np.ndarray) -> float:
    """The root mean square around the mean."""
    return float(np.sqrt(np.mean((x - x.mean(axis=0)) ** 2)))
