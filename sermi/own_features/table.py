"""A feature table: its rows, and which of its columns are what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sermi.errors import SermiError
from sermi.own_features.columns import GENERATED, GROUPS, Columns, check_rows, columns_of, given
from sermi.own_features.limits import DEFAULT_LIMITS, Limits
from sermi.own_features.reading import read_frame

if TYPE_CHECKING:
    import pandas as pd

_NAMED = 4
"""Columns that are left out and named one by one; the others are counted."""


@dataclass(frozen=True)
class FeatureTable:
    """Real rows, checked."""

    name: str
    """Of the file."""
    frame: pd.DataFrame
    """(N, all columns)."""
    columns: Columns
    blocks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Columns that were one array, by its name, in an .npz."""

    def __post_init__(self) -> None:
        if GENERATED in self.blocks:
            raise SermiError(f"There is an array '{GENERATED}' already; give the real rows alone, without it.")
        check_rows(self.frame, self.columns)

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def X(self) -> pd.DataFrame:  # noqa: N802 # as scikit-learn calls it
        """(N, d) features under their names."""
        return self.frame[list(self.columns.features)]

    @property
    def y(self) -> pd.Series:
        """(N,) labels; categories as what they name."""
        return plain(self.frame[self.columns.label])

    @property
    def groups(self) -> np.ndarray | None:
        """(N,) names of the groups."""
        return None if self.columns.group is None else self.frame[self.columns.group].astype(str).to_numpy(str)

    @property
    def text(self) -> np.ndarray | None:
        """(N, dt) text features."""
        return self.frame[list(self.columns.text)].to_numpy(np.float64) if self.columns.text else None

    def describe(self) -> str:
        """What was understood, on one line."""
        label, group = self.columns.label, self.columns.group
        parts = [f"{len(self):,} rows", f"label {label} ({self.y.nunique()} classes)"]
        parts.append(f"groups {group} ({self.frame[group].nunique()})" if group else f"no groups{self._why_none()}")
        parts.append(f"{len(self.columns.features)} features")
        if self.columns.text:
            parts.append(f"{len(self.columns.text)} text features")
        if left_out := self.columns.left_out:
            more = f" and {len(left_out) - _NAMED} more" if len(left_out) > _NAMED else ""
            parts.append(f"left out: {', '.join(left_out[:_NAMED])}{more}")
        return f"{self.name}: {'; '.join(parts)}"

    def _why_none(self) -> str:
        """Where a column has the name of one for groups, why it isn't taken for them."""
        columns = self.columns
        for name in columns.left_out:
            if name.lower() in GROUPS and name not in columns.ignored:
                n = self.frame[name].nunique()
                if n < 2 or n == len(self):
                    return f" ({name} has {'one value' if n < 2 else 'another value in every row'})"
        return ""


def plain(column: pd.Series) -> pd.Series:
    """Categories as the values that they name; all else as it is."""
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.astype(column.cat.categories.dtype)
    return column


def read(
    path: str | Path,
    *,
    label: str | None = None,
    group: str | None = None,
    guess_group: bool = True,
    text: Sequence[str] = (),
    ignore: Sequence[str] = (),
    fold: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> FeatureTable:
    """A table of features in a file.

    Args:
        path: .csv, .tsv, .parquet, .feather, .npz or .arff.
        label: column of the label; None to guess it by its name.
        group: column of the speaker, or whatever mustn't be split; None to guess it.
        guess_group: False for rows without groups.
        text: columns of text features; * and ? stand for any letters.
        ignore: columns to leave out, likewise.
        fold: column that says when a row is tested, and is left out.
        limits: of the size.

    Raises:
        SermiError: What can't be read, or lacks a part.
    """
    path = Path(path)
    frame, blocks = read_frame(path, limits)
    if fold is not None:
        given("fold", fold, [str(name) for name in frame.columns])
        ignore = [*ignore, fold]
    columns = columns_of(frame, label=label, group=group, guess_group=guess_group, text=text, ignore=ignore)
    return FeatureTable(path.name, frame, columns, blocks)
