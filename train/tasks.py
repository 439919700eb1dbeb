"""The comparisons' tasks: for each (fold, seed), real features to train on and real features to test on.

A task never sees its test rows: the projection a -> h is fitted on its own training rows. Protocols:
    ravdess       all training actors of the six folds;
    low-resource  four of them (two of each gender), drawn by seed;
    imbalance     all of them, three classes (drawn by seed) cut to 10 %;
    paired        all of them, 7 classes, each recording with a MELD sentence of the same emotion, drawn by seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from sermi.encoders import MINILM, load_text_encoder
from sermi.errors import SermiError
from sermi.frontend import THREE_TEMPI, FrontendConfig
from sermi.labels import class_set
from train.dataset import TextSample, audio_sample, audio_table, text_sample
from train.discriminant import Sample, fit_projection
from train.protocols import corpus_folders, protocol

FRONTEND = FrontendConfig(pooling=("mean", "std"), prosody=True, tempi=THREE_TEMPI)
FEATURE_DIM = 300
TEXT_FEATURE_DIM = 64
N_LOW_RESOURCE = 4
IMBALANCE_SHARE = 0.1


@dataclass(frozen=True)
class Features:
    """h: (N, d), c: (N,), speaker: (N,); t: (N, dt) or None."""

    h: np.ndarray
    c: np.ndarray
    speaker: np.ndarray
    t: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.c)

    def where(self, keep: np.ndarray) -> Features:
        """The rows of a boolean mask."""
        return Features(self.h[keep], self.c[keep], self.speaker[keep], None if self.t is None else self.t[keep])

    @property
    def joint(self) -> np.ndarray:
        """What the last layer sees: h, or (h, t) with both sides at unit root mean square: (N, d + dt)."""
        return self.h if self.t is None else np.concatenate([self.h, self.t], axis=1)


@dataclass(frozen=True)
class Task:
    """One (fold, seed) of a protocol.

    draw: the seed that drew the training rows, 0 where nothing is drawn. Tasks that share fold and draw share their training
    data, and so what is chosen on it.
    """

    protocol: str
    fold: str
    seed: int
    draw: int
    n_classes: int
    train: Features
    test: Features


@dataclass(frozen=True)
class _Corpus:
    sample: Sample
    table: pd.DataFrame
    folds: Mapping[str, np.ndarray]
    n_classes: int
    texts: TextSample | None = None


def tasks(name: str, data: Path, seeds: Sequence[int]) -> Iterator[Task]:
    """Tasks of a protocol, seeds within folds. Raises SermiError for another name or missing data."""
    if name not in _TRAINING_ROWS:
        raise SermiError(f"'{name}' can't be compared on; use one of {', '.join(_TRAINING_ROWS)}.")
    corpus = _read(name, data)
    for fold, held_out in corpus.folds.items():
        for seed in seeds:
            rng = np.random.default_rng([seed, int(fold[-1])])
            rows = _TRAINING_ROWS[name](corpus, ~held_out, rng)
            yield _task(name, corpus, fold, seed, rows, held_out, rng)


def _read(name: str, data: Path) -> _Corpus:
    chosen = protocol("ravdess")
    classes = class_set("open7" if name == "paired" else chosen.class_set)
    table = audio_table(corpus_folders(data, chosen.corpora), classes)
    sample = audio_sample(table, FRONTEND, n_views=0, seed=0)
    texts = None
    if name == "paired":
        texts = text_sample({"meld": data / "text" / "meld"}, classes, load_text_encoder(MINILM))
    return _Corpus(sample, table, chosen.folds(table), len(classes), texts)


def _all_rows(corpus: _Corpus, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rows


def _few_actors(corpus: _Corpus, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    actors = corpus.table[rows].drop_duplicates("speaker").sort_values("speaker")
    chosen: list[str] = []
    for _, group in actors.groupby("gender"):
        chosen += rng.choice(group["speaker"].to_numpy(str), N_LOW_RESOURCE // 2, replace=False).tolist()
    return rows & np.isin(corpus.sample.speaker, chosen)


def _cut_classes(corpus: _Corpus, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    keep = rows.copy()
    for k in rng.choice(corpus.n_classes, 3, replace=False):
        of_class = np.flatnonzero(rows & (corpus.sample.c == k))
        keep[rng.permutation(of_class)[round(IMBALANCE_SHARE * len(of_class)) :]] = False
    return keep


_TRAINING_ROWS: Mapping[str, Callable[[_Corpus, np.ndarray, np.random.Generator], np.ndarray]] = {
    "ravdess": _all_rows,
    "low-resource": _few_actors,
    "imbalance": _cut_classes,
    "paired": _all_rows,
}
PROTOCOLS = tuple(_TRAINING_ROWS)


def _task(
    name: str,
    corpus: _Corpus,
    fold: str,
    seed: int,
    rows: np.ndarray,
    held_out: np.ndarray,
    rng: np.random.Generator,
) -> Task:
    sample, a = corpus.sample, corpus.sample.a[:, 0]
    project = fit_projection(a[rows], min(FEATURE_DIM, int(rows.sum()) - 1), 0, sample.emphasis)
    train, test = (Features(project(a[part]), sample.c[part], sample.speaker[part]) for part in (rows, held_out))
    scale = float(np.sqrt(np.mean((train.h - train.h.mean(axis=0)) ** 2)))
    train, test = (replace(side, h=side.h / scale) for side in (train, test))
    if corpus.texts is not None:
        train, test = _with_words(corpus.texts, train, test, rng)
    draw = 0 if name == "ravdess" else seed
    return Task(name, fold, seed, draw, corpus.n_classes, train, test)


def _with_words(
    texts: TextSample, train: Features, test: Features, rng: np.random.Generator
) -> tuple[Features, Features]:
    """Each recording joined with a sentence of its emotion: from MELD's train split, for testing from its test split."""
    words = texts.where(texts.split == "train")
    project = fit_projection(words.b, TEXT_FEATURE_DIM, 0)
    t = project(words.b)
    scale = float(np.sqrt(np.mean((t - t.mean(axis=0)) ** 2)))
    joined = []
    for side, split in ((train, "train"), (test, "test")):
        pool = texts.where(texts.split == split)
        drawn = np.zeros(len(side), int)
        for k in np.unique(side.c):
            drawn[side.c == k] = rng.choice(np.flatnonzero(pool.c == k), int((side.c == k).sum()))
        joined.append(replace(side, t=project(pool.b[drawn]) / scale))
    return joined[0], joined[1]
