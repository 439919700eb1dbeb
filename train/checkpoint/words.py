"""Where the words of a checkpoint's recordings come from: sentences of the same emotion, or their own transcripts.

Open corpora of acted speech have the same few sentences for every emotion, so their recordings are joined with
sentences of text corpora (label-matched). Corpora of conversations have transcripts: then words and voice of a pair
belong together, and the text side is fitted on training speakers' words alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from sermi.encoders import TextEncoder
from sermi.labels import ClassSet
from sermi.models.baseline import Fusion
from sermi.stats.folds import speaker_folds
from train.embeddings.dataset import own_words, text_sample
from train.recogniser.selection import N_INNER_FOLDS
from train.samples import TextSample

LABEL_MATCHED, OWN = "label_matched_pairs", "own_words"
"""Kinds of pairs, as metrics.json calls them."""


class TextSource(Protocol):
    """Words for the rows of a table of recordings, some of whose speakers are held out."""

    texts: TextSample
    """What the text side is fitted and measured on."""
    pairs: str
    """How recordings and words were joined, for the checkpoint's record."""
    kind: str
    """`LABEL_MATCHED` or `OWN`."""

    def for_fusion(self, c: np.ndarray, neutral: int) -> tuple[np.ndarray, np.ndarray]:
        """Training rows (N,) bool that the fusion is fitted on, and which of `texts` (n,) are their words.

        c: (N,) codes of the training rows; neutral: its code.
        """
        ...

    def for_training(self, c: np.ndarray) -> np.ndarray:
        """Embeddings (N, Db) of words for the training rows, whose codes c (N,) are."""
        ...

    def for_test(self, c: np.ndarray) -> np.ndarray:
        """Embeddings (n, Db) of words for the rows of held-out speakers, whose codes c (n,) are."""
        ...


@dataclass
class LabelMatched:
    """Random sentences of the same emotion. Each call draws anew, so the order of calls matters."""

    texts: TextSample
    rng: np.random.Generator
    pairs: str = "label-matched: a sentence of the same emotion is joined to a recording at random"
    kind: str = LABEL_MATCHED

    def for_fusion(self, c: np.ndarray, neutral: int) -> tuple[np.ndarray, np.ndarray]:
        """Half of them plain words, which in life an emotional voice says too (`Fusion.plain_words`)."""
        emotion_of_words = np.where(self.rng.random(len(c)) < Fusion.plain_words, neutral, c)
        return np.ones(len(c), bool), self._draw("dev", emotion_of_words)

    def for_training(self, c: np.ndarray) -> np.ndarray:
        return self.texts.b[self._draw("train", c)]

    def for_test(self, c: np.ndarray) -> np.ndarray:
        return self.texts.b[self._draw("test", c)]

    def _draw(self, split: str, c: np.ndarray) -> np.ndarray:
        """For each code in c (N,), a random sentence of that emotion from a split, as its row (N,) in `texts`."""
        texts = self.texts
        rows = np.zeros(len(c), int)
        for k in np.unique(c):
            pool = np.flatnonzero((texts.split == split) & (texts.c == k))
            rows[c == k] = self.rng.choice(pool, int((c == k).sum()))
        return rows


@dataclass
class OwnWords:
    """The recordings' own words."""

    texts: TextSample
    """Of every row, split by speaker; development speakers' words are for penalties and the fusion."""
    pairs: str = "own: each recording with what was said in it"
    kind: str = OWN

    def for_fusion(self, c: np.ndarray, neutral: int) -> tuple[np.ndarray, np.ndarray]:
        split = self.texts.split
        rows = split[split != "test"] == "dev"
        return rows, np.flatnonzero(split == "dev")

    def for_training(self, c: np.ndarray) -> np.ndarray:
        return self.texts.b[self.texts.split != "test"]

    def for_test(self, c: np.ndarray) -> np.ndarray:
        return self.texts.b[self.texts.split == "test"]


def text_source(
    table: pd.DataFrame,
    held_out: np.ndarray,
    *,
    corpora: Mapping[str, Path],
    classes: ClassSet,
    encoder: TextEncoder,
    rng: np.random.Generator,
    seed: int,
) -> TextSource:
    """Sentences of text corpora, or, where there are none, the recordings' own words.

    Args:
        table: of recordings, with their code in column `c`.
        held_out: (N,) bool, the rows of speakers kept out of training.
        corpora: name -> folder of the text corpora.
        classes: that sentences are kept of.
        encoder: of the text embeddings.
        rng: draws sentences.
        seed: of the development speakers, where the words are the recordings' own.

    Raises:
        SermiError: there are neither text corpora nor transcripts.
    """
    if corpora:
        return LabelMatched(text_sample(corpora, classes, encoder), rng)
    b = own_words(table, ", ".join(table["corpus"].unique()), encoder)
    split = np.where(held_out, "test", "train").astype(object)
    speaker = table["speaker"].to_numpy(str)
    development = next(speaker_folds(speaker[~held_out], N_INNER_FOLDS, seed))
    split[np.flatnonzero(~held_out)[development]] = "dev"
    return OwnWords(TextSample(b, table["c"].to_numpy(), table["corpus"].to_numpy(str), split.astype(str)))
