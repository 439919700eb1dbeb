"""What there is to work on: how many recordings, how long, in which folds; counted, or declared where the data is elsewhere."""

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
from train.protocols import Folds, Protocol, corpus_folders, folds

MAX_HEADERS = 2_000
"""Files that are opened to see how long they are; more would take minutes and change nothing."""
_PARTS = {
    "iemocap": tuple(PUBLISHED["iemocap"].parts),
    "msp_improv": tuple(f"session{number}" for number in range(1, 7)),
    "msp_podcast": ("Train",) * 14 + ("Development",) * 2 + ("Test1",) * 3 + ("Test2",),
}
"""Published divisions, on which imagined recordings are spread; MSP-Podcast's in about the proportions of its releases."""


@dataclass(frozen=True)
class Workload:
    """Recordings of a protocol."""

    recordings: int
    """How many."""
    hours: float
    """How long they are in all."""
    folds: Folds
    paths: tuple[str, ...]
    """Of the recordings; empty where the data isn't here."""
    texts: tuple[str, ...]
    """Their transcripts, likewise."""
    rests_on: str
    """How all this is known."""

    @property
    def n_train(self) -> int:
        """Training recordings of a fold, on average."""
        return int(np.mean([rows.train.sum() for rows in self.folds.values()]))


def count_recordings(source: Protocol, data: Path, classes: ClassSet, n_splits: int | None = None) -> Workload:
    """Count a protocol's recordings, and add up the lengths in their headers (of 2,000 drawn ones where there are more).

    Raises SermiError for missing data, or where no header has a length.
    """
    table = audio_table(corpus_folders(data, source.corpora), classes)
    paths, n = table["path"].tolist(), len(table)
    drawn = [paths[i] for i in np.random.default_rng(0).permutation(n)[:MAX_HEADERS]]
    seconds = [duration for path in drawn if (duration := _duration(path)) is not None]
    if not seconds:
        raise SermiError(
            "No recording has a header that tells its length; give --recordings and --hours instead of --data."
        )
    hours = float(np.mean(seconds)) * n / 3600
    rests_on = "headers of all" if len(seconds) == n else f"headers of {len(seconds):,}"
    texts = tuple(text for text in table["text"] if text.strip())
    return Workload(
        recordings=n,
        hours=hours,
        folds=folds(source, table, n_splits),
        paths=tuple(paths),
        texts=texts,
        rests_on=rests_on,
    )


def declared_workload(source: Protocol, recordings: int, hours: float, n_splits: int | None = None) -> Workload:
    """So many recordings of so many hours, dealt to folds by the protocol: for data that is elsewhere."""
    return Workload(
        recordings=recordings,
        hours=hours,
        folds=folds(source, imagined_table(source.corpora, recordings), n_splits),
        paths=(),
        texts=(),
        rests_on="as declared; the data isn't here",
    )


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
    """Seconds by the header; None where it has none."""
    import soundfile

    try:
        return soundfile.info(path).duration
    except (soundfile.LibsndfileError, OSError):
        return None
