"""What a checkpoint is made of: recordings and words, with some speakers kept out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sermi.encoders import TextEncoder
from sermi.errors import CorpusError
from sermi.frontend import FrontendConfig
from sermi.labels import ClassSet
from train.checkpoint.words import TextSource, text_source
from train.embeddings.dataset import audio_sample, audio_table
from train.samples import AudioSample

_MIN_SPEAKERS = 8
"""Of a corpus that some are kept out of; of these, one in as many of each gender."""


@dataclass(frozen=True)
class CheckpointData:
    """Recordings with their words, split by speaker."""

    classes: ClassSet
    table: pd.DataFrame
    """Of all N recordings, with their emotion code in column `c`."""
    held_out: np.ndarray
    """(N,) bool, the rows of speakers that no training sees."""
    train: AudioSample
    """The other speakers' rows."""
    test: AudioSample
    """The held-out speakers' rows."""
    words: TextSource
    """Words for both."""

    @property
    def neutral(self) -> int:
        """The emotion code of neutral."""
        return self.classes.names.index("neutral")

    @property
    def gender(self) -> np.ndarray:
        """(N,) names."""
        return self.table["gender"].to_numpy(str)


def read_data(
    classes: ClassSet,
    *,
    corpora: Mapping[str, Path],
    texts: Mapping[str, Path],
    frontend: FrontendConfig,
    n_views: int,
    encoder: TextEncoder,
    rng: np.random.Generator,
    seed: int,
) -> CheckpointData:
    """Read corpora and embed them, from the cache where they are.

    Args:
        classes: what is kept of each corpus.
        corpora: name -> folder of the audio corpora.
        texts: name -> folder of the text corpora; empty for the recordings' own words.
        frontend: of the audio embeddings.
        n_views: augmented views of each recording.
        encoder: of the text embeddings.
        rng: draws the sentences that recordings are joined with, at each call of `words`.
        seed: of the views.

    Raises:
        SermiError: a corpus can't be read, a class has no recording, or no speaker can be kept out.
    """
    table = audio_table(corpora, classes)
    sample = audio_sample(table, frontend, n_views=n_views, seed=seed)
    held_out = held_out_speakers(table)
    words = text_source(table, held_out, corpora=texts, classes=classes, encoder=encoder, rng=rng, seed=seed)
    return CheckpointData(
        classes=classes,
        table=table,
        held_out=held_out,
        train=sample.where(~held_out),
        test=sample.where(held_out),
        words=words,
    )


def held_out_speakers(table: pd.DataFrame) -> np.ndarray:
    """Rows (N,) of the speakers that no training sees.

    They are a corpus's own test sets, else an eighth of each gender's speakers, at least one. A corpus with fewer than
    eight speakers is trained on whole. Raises CorpusError when that leaves nobody.
    """
    chosen: list[str] = []
    for _, corpus in table.groupby("corpus"):
        published = corpus["part"].str.startswith("Test")
        if published.any():
            chosen += corpus["speaker"][published].unique().tolist()
            continue
        speakers = corpus.drop_duplicates("speaker").sort_values("speaker")
        if len(speakers) >= _MIN_SPEAKERS:
            for _, group in speakers.groupby("gender"):
                chosen += group["speaker"].tolist()[-max(1, len(group) // _MIN_SPEAKERS) :]
    if not chosen:
        raise CorpusError("No corpus has eight speakers or more, so none can be kept for testing; add one that has.")
    return table["speaker"].isin(chosen).to_numpy()
