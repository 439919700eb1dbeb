"""Real rows with generated ones below them, and what was measured of the generated ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sermi.errors import SermiError
from sermi.own_features.resamplers import targets
from sermi.own_features.table import FeatureTable
from sermi.own_features.writing import with_generated

if TYPE_CHECKING:
    import pandas as pd

    from sermi.augment.report import SamplerReport


@dataclass(frozen=True)
class Augmented:
    """A table with generated rows below the real ones."""

    table: FeatureTable
    frame: pd.DataFrame
    """(N + n, all columns and `generated`)."""
    counts: Mapping[str, tuple[int, int]]
    """Class -> real and generated rows."""
    measured: SamplerReport
    """Information with control and ceiling, and closeness to real rows."""


def augment(
    table: FeatureTable, *, ratio: float = 1.0, sampler: Mapping[str, Any] | None = None, seed: int = 0
) -> Augmented:
    """Generate rows of every class by SERMI.

    Args:
        table: of the real rows.
        ratio: generated rows of each class on top of balance, for each row of the largest class; 0 balances and no more.
        sampler: options of SermiSampler; None for its defaults.
        seed: of the fit and of the rows.

    Raises:
        SermiError: Classes that are equal already where nothing else was asked for, one of a single row, features that can't
            be learnt from, or something that isn't a table of `read`.
    """
    if not isinstance(table, FeatureTable):
        raise SermiError(f"Give a table that own_features.read gives, not a {type(table).__name__}.")
    from sermi.augment.sampler import SermiSampler

    y = table.y.to_numpy()
    wanted = targets(y, ratio)
    check_wanted(y, wanted)
    fitted = SermiSampler(sampling_strategy=wanted, random_state=seed, **(sampler or {}))
    X, labels = fitted.fit_resample(table.X, table.y, groups=table.groups, text=table.text)  # noqa: N806 # as there
    new, new_labels = X.iloc[len(table) :], labels.iloc[len(table) :]
    frame = with_generated(table, new, new_labels)
    counts = {
        str(label): (int((y == label).sum()), int((new_labels.to_numpy() == label).sum())) for label in np.unique(y)
    }
    return Augmented(table, frame, counts, fitted.report_)


def check_wanted(y: np.ndarray, wanted: Mapping[object, int]) -> None:
    """Raises SermiError where no class lacks rows, or one has a single row, from which nothing can be learnt."""
    labels, count = np.unique(y, return_counts=True)
    if count.min() < 2:
        raise SermiError(
            f"There is one row of '{labels[count.argmin()]}', too few to learn how it varies; give more or leave it out."
        )
    if sum(wanted.values()) <= len(y):
        raise SermiError("The classes are equal already, so nothing would be generated; give a --ratio over 0.")
