"""Real and generated rows in a file, each feature under its name and of its kind."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sermi import outputs
from sermi.errors import SermiError
from sermi.own_features.columns import GENERATED
from sermi.own_features.reading import FORMATS
from sermi.own_features.table import FeatureTable

if TYPE_CHECKING:
    import pandas as pd

GENERATED_NUMBER = -1
"""The group of generated rows where groups are numbers; a name, `GENERATED`, else."""


def check_output(path: Path) -> None:
    """Raises SermiError for an ending of no format, or a place that can't be written: before the work, not after."""
    if path.suffix.lower() not in FORMATS:
        raise SermiError(f"'{path.name}' should end in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}.")
    outputs.check_file(path)


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
    import pandas as pd

    if pd.api.types.is_bool_dtype(real):
        real = real.astype(str)
    return real, pd.Series([GENERATED_NUMBER if pd.api.types.is_numeric_dtype(real) else GENERATED] * n, dtype=object)


def _empty(real: pd.Series, n: int) -> tuple[pd.Series, pd.Series]:
    """Nothing, in a column that plays no part; whole numbers stay whole beside it."""
    import pandas as pd

    if pd.api.types.is_bool_dtype(real):
        real = real.astype("boolean")
    elif pd.api.types.is_integer_dtype(real):
        real = real.astype("Int64")
    return real, pd.Series([None] * n, dtype=object)


def write(frame: pd.DataFrame, path: Path, *, table: FeatureTable) -> None:
    """Write rows in the format that the path's ending names, whole or not at all.

    Args:
        frame: of `with_generated`.
        path: of the file.
        table: whose parts and, in an .npz, arrays they are.

    Raises:
        SermiError: As `check_output`, or no room.
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
    outputs.write_atomic(path, writers[path.suffix.lower()])


def _write_npz(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """As `numpy.savez_compressed`, which takes no array that is called `file`."""
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def _arrays(frame: pd.DataFrame, table: FeatureTable) -> dict[str, np.ndarray]:
    """Arrays as the table's, else X for the features and text for those of the words; all other columns one by one."""
    blocks: Mapping[str, Sequence[str]] = table.blocks
    if not blocks:
        blocks = {"X": table.columns.features, **({"text": table.columns.text} if table.columns.text else {})}
    arrays = {name: frame[list(columns)].to_numpy() for name, columns in blocks.items()}
    if len(blocks) == 1:
        arrays["feature_names"] = np.array(next(iter(blocks.values())), dtype=str)
    inside = {name for columns in blocks.values() for name in columns}
    for name in frame.columns:
        if name not in inside:
            column = frame[name]
            arrays[name] = column.to_numpy(bool) if name == GENERATED else _plain_array(column)
    return arrays


def _plain_array(column: pd.Series) -> np.ndarray:
    """Numbers as numbers, with NaN where there is none; all else as text."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return column.to_numpy(np.float64, na_value=np.nan) if column.isna().any() else column.to_numpy()
    return column.astype(object).where(column.notna(), "").to_numpy(str)
