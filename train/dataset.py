"""Corpora as arrays: tables of recordings joined with their embeddings, for one class set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sermi.encoders import TextEncoder
from sermi.errors import CorpusError
from sermi.frontend import AudioFrontend, FrontendConfig
from sermi.labels import ClassSet
from train.corpora import read_audio, read_text
from train.discriminant import Sample
from train.features import audio_embeddings, text_embeddings


def audio_table(corpora: Mapping[str, Path], classes: ClassSet) -> pd.DataFrame:
    """Recordings of all corpora that the class set keeps, with their emotion code in column `c`.

    Raises CorpusError when a class has no recording at all.
    """
    table = pd.concat([read_audio(name, folder) for name, folder in corpora.items()], ignore_index=True)
    return _coded(table, classes)


def _coded(table: pd.DataFrame, classes: ClassSet) -> pd.DataFrame:
    codes = table["emotion"].map(classes.code)
    table = table[codes.notna()].assign(c=codes.dropna().astype(int)).reset_index(drop=True)
    missing = sorted(set(range(len(classes))) - set(table["c"]))
    if missing:
        raise CorpusError(
            f"No recording or sentence is {' or '.join(classes.names[k] for k in missing)}, which the class set "
            f"{classes.name} needs; add a corpus that has them or choose another class set."
        )
    return table


def audio_sample(table: pd.DataFrame, config: FrontendConfig, *, n_views: int, seed: int) -> Sample:
    """Embeddings of an audio table and `n_views` augmented views of each recording, read from the cache where they are."""
    a = audio_embeddings(table["path"].tolist(), config, n_views=n_views, seed=seed)
    return Sample(
        a,
        table["c"].to_numpy(),
        table["speaker"].to_numpy(str),
        table["corpus"].to_numpy(str),
        AudioFrontend(config).emphasis,
    )


@dataclass(frozen=True)
class TextSample:
    """Labelled text embeddings. b: (N, Db); c, corpus, split: (N,)."""

    b: np.ndarray
    c: np.ndarray
    corpus: np.ndarray
    split: np.ndarray

    def where(self, keep: np.ndarray) -> TextSample:
        """The rows of a boolean mask."""
        return TextSample(self.b[keep], self.c[keep], self.corpus[keep], self.split[keep])


def text_sample(corpora: Mapping[str, Path], classes: ClassSet, encoder: TextEncoder) -> TextSample:
    """Sentences of all text corpora that the class set keeps, embedded (from the cache where they are).

    Whole corpora are embedded, so that every class set shares the cache.
    """
    tables = [read_text(name, folder) for name, folder in corpora.items()]
    b = np.concatenate([text_embeddings(table["text"].tolist(), encoder) for table in tables])
    table = pd.concat(tables, ignore_index=True)
    coded = _coded(table.assign(row=range(len(table))), classes)
    return TextSample(
        b[coded["row"]], coded["c"].to_numpy(), coded["corpus"].to_numpy(str), coded["split"].to_numpy(str)
    )
