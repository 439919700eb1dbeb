"""The two tables that every reader returns: recordings and sentences, emotions under SERMI's names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from sermi.errors import CorpusError, SermiError
from sermi.labels import canonical


class Clip(NamedTuple):
    """One recording. What a corpus doesn't have is ''."""

    path: Path
    """Absolute; a str in the table."""
    corpus: str
    speaker: str
    """Unique over all corpora, such as `ravdess_01`."""
    gender: str
    """male or female; a user's table may say otherwise."""
    emotion: str
    """As the corpus spells it; the table has the canonical name."""
    text: str
    language: str
    """ISO 639-1."""
    part: str = ""
    """The corpus's own division, such as `session1` or `Test1`."""


class Sentence(NamedTuple):
    """One sentence of a text corpus."""

    text: str
    corpus: str
    emotion: str
    """As the corpus spells it; the table has the canonical name."""
    language: str
    """ISO 639-1."""
    split: str
    """train, dev or test."""


COLUMNS: tuple[str, ...] = Clip._fields
TEXT_COLUMNS: tuple[str, ...] = Sentence._fields


def audio_table(clips: Iterable[Clip]) -> pd.DataFrame:
    """A table of recordings with the columns `COLUMNS`. Raises CorpusError, naming the file, for an unknown emotion."""
    rows = [
        {**clip._asdict(), "path": str(clip.path), "emotion": _canonical_in(clip.path.name, clip.emotion)}
        for clip in clips
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def text_table(sentences: Iterable[Sentence]) -> pd.DataFrame:
    """A table of sentences with the columns `TEXT_COLUMNS`. Raises CorpusError for an unknown emotion."""
    rows = [
        sentence._replace(emotion=_canonical_in(f"{sentence.corpus}, {sentence.split}", sentence.emotion))
        for sentence in sentences
    ]
    return pd.DataFrame(rows, columns=TEXT_COLUMNS)


def _canonical_in(place: str, emotion: str) -> str:
    """`sermi.labels.canonical`; a CorpusError says in what place an unknown emotion stands."""
    try:
        return canonical(emotion)
    except SermiError as error:
        raise CorpusError(f"{place}: {error}") from None
