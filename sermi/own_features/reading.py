"""Feature tables of strangers as data frames: .csv, .tsv, .parquet, .feather, .npz and .arff.

What a file says of its size is checked before anything of that size is read, and nothing in it is run: no pickles, no
addresses, no compressed CSV.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sermi.errors import SermiError
from sermi.own_features.columns import SAVED_INDEX
from sermi.own_features.delimited import damaged, read_text
from sermi.own_features.limits import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

FORMATS = (".csv", ".tsv", ".parquet", ".feather", ".npz", ".arff")


def read_frame(path: Path, limits: Limits = DEFAULT_LIMITS) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """The rows of a file, and which of the columns were one array of an .npz.

    Args:
        path: in one of `FORMATS`.
        limits: of its size.

    Returns:
        The frame, and array name -> its columns, which is empty for all other formats.

    Raises:
        SermiError: No such file, another format, damage, more than the limits, or not a single row.
    """
    if path.suffix.lower() not in FORMATS:
        raise SermiError(f"'{path.name}' should end in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}.")
    if not path.is_file():
        raise SermiError(f"There is no file '{path}'; check the path.")
    limits.check_bytes(path.name, path.stat().st_size)
    blocks: dict[str, list[str]] = {}
    if path.suffix.lower() == ".npz":
        frame, blocks = _read_npz(path, limits)
    else:
        readers: Mapping[str, Callable[[Path, Limits], pd.DataFrame]] = {
            ".csv": read_text,
            ".tsv": read_text,
            ".parquet": _read_parquet,
            ".feather": _read_feather,
            ".arff": _read_arff,
        }
        frame = readers[path.suffix.lower()](path, limits)
    frame.columns = [str(name) for name in frame.columns]
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise SermiError(f"'{path.name}' has two columns called '{twice[0]}'; rename one of them.")
    limits.check(path.name, *frame.shape)
    if not len(frame):
        raise SermiError(f"'{path.name}' has no rows; it needs at least some of each class.")
    return frame, blocks


def _read_parquet(path: Path, limits: Limits) -> pd.DataFrame:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            about = file.metadata
            limits.check(path.name, about.num_rows, about.num_columns)
            unpacked = sum(about.row_group(group).total_byte_size for group in range(about.num_row_groups))
            limits.check_bytes(path.name, unpacked, "unpacks to")
            return _frame_of(file.read())
    except (pa.ArrowException, OSError, ValueError) as error:
        raise damaged(path, error) from None


def _read_feather(path: Path, limits: Limits) -> pd.DataFrame:
    import pyarrow as pa

    try:
        with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as file:
            batches: list[pa.RecordBatch] = []
            for number in range(file.num_record_batches):
                batches.append(file.get_batch(number))
                limits.check(path.name, sum(batch.num_rows for batch in batches), len(file.schema))
            return _frame_of(pa.Table.from_batches(batches, file.schema))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise damaged(path, error) from None


def _frame_of(table: pa.Table) -> pd.DataFrame:
    """Raises ArrowInvalid where the file places values beyond its end, which reading them would not notice."""
    table.validate(full=True)
    frame = table.replace_schema_metadata(None).to_pandas(ignore_metadata=True)
    frame.attrs[SAVED_INDEX] = _saved_index(table.schema.metadata)
    return frame


def _saved_index(metadata: Mapping[bytes, bytes] | None) -> list[str]:
    """Columns that pandas notes as the index. Its notes may be damaged and aren't needed: then none."""
    try:
        names = json.loads((metadata or {})[b"pandas"])["index_columns"]
        return [name for name in names if isinstance(name, str)]
    except (KeyError, TypeError, ValueError, RecursionError):
        return []


def _read_arff(path: Path, limits: Limits) -> pd.DataFrame:
    from sermi.own_features.arff import read_arff

    return read_arff(path, limits.check)


def _read_npz(path: Path, limits: Limits) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Arrays of as many rows as the two-dimensional ones, which lie in several columns; `feature_names` may name those."""
    import pandas as pd

    try:
        with zipfile.ZipFile(path) as archive:
            limits.check_bytes(path.name, sum(member.file_size for member in archive.infolist()), "unpacks to")
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: np.asanyarray(archive[name]) for name in archive.files}
    except Exception as error:  # of the archive, of what packed it, of each array's header
        if "allow_pickle" in str(error) or "Object arrays" in str(error):
            raise SermiError(f"'{path.name}' holds Python objects; save arrays of numbers and of text alone.") from None
        raise damaged(path, error) from None
    tables = {name: array for name, array in arrays.items() if array.ndim == 2}
    if not tables:
        raise SermiError(f"'{path.name}' needs an array of rows and columns; it holds {_shapes(arrays)}.")
    n_rows = len(next(iter(tables.values())))
    if any(len(table) != n_rows for table in tables.values()):
        raise SermiError(f"The arrays of '{path.name}' differ in their rows: {_shapes(tables)}.")
    limits.check(path.name, n_rows, sum(table.shape[1] for table in tables.values()))
    blocks, parts = {}, []
    for name, table in tables.items():
        blocks[name] = _names(name, table.shape[1], arrays.get("feature_names") if len(tables) == 1 else None)
        parts.append(pd.DataFrame(table, columns=blocks[name]))
    singles = {name: array for name, array in arrays.items() if array.shape == (n_rows,) and name != "feature_names"}
    return pd.concat([pd.DataFrame(singles), *parts], axis=1), blocks


def _names(array: str, n_columns: int, given: np.ndarray | None) -> list[str]:
    if given is not None and given.shape == (n_columns,):
        return [str(name) for name in given]
    return [f"{array}_{number}" for number in range(n_columns)]


def _shapes(arrays: Mapping[str, np.ndarray]) -> str:
    return ", ".join(f"{name} {array.shape}" for name, array in list(arrays.items())[:6]) or "nothing"
