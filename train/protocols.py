"""Evaluation protocols (DESIGN section 7): which recordings train and which test, fold by fold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sermi.errors import SermiError

RAVDESS_TEST_ACTORS: tuple[tuple[str, ...], ...] = (
    ("01", "11", "20", "21"),
    ("04", "10", "12", "14"),
    ("08", "09", "19", "23"),
    ("03", "05", "07", "24"),
    ("02", "15", "16", "18"),
    ("06", "13", "17", "22"),
)
"""The six speaker-disjoint folds of EmoBox (Ma et al., Interspeech 2024) for RAVDESS."""

Folds = dict[str, np.ndarray]


@dataclass(frozen=True)
class Protocol:
    """corpora: those it needs; class_set: its classes; folds: table -> name of each fold and its test rows, (N,) bool."""

    name: str
    corpora: tuple[str, ...]
    class_set: str
    folds: Callable[[pd.DataFrame], Folds]
    description: str


def _ravdess_folds(table: pd.DataFrame) -> Folds:
    actor = table["speaker"].str.split("_").str[-1]
    return {f"fold{i + 1}": actor.isin(actors).to_numpy() for i, actors in enumerate(RAVDESS_TEST_ACTORS)}


def _corpus_folds(table: pd.DataFrame) -> Folds:
    return {name: (table["corpus"] == name).to_numpy() for name in table["corpus"].unique()}


PROTOCOLS: Mapping[str, Protocol] = {
    protocol.name: protocol
    for protocol in (
        Protocol(
            "ravdess",
            ("ravdess",),
            "ravdess8",
            _ravdess_folds,
            "RAVDESS speech, 8 classes, six speaker-disjoint folds of EmoBox; mean over folds",
        ),
        Protocol(
            "leave-one-corpus-out",
            ("ravdess", "tess", "emodb", "nemo"),
            "open4",
            _corpus_folds,
            "train on three corpora, test on the fourth with no statistics of it; 4 classes; mean over corpora",
        ),
    )
}


def protocol(name: str) -> Protocol:
    """The protocol of that name. Raises SermiError for any other name."""
    if name not in PROTOCOLS:
        raise SermiError(f"'{name}' is not a protocol; use one of {', '.join(PROTOCOLS)}.")
    return PROTOCOLS[name]


def corpus_folders(data: Path, names: tuple[str, ...]) -> dict[str, Path]:
    """Folders of the named corpora below a data folder. Raises SermiError that names the first missing one."""
    folders = {name: data / name for name in names}
    for name, folder in folders.items():
        if not folder.is_dir():
            raise SermiError(f"There is no folder '{folder}' for the corpus {name}; put it there or change --data.")
    return folders
