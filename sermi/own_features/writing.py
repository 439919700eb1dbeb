"""Real and generated rows in a file, each feature under its name and of its kind."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sermi import outputs
from sermi.errors import SermiError
from sermi.own_features.columns import GENERATED
from sermi.own_features.reading import FORMATS
from sermi.own_features.table import FeatureTable, plain

if TYPE_CHECKING:
    import pandas as pd

GENERATED_NUMBER = -1
"""The group of generated rows where groups are numbers; a name, `GENERATED`, else. Another where a real group has it."""
_EXACT = 2**53
"""Whole numbers up to it are exact as float64."""


def check_output(path: Path) -> None:
    """Raises SermiError for an ending of no format, or a place that can't be written: before the work, not after."""
    if path.suffix.lower() not in FORMATS:
        raise SermiError(f"'{path.name}' should end in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}.")
    outputs.check_file(path)


def check_arrays(path: Path, table: FeatureTable) -> None:
    """Raises SermiError where an .npz would have a column's array in the place of the features': before the work, too."""
    if path.suffix.lower() != ".npz":
        return
    blocks = _blocks(table)
    taken = {*blocks, *(["feature_names"] if len(blocks) == 1 else [])}
    for name in _outside(table.frame.columns, blocks):
        if name in taken:
            raise SermiError(
                f"Column '{name}' has the name of an array that '{path.name}' would keep the features in; rename the column, "
                "or write another format."
            )


def with_generated(table: FeatureTable, X: pd.DataFrame, y: pd.Series) -> pd.DataFrame:  # noqa: N803
    """The table's rows, then the generated ones, in the table's columns and a last one that marks the generated ones.

    What plays no part is empty in generated rows, and so are text features: those of the voice alone are generated.

    Args:
        table: of the real rows.
        X: (n, d) generated features.
        y: (n,) their labels.
    """
    import pandas as pd

    columns, n = table.columns, len(X)
    new = {name: X[name].to_numpy() for name in columns.features}
    parts: dict[str, pd.Series] = {}
    for name in table.frame.columns:
        real = table.frame[name]
        if name in new:
            values = pd.Series(new[name])
        elif name == columns.label:
            values = pd.Series(np.asarray(y))
        elif name == columns.group:
            real, values = _groups(real, n)
        else:
            real, values = _empty(real, n)
        parts[name] = _joined(real, values)
    parts[GENERATED] = pd.Series(np.arange(len(table) + n) >= len(table))
    return pd.DataFrame(parts)


def _joined(real: pd.Series, new: pd.Series) -> pd.Series:
    """One below the other, of the kind that the real ones are."""
    import pandas as pd

    if isinstance(real.dtype, pd.CategoricalDtype):
        missing = [value for value in new.dropna().unique() if value not in real.cat.categories]
        real = real.cat.add_categories(missing)
    return pd.concat([real, new.astype(real.dtype)], ignore_index=True)


def _groups(real: pd.Series, n: int) -> tuple[pd.Series, pd.Series]:
    """A group that no real row is of, and the real ones in a kind that holds it: text where no number would do."""
    import pandas as pd
    from pandas.api import types

    values = plain(real)
    whole = types.is_integer_dtype(values) and values.max() <= np.iinfo(np.int64).max
    if whole or types.is_float_dtype(values):
        taken = set(values.tolist())
        number = next(number for number in count(GENERATED_NUMBER, -1) if number not in taken)
        return values.astype(np.int64) if whole else values, pd.Series([number] * n, dtype=object)
    if not types.is_string_dtype(values):
        real = values = values.astype(str)
    taken = set(values)
    names = (f"{GENERATED}_{number}" if number > 1 else GENERATED for number in count(1))
    return real, pd.Series([next(name for name in names if name not in taken)] * n, dtype=object)


def _empty(real: pd.Series, n: int) -> tuple[pd.Series, pd.Series]:
    """Nothing, in a column that plays no part; whole numbers stay whole beside it."""
    import pandas as pd

    if pd.api.types.is_bool_dtype(real):
        real = real.astype("boolean")
    elif pd.api.types.is_integer_dtype(real):
        real = real.astype("UInt64" if pd.api.types.is_unsigned_integer_dtype(real) else "Int64")
    return real, pd.Series([None] * n, dtype=object)


def write(frame: pd.DataFrame, path: Path, *, table: FeatureTable) -> None:
    """Write rows in the format that the path's ending names, whole or not at all.

    Args:
        frame: of `with_generated`.
        path: of the file.
        table: whose parts and, in an .npz, arrays they are.

    Raises:
        SermiError: As `check_output` and `check_arrays`, or no room.
    """
    from sermi.own_features.arff import write_arff

    writers: Mapping[str, Callable[[Path], object]] = {
        ".csv": lambda draft: frame.to_csv(draft, index=False),
        ".tsv": lambda draft: frame.to_csv(draft, index=False, sep="\t"),
        ".parquet": lambda draft: frame.to_parquet(draft, index=False),
        ".feather": lambda draft: frame.to_feather(draft),
        ".npz": lambda draft: _write_npz(draft, _arrays(frame, table)),
        ".arff": lambda draft: write_arff(frame, draft, path.stem, {table.columns.label, table.columns.group or ""}),
    }
    check_arrays(path, table)
    outputs.write_atomic(path, writers[path.suffix.lower()])


def _write_npz(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """As `numpy.savez_compressed`, which takes no array that is called `file`."""
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def _arrays(frame: pd.DataFrame, table: FeatureTable) -> dict[str, np.ndarray]:
    """The blocks; all other columns one by one."""
    blocks = _blocks(table)
    arrays = {name: _block_array(frame[list(columns)]) for name, columns in blocks.items()}
    if len(blocks) == 1:
        arrays["feature_names"] = np.array(next(iter(blocks.values())), dtype=str)
    for name in _outside(frame.columns, blocks):
        arrays[name] = frame[name].to_numpy(bool) if name == GENERATED else _plain_array(frame[name])
    return arrays


def _blocks(table: FeatureTable) -> Mapping[str, Sequence[str]]:
    """Arrays as the table's, else X for the features and text for those of the words."""
    columns = table.columns
    return table.blocks or {"X": columns.features, **({"text": columns.text} if columns.text else {})}


def _outside(names: Iterable[str], blocks: Mapping[str, Sequence[str]]) -> list[str]:
    inside = {name for columns in blocks.values() for name in columns}
    return [name for name in names if name not in inside]


def _block_array(columns: pd.DataFrame) -> np.ndarray:
    """Of the columns' kind; numbers of several kinds as fractions, and all else as text."""
    import pandas as pd

    values = columns.to_numpy()
    if values.dtype != object:
        return values
    if all(pd.api.types.is_numeric_dtype(kind) for kind in columns.dtypes):
        return columns.to_numpy(np.float64, na_value=np.nan)
    return np.column_stack([_plain_array(columns[name]) for name in columns]).astype(str)


def _plain_array(column: pd.Series) -> np.ndarray:
    """Numbers as numbers, with NaN where there is none; all else as text, and so numbers that NaN beside them would change."""
    from pandas.api import types

    if types.is_numeric_dtype(column) and not types.is_bool_dtype(column):
        if not column.isna().any():
            return column.to_numpy()
        if types.is_float_dtype(column) or (column.min() >= -_EXACT and column.max() <= _EXACT):
            return column.to_numpy(np.float64, na_value=np.nan)
    return column.astype(object).where(column.notna(), "").map(str).to_numpy(str)
