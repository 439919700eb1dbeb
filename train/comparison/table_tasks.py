"""A comparison's tasks of a feature table: features that somebody else has extracted, of whatever corpus.

Folds are those of a column, each of whose values is tested once, else speakers dealt to folds. As for corpora, what features
are projected by is fitted on the training rows of each fold alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sermi.errors import SermiError
from sermi.features import Features
from sermi.own_features.table import FeatureTable, read
from train.comparison.tasks import FEATURE_DIM, TEXT_FEATURE_DIM, ComparisonTask
from train.fingerprints import digest, of_code
from train.recogniser.discriminant import FittedProjection, fit_projection

N_FOLDS = 5
_FEWEST_SPEAKERS = 3
"""That train: inner validation holds a third of them out."""


@dataclass(frozen=True)
class TableSource:
    """A table to compare on."""

    table: FeatureTable
    fold: str | None
    """Column that says in which fold a row is tested; None to deal speakers to folds."""
    content: str
    """Digest of the file."""

    @classmethod
    def read(cls, path: Path, *, label: str | None, group: str | None, fold: str | None) -> TableSource:
        """From a file. Raises SermiError where it can't be used, or has no groups."""
        table = read(path, label=label, group=group, fold=fold)
        if table.groups is None:
            raise SermiError("A comparison holds speakers out, so it needs their column; give it as --group.")
        return cls(table, fold, hashlib.sha256(path.read_bytes()).hexdigest()[:16])

    @property
    def protocol(self) -> str:
        """Name of the comparison and of its files."""
        return f"table-{Path(self.table.name).stem}"

    def fingerprints(self) -> dict[str, str]:
        """What features and folds depend on."""
        columns = self.table.columns
        parts = [columns.label, columns.group, columns.features, columns.text, self.fold]
        return {"table": self.content, "options": digest(parts), "code": of_code(_task, _projected, fit_projection)}

    def described(self) -> dict[str, Any]:
        """What the tasks are of, for a result to carry."""
        columns = self.table.columns
        return {
            "table": self.table.describe(),
            "label": columns.label,
            "group": columns.group,
            "fold": self.fold,
            "n_features": len(columns.features),
            "features": self.fingerprints(),
        }

    def tasks(self, seeds: Sequence[int]) -> list[ComparisonTask]:
        """One for each fold and seed; seeds share their training rows. Raises SermiError for folds that can't be used."""
        classes, c = np.unique(_words(self.table.y), return_inverse=True)
        speaker = _words(self.table.frame[self.table.columns.group])
        names = self._folds(c, speaker)
        depends_on = digest(self.fingerprints())
        planned: list[ComparisonTask] = []
        for name in sorted(set(names.tolist())):
            test = names == name
            _check_fold(name, c, speaker, test)
            planned += _task(self, name, test, seeds, (tuple(classes.tolist()), c, speaker, depends_on))
        return planned

    def _folds(self, c: np.ndarray, speaker: np.ndarray) -> np.ndarray:
        """(N,) the fold in which each row is tested."""
        from sklearn.model_selection import StratifiedGroupKFold

        if self.fold is not None:
            folds = self.table.frame[self.fold].astype(str).to_numpy(str)
            if len(set(folds.tolist())) < 2:
                raise SermiError(f"Column '{self.fold}' names one fold alone; at least two are needed.")
            return folds
        n_folds = min(N_FOLDS, len(np.unique(speaker)))
        names = np.empty(len(c), dtype="<U8")
        dealt = StratifiedGroupKFold(n_folds, shuffle=True, random_state=0)
        for number, (_, test) in enumerate(dealt.split(c[:, None], c, speaker), 1):
            names[test] = f"fold{number}"
        return names


def _words(column: pd.Series) -> np.ndarray:
    """(N,) values as single words, as tables list them beside each other."""
    return column.astype(str).str.replace(r"\s+", "_", regex=True).to_numpy(str)


def _check_fold(name: str, c: np.ndarray, speaker: np.ndarray, test: np.ndarray) -> None:
    shared = sorted(set(speaker[test]) & set(speaker[~test]))
    if shared:
        raise SermiError(
            f"'{shared[0]}' is both trained on and tested in fold '{name}'; give folds that keep groups whole."
        )
    if len(np.unique(speaker[~test])) < _FEWEST_SPEAKERS:
        raise SermiError(f"Fold '{name}' leaves fewer than {_FEWEST_SPEAKERS} groups to train on; give more speakers.")
    if len(np.unique(c[~test])) < len(np.unique(c)):
        raise SermiError(f"The training rows of fold '{name}' lack a class; give other folds, or leave the class out.")


def _task(
    source: TableSource,
    name: str,
    test: np.ndarray,
    seeds: Sequence[int],
    labels: tuple[tuple[str, ...], np.ndarray, np.ndarray, str],
) -> list[ComparisonTask]:
    """One fold's, of each seed. labels: class names, codes (N,), speakers (N,), fingerprint."""
    classes, c, speaker, depends_on = labels
    h = _projected(source.table.X.to_numpy(np.float32), test, FEATURE_DIM)
    t = None if source.table.text is None else _projected(source.table.text.astype(np.float32), test, TEXT_FEATURE_DIM)
    train, tested = (
        Features(h[rows], c[rows], speaker[rows], None if t is None else t[rows]) for rows in (~test, test)
    )
    return [
        ComparisonTask(
            protocol=source.protocol,
            fold=name,
            seed=seed,
            draw=0,
            classes=classes,
            train=train,
            test=tested,
            features=depends_on,
        )
        for seed in seeds
    ]


def _projected(x: np.ndarray, test: np.ndarray, dim: int) -> np.ndarray:
    """(N, at most dim), by what the training rows are like, of a root mean square of 1 around their mean."""
    train = x[~test]
    project: FittedProjection = fit_projection(train, min(dim, len(train) - 1), 0)
    h = project(train)
    return project(x) / np.sqrt(np.mean((h - h.mean(axis=0)) ** 2))
