"""Evaluation protocols: which recordings train and which test, fold by fold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sermi.errors import SermiError
from sermi.labels import ClassSet
from train.splits import stored

RAVDESS_TEST_ACTORS: tuple[tuple[str, ...], ...] = (
    ("01", "11", "20", "21"),
    ("04", "10", "12", "14"),
    ("08", "09", "19", "23"),
    ("03", "05", "07", "24"),
    ("02", "15", "16", "18"),
    ("06", "13", "17", "22"),
)
"""The six speaker-disjoint folds of EmoBox (Ma et al., Interspeech 2024) for RAVDESS."""


@dataclass(frozen=True)
class Fold:
    """Which of N recordings train and which test."""

    train: np.ndarray
    """(N,) bool."""
    test: np.ndarray
    """(N,) bool."""
    validation: np.ndarray | None = None
    """(N,) bool: the corpus's own development set, on which hyper-parameters are chosen. None: they are chosen on speakers
    (or corpora) within the training rows."""


Folds = dict[str, Fold]
"""By name."""


@dataclass(frozen=True)
class Protocol:
    """A way to evaluate on corpora."""

    name: str
    corpora: tuple[str, ...]
    """Those it needs."""
    class_set: str
    """The name of its classes."""
    folds: Callable[[pd.DataFrame], Folds]
    """Of a table of recordings."""
    description: str
    """In words, for results and reports."""


def _ravdess_folds(table: pd.DataFrame) -> Folds:
    return _folds_of_speakers(table, {f"fold{i}": actors for i, actors in enumerate(RAVDESS_TEST_ACTORS, 1)})


def _folds_of_speakers(table: pd.DataFrame, tested: Mapping[str, Sequence[str]]) -> Folds:
    """tested: fold -> the speakers that it tests, without their corpus."""
    speaker = table["speaker"].str.split("_").str[-1]
    return {name: _held_out(speaker.isin(speakers)) for name, speakers in tested.items()}


def _folds_by(column: str) -> Callable[[pd.DataFrame], Folds]:
    """Each value of a column is held out in turn."""
    return lambda table: {name: _held_out(table[column] == name) for name in sorted(table[column].unique())}


def _held_out(test: pd.Series) -> Fold:
    rows = test.to_numpy(bool)
    return Fold(~rows, rows)


def _published_sets(table: pd.DataFrame) -> Folds:
    """The corpus's own sets: each test set is a fold, hyper-parameters are chosen on the development set."""
    part = table["part"]
    missing = {"Train", "Development"} - set(part)
    names = sorted(name for name in part.unique() if name.startswith("Test"))
    if missing or not names:
        absent = " and ".join(sorted(missing)) or "any test set"
        raise SermiError(f"The table has no recording of {absent}; check the column Split_Set of the corpus's labels.")
    train, development = ((part == name).to_numpy(bool) for name in ("Train", "Development"))
    return {name: Fold(train, (part == name).to_numpy(bool), development) for name in names}


PROTOCOLS: Mapping[str, Protocol] = {
    protocol.name: protocol
    for protocol in (
        Protocol(
            name="ravdess",
            corpora=("ravdess",),
            class_set="ravdess8",
            folds=_ravdess_folds,
            description="RAVDESS speech, 8 classes, six speaker-disjoint folds of EmoBox; mean over folds",
        ),
        Protocol(
            name="leave-one-corpus-out",
            corpora=("ravdess", "tess", "emodb", "nemo"),
            class_set="open4",
            folds=_folds_by("corpus"),
            description="train on three corpora, test on the fourth with no statistics of it; 4 classes; mean over corpora",
        ),
        Protocol(
            name="new-voice",
            corpora=("ravdess", "emodb", "nemo", "tess", "savee", "emotts", "turev"),
            class_set="open4",
            folds=_folds_by("corpus"),
            description="train on six corpora, test on the seventh with no statistics of it: speakers, rooms and mostly a "
            "language that no training met; 4 classes; mean over corpora",
        ),
        Protocol(
            name="iemocap",
            corpora=("iemocap",),
            class_set="open4",
            folds=_folds_by("part"),
            description="IEMOCAP, 4 classes (excitement is happiness), each of the five sessions held out in turn; "
            "mean over sessions",
        ),
        Protocol(
            name="msp_improv",
            corpora=("msp_improv",),
            class_set="open4",
            folds=_folds_by("part"),
            description="MSP-IMPROV, 4 classes, each of the six sessions held out in turn; mean over sessions",
        ),
        Protocol(
            name="msp_podcast_4",
            corpora=("msp_podcast",),
            class_set="open4",
            folds=_published_sets,
            description="MSP-Podcast, 4 classes, the corpus's own training, development and test sets",
        ),
        Protocol(
            name="msp_podcast_8",
            corpora=("msp_podcast",),
            class_set="podcast8",
            folds=_published_sets,
            description="MSP-Podcast, 8 classes, the corpus's own training, development and test sets",
        ),
    )
}


def protocol(name: str) -> Protocol:
    """The protocol of that name. Raises SermiError for any other name."""
    if name not in PROTOCOLS:
        raise SermiError(f"'{name}' is not a protocol; use one of {', '.join(PROTOCOLS)}.")
    return PROTOCOLS[name]


def folds(source: Protocol, table: pd.DataFrame, n_splits: int | None = None) -> Folds:
    """A protocol's own folds of a table of recordings, or so many of the repeated splits that are kept of its corpus.

    Raises SermiError where none, or not so many, are kept.
    """
    if n_splits is None:
        return source.folds(table)
    return _folds_of_speakers(table, stored("+".join(source.corpora), n_splits))


def scored_rows(table: pd.DataFrame, classes: ClassSet) -> np.ndarray:
    """Rows (N,) bool, of a table with codes `c`, that count in a test: those whose own label is a class, since no two
    corpora agree on what is merged into it. Only where a corpus has nothing else of a class, its merged rows stand for it.

    RAVDESS has neutral and calm, so its calm trains and doesn't test; TurEV-DB's calm is all the neutral that it has.
    """
    own_label = table["emotion"].isin(classes.names)
    has_own_label = own_label.groupby([table["corpus"], table["c"]]).transform("any")
    return (own_label | ~has_own_label).to_numpy(bool)


def corpus_folders(data: Path, names: tuple[str, ...]) -> dict[str, Path]:
    """Folders of the named corpora below a data folder. Raises SermiError that names the first missing one."""
    folders = {name: data / name for name in names}
    for name, folder in folders.items():
        if not folder.is_dir():
            raise SermiError(f"There is no folder '{folder}' for the corpus {name}; put it there or change --data.")
    return folders
