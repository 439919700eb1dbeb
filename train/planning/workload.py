"""What there is to work on: how many recordings, how long, in which folds; counted, or told where the data is elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sermi.errors import SermiError
from sermi.labels import ClassSet
from train.corpora.counts import PUBLISHED
from train.embeddings.dataset import audio_table
from train.protocols import Folds, Protocol, corpus_folders

MAX_HEADERS = 2_000
_PARTS = {
    "iemocap": tuple(PUBLISHED["iemocap"].parts),
    "msp_improv": tuple(f"session{number}" for number in range(1, 7)),
    "msp_podcast": ("Train",) * 14 + ("Development",) * 2 + ("Test1",) * 3 + ("Test2",),
}
"""Published divisions, on which imagined recordings are spread; MSP-Podcast's in about the proportions of its releases."""


@dataclass(frozen=True)
class Extent:
    """paths, texts: empty where the data isn't here. rests_on: how all this is known."""

    recordings: int
    hours: float
    folds: Folds
    paths: tuple[str, ...]
    texts: tuple[str, ...]
    rests_on: str


def found(source: Protocol, data: Path, classes: ClassSet) -> Extent:
    """Count a protocol's recordings, and add up what their headers say (of 2,000 drawn ones where there are more).

    Raises SermiError for missing data, or where no header tells a length.
    """
    table = audio_table(corpus_folders(data, source.corpora), classes)
    paths, n = table["path"].tolist(), len(table)
    looked = [paths[i] for i in np.random.default_rng(0).permutation(n)[:MAX_HEADERS]]
    seconds = [duration for path in looked if (duration := _duration(path)) is not None]
    if not seconds:
        raise SermiError(
            "No recording has a header that tells its length; give --recordings and --hours instead of --data."
        )
    hours = float(np.mean(seconds)) * n / 3600
    rests_on = "headers of all" if len(seconds) == n else f"headers of {len(seconds):,}"
    said = tuple(text for text in table["text"] if text.strip())
    return Extent(n, hours, source.folds(table), tuple(paths), said, rests_on)


def told(source: Protocol, recordings: int, hours: float) -> Extent:
    """Where the data is elsewhere."""
    folds = source.folds(imagined_table(source.corpora, recordings))
    return Extent(recordings, hours, folds, (), (), "as told; the data isn't here")


def imagined_table(corpora: Sequence[str], n: int) -> pd.DataFrame:
    """n rows over the published divisions of corpora, so that a protocol can deal them to its folds.

    >>> imagined_table(["iemocap"], 10)["part"].nunique()
    5
    """
    rows = []
    for number in range(n):
        corpus, i = corpora[number % len(corpora)], number // len(corpora)
        parts = _PARTS.get(corpus, ("",))
        rows.append((corpus, f"{corpus}_{i % 24 + 1:02d}", parts[i % len(parts)]))
    return pd.DataFrame(rows, columns=["corpus", "speaker", "part"])


def _duration(path: str) -> float | None:
    """Seconds by the header; None where it doesn't tell."""
    import soundfile

    try:
        return soundfile.info(path).duration
    except (soundfile.LibsndfileError, OSError):
        return None
