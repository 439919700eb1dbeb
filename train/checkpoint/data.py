"""What a checkpoint is made of: recordings and words, with some speakers kept out."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
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
from train.recogniser.selection import N_INNER_FOLDS, folds_of
from train.recogniser.space import shows_voice
from train.samples import AudioSample

_log = logging.getLogger(__name__)

_MIN_SPEAKERS = 8
"""Of a corpus that some are kept out of; of these, one in as many of each gender."""
_MIN_RECORDINGS = 2
"""Of each class, whoever is left out: a generator needs as many."""


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
        SermiError: a corpus can't be read, or there is too little to train on; nothing is embedded then.
    """
    table = voices_table(corpora, classes)
    check_table(table, classes, own_words=not texts, seed=seed)
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


def voices_table(corpora: Mapping[str, Path], classes: ClassSet) -> pd.DataFrame:
    """`of_voices` of the recordings of corpora (name -> folder)."""
    return of_voices(audio_table(corpora, classes, is_complete=False))


def of_voices(table: pd.DataFrame) -> pd.DataFrame:
    """Without the speakers that `shows_voice` leaves out, which is logged."""
    keep = shows_voice(*(table[name].to_numpy() for name in ("c", "speaker", "corpus")))
    for corpus, rows in table[~keep].groupby("corpus"):
        n = rows["speaker"].nunique()
        _log.warning("%d speakers of %s are left out: their emotion is tied to their sentences or to them.", n, corpus)
    return table[keep].reset_index(drop=True)


def held_out_speakers(table: pd.DataFrame) -> np.ndarray:
    """Rows (N,) of the speakers that no training sees.

    They are a corpus's own test sets, else an eighth of each gender's speakers, at least one. A corpus with fewer than
    eight speakers is trained on whole. Raises CorpusError when that leaves nobody.
    """
    held_out = _held_out_rows(table)
    if not held_out.any():
        raise CorpusError("No corpus has eight speakers or more, so none can be kept for testing; add one that has.")
    return held_out


def _held_out_rows(table: pd.DataFrame) -> np.ndarray:
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
    return table["speaker"].isin(chosen).to_numpy(bool)


def check_table(table: pd.DataFrame, classes: ClassSet, *, own_words: bool, seed: int) -> None:
    """Raises CorpusError with all that recordings lack to train a checkpoint on.

    Args:
        table: of recordings, with their emotion code in column `c`.
        classes: the class set.
        own_words: whether the words are the recordings' own.
        seed: of the inner folds.
    """
    held_out = _held_out_rows(table)
    lacking = [*_lacking_speakers(table, held_out), *_lacking_emotions(table, held_out, classes, seed)]
    if own_words and not table["text"].str.strip().any():
        lacking.append("words (what was said in a column text, or sentences by --text)")
    if lacking:
        raise CorpusError(
            f"A checkpoint is trained on at least {_MIN_SPEAKERS} named speakers of one corpus, each emotion of "
            f"{classes.name} by several of them, and words; these recordings lack {'; '.join(lacking)}."
        )


def _lacking_speakers(table: pd.DataFrame, held_out: np.ndarray) -> Iterator[str]:
    """What there should be to keep some speakers for testing."""
    if not held_out.any():
        counts = ", ".join(
            f"{corpus} has {'none' if list(rows.unique()) == [f'{corpus}_unknown'] else rows.nunique()}"
            for corpus, rows in table.groupby("corpus")["speaker"]
        )
        yield f"{_MIN_SPEAKERS} speakers ({counts or 'there are none'}, a CSV names them in a column speaker)"
    elif table["c"][held_out].nunique() < 2:
        names = ", ".join(sorted(table["speaker"][held_out].unique()))
        yield f"a second emotion by a speaker who is kept for testing ({names})"


def _lacking_emotions(table: pd.DataFrame, held_out: np.ndarray, classes: ClassSet, seed: int) -> Iterator[str]:
    """Classes of which nothing remains to train on while speakers or corpora are left out to choose and calibrate."""
    rows = table[~held_out]
    corpus, speaker, c = (rows[name].to_numpy() for name in ("corpus", "speaker", "c"))
    by_corpus = len(np.unique(corpus)) > 1
    enough = by_corpus or len(np.unique(speaker)) >= N_INNER_FOLDS
    folds = folds_of(corpus, speaker, seed) if enough else [speaker == name for name in np.unique(speaker)]
    for k, emotion in enumerate(classes.names):
        if min([np.sum((c == k) & ~fold) for fold in folds], default=0) < _MIN_RECORDINGS:
            n_speakers = len(np.unique(speaker[c == k]))
            yield (
                f"{emotion} (to train on there is none)"
                if not n_speakers
                else f"{emotion} {'in another corpus' if by_corpus else 'by more speakers'} "
                f"(recordings to train on: {np.sum(c == k)}, speakers: {n_speakers})"
            )
