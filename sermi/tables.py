"""Tables of samples on disk: .npz, .csv or .parquet, with what is to be known about them in a .json beside."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sermi import outputs
from sermi.errors import SermiError

if TYPE_CHECKING:
    import pandas as pd

FORMATS = (".npz", ".csv", ".parquet")


def check_output(path: Path) -> None:
    """Raises SermiError for a folder, an ending of no format, or a place that isn't there: before the work, not after."""
    if path.is_dir():
        raise SermiError(f"'{path}' is a folder; give the name of a file in it, such as '{path / 'samples.csv'}'.")
    if path.suffix not in FORMATS:
        raise SermiError(f"'{path.name}' should end in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}.")
    if not path.parent.is_dir():
        raise SermiError(f"There is no folder '{path.parent}'; make it first.")
    outputs.check_file(path)
    outputs.check_file(_sheet(path))


def write(
    path: Path,
    *,
    table: Callable[[], pd.DataFrame],
    arrays: Callable[[], Mapping[str, np.ndarray]],
    data_sheet: Mapping[str, Any],
) -> None:
    """Write a table in the format that the path's ending names, and its data sheet into PATH.json.

    Args:
        path: of the file.
        table: makes the rows of a .csv or .parquet.
        arrays: makes the arrays of an .npz, by name.
        data_sheet: how the rows came about.

    Raises:
        SermiError: as `check_output`.
    """
    check_output(path)
    if path.suffix == ".npz":
        outputs.write_atomic(path, lambda draft: np.savez_compressed(draft, **arrays()))  # type: ignore[arg-type] # mypy takes a name for `allow_pickle`
    elif path.suffix == ".csv":
        outputs.write_atomic(path, lambda draft: table().to_csv(draft, index=False))
    else:
        outputs.write_atomic(path, lambda draft: table().to_parquet(draft, index=False))
    sheet = json.dumps(data_sheet, indent=1, ensure_ascii=False) + "\n"
    outputs.write_atomic(_sheet(path), sheet.encode())


def _sheet(path: Path) -> Path:
    """Where a table's data sheet lies."""
    return path.with_suffix(path.suffix + ".json")
