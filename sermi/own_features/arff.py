"""ARFF, the format of Weka and openSMILE, by liac-arff: nominal attributes are categories, strings are text."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sermi.errors import SermiError, reason

if TYPE_CHECKING:
    import pandas as pd


def read_arff(path: Path, check: Callable[[str, int, int], None]) -> pd.DataFrame:
    """The rows of an ARFF file; what sparse rows leave out is 0.

    Args:
        path: of the file.
        check: of its name, rows and columns, which raises SermiError where there are too many.

    Raises:
        SermiError: Damage, or not UTF-8.
    """
    import arff
    import pandas as pd

    try:
        with path.open(encoding="utf-8-sig") as file:
            content = arff.load(file, return_type=arff.DENSE_GEN)
            attributes = content["attributes"]
            check(path.name, 0, len(attributes))
            rows: list[list[Any]] = []
            for row in content["data"]:
                rows.append(row)
                check(path.name, len(rows), len(attributes))
    except UnicodeDecodeError:
        raise SermiError(f"'{path.name}' is not UTF-8 text; save it again with that encoding.") from None
    except SermiError:
        raise
    except Exception as error:  # the parser meets some damage with whatever Python raises
        raise SermiError(f"'{path.name}' can't be read as ARFF ({reason(error)}); save it again.") from None
    frame = pd.DataFrame(rows, columns=[name for name, _ in attributes])
    for name, kind in attributes:
        if isinstance(kind, list):
            # "?" among them is how a missing value is written
            categories = [category for category in dict.fromkeys(kind) if category is not None]
            frame[name] = pd.Categorical(frame[name], categories=categories)
        elif kind.upper() in ("REAL", "NUMERIC"):
            frame[name] = frame[name].astype(float)
    return frame


def write_arff(frame: pd.DataFrame, path: Path, relation: str, nominal: Collection[str] = ()) -> None:
    """Numbers as INTEGER or REAL, categories and what is true or false as nominal attributes, all else as STRING.

    nominal: columns of text that are nominal, too, with the values that they have.
    """
    import arff
    import pandas as pd

    attributes: list[tuple[str, str | list[str]]] = []
    columns = []
    for name in frame.columns:
        column = frame[name]
        kind: str | list[str] = "STRING"
        if isinstance(column.dtype, pd.CategoricalDtype):
            kind = [str(category) for category in column.cat.categories]
        elif pd.api.types.is_bool_dtype(column):
            kind = ["False", "True"]
        elif pd.api.types.is_integer_dtype(column):
            kind = "INTEGER"
        elif pd.api.types.is_numeric_dtype(column):
            kind = "REAL"
        elif name in nominal:
            kind = sorted(column.dropna().astype(str).unique())
        attributes.append((name, kind))
        values = (column if kind in ("INTEGER", "REAL") else column.astype(str)).to_numpy(object, copy=True)
        values[column.isna().to_numpy()] = None
        columns.append(values)
    rows = [list(row) for row in zip(*columns, strict=True)]
    with path.open("x", encoding="utf-8") as file:
        arff.dump({"relation": relation, "description": "", "attributes": attributes, "data": rows}, file)
