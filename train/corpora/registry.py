"""Every corpus under its short name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from sermi.errors import CorpusError
from train.corpora import (
    emodb,
    emotts,
    goemotions,
    iemocap,
    meld,
    msp_improv,
    msp_podcast,
    nemo,
    ravdess,
    savee,
    tess,
    turev,
    user_csv,
)

Reader = Callable[[Path], pd.DataFrame]

AUDIO_READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "ravdess": ravdess.read,
        "tess": tess.read,
        "emodb": emodb.read,
        "nemo": nemo.read,
        "savee": savee.read,
        "turev": turev.read,
        "emotts": emotts.read,
        "iemocap": iemocap.read,
        "msp_improv": msp_improv.read,
        "msp_podcast": msp_podcast.read,
        "csv": user_csv.read,
    }
)
"""Readers of recordings. Each takes the corpus's folder, `csv` the CSV file itself."""

TEXT_READERS: Mapping[str, Reader] = MappingProxyType({"goemotions": goemotions.read, "meld": meld.read})
"""Readers of sentences. Each takes the corpus's folder."""


def read_audio(name: str, folder: Path) -> pd.DataFrame:
    """The recordings of the corpus `name` in `folder` (for `csv`: the CSV file), one row per file.

    Returns a table with the columns `COLUMNS`, always in the same order.
    Raises CorpusError when the name is unknown or the folder isn't that corpus.
    """
    return _reader(AUDIO_READERS, "an audio corpus", name)(folder)


def read_text(name: str, folder: Path) -> pd.DataFrame:
    """The sentences of the corpus `name` in `folder`, one row per sentence with exactly one emotion.

    Returns a table with the columns `TEXT_COLUMNS`: train, then dev, then test, each in its file's order.
    Raises CorpusError when the name is unknown or the folder isn't that corpus.
    """
    return _reader(TEXT_READERS, "a text corpus", name)(folder)


def _reader(readers: Mapping[str, Reader], kind: str, name: str) -> Reader:
    if name not in readers:
        raise CorpusError(f"'{name}' is not {kind}; use one of {', '.join(readers)}.")
    return readers[name]
