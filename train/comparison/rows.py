"""The table that a comparison's rows are kept in, as it was when a run ended or was stopped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from sermi.errors import SermiError, reason

_TEXT = (
    "protocol", "fold", "augmenter", "chosen", "classes", "confusion", "tested", "features", "widened", "at_edge", "alpha",
    "corpus", "recipe", "representation", "setting",
)  # fmt: skip
"""Columns that are text also where they could be read as numbers, such as a fold that is called 0."""


def read_rows(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """The rows of a CSV file, each number to its last bit; none, with these columns, where there is no file.

    Raises SermiError where the file holds no table.
    """
    if not path.exists():
        return pd.DataFrame(columns=list(columns))
    try:
        rows = pd.read_csv(path, dtype=dict.fromkeys(_TEXT, str), float_precision="round_trip")
    except (ValueError, OSError) as error:
        raise SermiError(f"'{path}' holds no table of rows ({reason(error)}); remove it to begin anew.") from error
    if missing := [column for column in columns if column not in rows]:
        raise SermiError(f"'{path}' is no table of this comparison: it lacks {', '.join(missing)}; give another place.")
    return rows
