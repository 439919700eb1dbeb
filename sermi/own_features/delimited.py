"""Feature tables in text: what separates values, numbers with decimal commas, and names and codes as they are written."""

from __future__ import annotations

import csv
import io
import mmap
import re
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from sermi.errors import SermiError, reason
from sermi.own_features.columns import is_measured, words_among_numbers

if TYPE_CHECKING:
    import pandas as pd

    from sermi.own_features.limits import Limits

_SEPARATORS = ",;\t"
_LONGEST_HEADER = 4 * 2**20
_CODE = r"\s*0\d+\s*"
_MAYBE_CODE = re.compile(rb'[,;\s"]0\d')
_DECIMAL_COMMA = r"\s*[+-]?\d*(,\d+)?([eE][+-]?\d+)?\s*"


def damaged(path: Path, error: Exception) -> SermiError:
    """The sentence for a file that isn't what its ending says."""
    return SermiError(f"'{path.name}' can't be read as {path.suffix[1:].upper()} ({reason(error)}); save it again.")


def read_text(path: Path, limits: Limits) -> pd.DataFrame:
    """The rows of a file whose first line names the columns.

    Raises:
        SermiError: Damage, not UTF-8, no such line, or more than the limits.
    """
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
            raise damaged(path, error) from None
        names = [name.strip() for name in row]
        limits.check(path.name, 0, len(names))
        if not any(names):
            raise SermiError(f"'{path.name}' is empty; its first line should name the columns.")
        if len(names) > 1 and all(_is_number(name) for name in names):
            raise SermiError(f"The first line of '{path.name}' holds numbers; it should name the columns.")
        twice = next((name for number, name in enumerate(names) if name and name in names[:number]), None)
        if twice is not None:
            raise SermiError(f"'{path.name}' has two columns called '{twice}'; rename one of them.")
        parsed = partial(_parsed, file, separator, limits.most_rows(len(names)) + 1)
        try:
            frame = parsed()
            frame = frame if separator == "," else _with_decimal_points(frame)
            return _with_text(frame, parsed, has_codes=_may_have_codes(file))
        except UnicodeDecodeError:
            raise SermiError(f"'{path.name}' is not UTF-8 text; save it again with that encoding.") from None
        except (ValueError, csv.Error, pd.errors.ParserWarning) as error:  # pandas' own errors are ValueErrors
            raise damaged(path, error) from None


def _parsed(file: IO[bytes], separator: str, most_rows: int, **options: Any) -> pd.DataFrame:
    import pandas as pd

    file.seek(0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # that values are dropped
        return pd.read_csv(
            file,
            sep=separator,
            encoding="utf-8-sig",
            nrows=most_rows,
            skipinitialspace=True,
            low_memory=False,
            index_col=False,
            on_bad_lines="error",
            **options,
        )


def _may_have_codes(file: IO[bytes]) -> bool:
    """Whether a 0 before another digit begins a value anywhere: most tables have none, and this is soon known."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return _MAYBE_CODE.search(content) is not None


def _with_text(frame: pd.DataFrame, parsed: Callable[..., pd.DataFrame], *, has_codes: bool) -> pd.DataFrame:
    """Names such as NA and codes such as 01 as they are written; among numbers NA stays a missing one."""
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    def is_read_again(column: pd.Series) -> bool:
        if is_bool_dtype(column):
            return False
        return not is_numeric_dtype(column) or (has_codes and not is_measured(column))

    at = [number for number, name in enumerate(frame) if is_read_again(frame[name])]
    if not at:
        return frame
    written = parsed(usecols=at, dtype=str, keep_default_na=False, na_values=[""])
    for name, text in zip(frame.columns[at], (written[name] for name in written), strict=True):
        column = frame[name]
        if text.str.fullmatch(_CODE).any() if is_numeric_dtype(column) else words_among_numbers(column).empty:
            frame[name] = text
    return frame


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
