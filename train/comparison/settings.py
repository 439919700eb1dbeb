"""What can be compared on: how each comparison uses a protocol's folds.

ravdess       all training actors of the folds;
low-resource  four of them (two of each gender), drawn by seed;
imbalance     all of them, three classes (drawn by seed) cut to 10 %;
paired        all of them, 7 classes, each recording with a MELD sentence of the same emotion, drawn by seed;
iemocap, msp_improv, msp_podcast_4, msp_podcast_8
              the corpus's own folds; with a text encoder, each recording with its own words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from sermi.errors import SermiError
from train.protocols import Folds
from train.samples import AudioSample, TextSample

N_LOW_RESOURCE = 4
"""Training actors of `low-resource`."""
IMBALANCE_SHARE = 0.1
"""What `imbalance` keeps of the classes that it cuts."""


@dataclass(frozen=True)
class Recordings:
    """A corpus in memory."""

    sample: AudioSample
    """Of one fold, where its encoder was fine-tuned."""
    table: pd.DataFrame
    folds: Folds
    classes: tuple[str, ...]
    b: np.ndarray | None = None
    """(N, Db) embeddings of the recordings' own words."""
    texts: TextSample | None = None
    """Sentences to pair the recordings with instead."""


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
        class_rows = np.flatnonzero(rows & (corpus.sample.c == k))
        keep[rng.permutation(class_rows)[round(IMBALANCE_SHARE * len(class_rows)) :]] = False
    return keep


@dataclass(frozen=True)
class Setting:
    """How a comparison uses a protocol's folds."""

    protocol: str
    training_rows: Callable[[Recordings, np.ndarray, np.random.Generator], np.ndarray] = _all_rows
    """(N,) bool: those it trains on, of a fold's training rows."""
    drawn: bool = False
    """Whether the seed decides the training rows or their words."""
    classes: str | None = None
    """Another class set than the protocol's."""
    paired: bool = False
    """With sentences of MELD."""
    own_words: bool = False
    """The corpus has transcripts."""


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
