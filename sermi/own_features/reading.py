"""Feature tables of strangers as data frames: .csv, .tsv, .parquet, .feather, .npz and .arff.

What a file says of its size is checked before anything of that size is read, and nothing in it is run: no pickles, no
addresses, no compressed CSV.
"""

from __future__ import annotations

import csv
import io
import math
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sermi.errors import SermiError, reason

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

FORMATS = (".csv", ".tsv", ".parquet", ".feather", ".npz", ".arff")
_SEPARATORS = ",;\t"
_LONGEST_HEADER = 4 * 2**20


@dataclass(frozen=True)
class Limits:
    """What is read at most; more is one sentence."""

    bytes: int = 2 * 2**30
    rows: int = 2_000_000
    columns: int = 20_000
    cells: int = 100_000_000
    elsewhere: str = ""
    """Where more is taken, as the end of a sentence."""

    def check(self, name: str, n_rows: int, n_columns: int) -> None:
        """Raises SermiError for a table of another size."""
        if n_columns > self.columns:
            raise SermiError(
                f"'{name}' has {n_columns:,} columns; at most {self.columns:,} can be used: choose among them{self.elsewhere}."
            )
        most = self.most_rows(n_columns)
        if n_rows > most:
            raise SermiError(
                f"'{name}' has more than {most:,} rows of {n_columns:,} columns; draw some of its rows{self.elsewhere}."
            )

    def check_bytes(self, name: str, n_bytes: float, holds: str = "holds") -> None:
        """Raises SermiError for a larger file. holds: or what of it has that size."""
        if n_bytes > self.bytes:
            raise SermiError(
                f"'{name}' {holds} {math.ceil(n_bytes / 2**20):,} MB; at most {self.bytes / 2**20:,.0f} can be read: draw "
                f"some of its rows{self.elsewhere}."
            )

    def most_rows(self, n_columns: int) -> int:
        """Of a table of so many columns."""
        return min(self.rows, self.cells // max(n_columns, 1))


DEFAULT_LIMITS = Limits()


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
            ".csv": _read_text,
            ".tsv": _read_text,
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


def _damaged(path: Path, error: Exception) -> SermiError:
    return SermiError(f"'{path.name}' can't be read as {path.suffix[1:].upper()} ({reason(error)}); save it again.")


def _read_text(path: Path, limits: Limits) -> pd.DataFrame:
    import pandas as pd

    with path.open("rb") as file:
        first = file.readline(_LONGEST_HEADER)
        try:
            header = first.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise SermiError(f"'{path.name}' is not UTF-8 text; save it again with that encoding.") from None
        if "\0" in header:
            raise SermiError(f"'{path.name}' is not a table in text; save it again as CSV.")
        separator = "\t" if path.suffix.lower() == ".tsv" else max(_SEPARATORS, key=header.count)
        try:
            # a file of an old Mac ends its lines with a carriage return
            row = next(csv.reader(io.StringIO(header, newline=""), delimiter=separator), [])
        except csv.Error as error:
            raise _damaged(path, error) from None
        names = [name.strip() for name in row]
        limits.check(path.name, 0, len(names))
        if not any(names):
            raise SermiError(f"'{path.name}' is empty; its first line should name the columns.")
        if len(names) > 1 and all(_is_number(name) for name in names):
            raise SermiError(f"The first line of '{path.name}' holds numbers; it should name the columns.")
        twice = next((name for number, name in enumerate(names) if name and name in names[:number]), None)
        if twice is not None:
            raise SermiError(f"'{path.name}' has two columns called '{twice}'; rename one of them.")
        file.seek(0)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", pd.errors.ParserWarning)  # that values are dropped
                frame = pd.read_csv(
                    file,
                    sep=separator,
                    encoding="utf-8-sig",
                    nrows=limits.most_rows(len(names)) + 1,
                    skipinitialspace=True,
                    low_memory=False,
                    index_col=False,
                    on_bad_lines="error",
                )
            return frame if separator == "," else _with_decimal_points(frame)
        except UnicodeDecodeError:
            raise SermiError(f"'{path.name}' is not UTF-8 text; save it again with that encoding.") from None
        except (ValueError, csv.Error, pd.errors.ParserWarning) as error:  # pandas' own errors are ValueErrors
            raise _damaged(path, error) from None


_DECIMAL_COMMA = r"\s*[+-]?\d*(,\d+)?([eE][+-]?\d+)?\s*"


def _with_decimal_points(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns of numbers that are written with decimal commas as numbers, as spreadsheets in many languages save them."""
    import pandas as pd

    for name in frame:
        if pd.api.types.is_numeric_dtype(frame[name]) or not frame[name].notna().any():
            continue
        text = frame[name].dropna().astype(str)
        if text.str.contains(",").any() and text.str.fullmatch(_DECIMAL_COMMA).all():
            frame[name] = pd.to_numeric(frame[name].astype("string").str.replace(",", "."), errors="coerce").astype(
                float
            )
    return frame


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


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
        raise _damaged(path, error) from None


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
        raise _damaged(path, error) from None


def _frame_of(table: pa.Table) -> pd.DataFrame:
    """Raises ArrowInvalid where the file places values beyond its end, which reading them would not notice."""
    table.validate(full=True)
    return table.replace_schema_metadata(None).to_pandas(ignore_metadata=True)


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
        raise _damaged(path, error) from None
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
