"""Tables of any library as arrays, and arrays as tables of that library again: pandas, narwhals' (polars, pyarrow), lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from sermi.errors import FeatureError

Kind = Literal["array", "list", "pandas", "frame"]
"""frame: of polars, pyarrow and whatever else narwhals reads."""
_NUMBERS = "biuf"


def kind_of(x: Any) -> Kind:
    """Which library's table or column it is."""
    if isinstance(x, list | tuple):
        return "list"
    module = type(x).__module__.split(".")[0]
    if module == "pandas":
        return "pandas"
    import narwhals as nw  # scikit-learn brings it

    is_table = nw.dependencies.is_into_dataframe(x) or nw.dependencies.is_into_series(x)
    return "frame" if is_table and module != "numpy" else "array"


def array_of(x: Any, name: str = "X") -> Any:
    """A table (N, d) as one array of numbers; what isn't of a library of tables is given back as it is.

    Raises FeatureError for a column that holds something else than numbers.
    """
    kind = kind_of(x)
    if kind in ("array", "list"):
        return x
    import narwhals as nw

    if nw.dependencies.is_into_series(x):
        return np.asarray(x)
    if len({*x.columns} if kind == "pandas" else {*x.schema}) < x.shape[1]:
        raise FeatureError(f"Some columns of {name} have the same name; rename them.")
    columns = [x[column] for column in x.columns] if kind == "pandas" else _columns(x)
    dtypes = set()
    for column in columns:
        values = _numbers(column)
        if values is None:
            raise FeatureError(
                f"The column '{column.name}' of {name} holds {column.dtype}, not numbers; leave it out or encode it."
            )
        dtypes.add(values.dtype)
    common = np.result_type(*dtypes) if dtypes else np.dtype(np.float64)
    if kind == "pandas" and len(dtypes) == 1 and not any(_is_extension(column.dtype) for column in columns):
        return x.to_numpy()  # without a copy where it can
    out = np.empty(x.shape, dtype=common)
    for i, column in enumerate(columns):
        out[:, i] = _numbers(column)
    return out


def joined(x: Any, new: Callable[[np.ndarray], None], n_new: int, *, width: int) -> Any:
    """x with rows below it, as the same kind of table with the same columns and dtypes.

    Args:
        x: (N, d) a table whose values are checked, or an array.
        new: writes (n_new, d) numbers into an array.
        n_new: how many rows come.
        width: d.
    """
    kind = kind_of(x)
    if kind in ("pandas", "frame"):
        if kind == "pandas" and _one_dtype(x) is not None:  # one array, which saves copies of large tables
            import pandas as pd

            return pd.DataFrame(joined(x.to_numpy(), new, n_new, width=width), columns=x.columns, copy=False)
        rows = np.empty((n_new, width))
        new(rows)
        return _joined_pandas(x, rows) if kind == "pandas" else _joined_frame(x, rows)
    given = np.asarray(x)
    dtype = given.dtype if given.dtype.kind in _NUMBERS else np.dtype(np.float64)
    out = np.empty((len(given) + n_new, width), dtype=dtype)
    out[: len(given)] = given
    new(out[len(given) :])
    return out.tolist() if kind == "list" else out


def joined_labels(y: Any, labels: np.ndarray, new: np.ndarray) -> Any:
    """y with labels (M,) below it, as the same kind of column; labels (N,) is what y holds."""
    kind, every = kind_of(y), np.concatenate([labels, new])
    if kind == "pandas":
        import pandas as pd

        if isinstance(y, pd.DataFrame):
            if y.shape[1] > 1:
                return pd.DataFrame(_indicator(every, y.shape[1]), columns=y.columns).astype(y.dtypes)
            return pd.DataFrame({y.columns[0]: every}).astype(y.dtypes)
        return pd.Series(every, dtype=y.dtype, name=y.name)
    if kind == "frame":
        import narwhals as nw

        given = nw.from_native(y, allow_series=True)
        if not isinstance(given, nw.Series) and len(given.columns) > 1:
            rows = _indicator(every, len(given.columns))
            columns = [
                nw.new_series(name, rows[:, i], dtype, backend=given.implementation)
                for i, (name, dtype) in enumerate(given.schema.items())
            ]
            return nw.from_dict({column.name: column for column in columns}).to_native()
        column = given if isinstance(given, nw.Series) else given[given.columns[0]]
        series = nw.new_series(column.name, every.tolist(), column.dtype, backend=column.implementation)
        return (series if column is given else series.to_frame()).to_native()
    given = np.asarray(y)
    if given.ndim == 2 and given.shape[1] > 1:
        every = _indicator(every, given.shape[1]).astype(given.dtype)
    return every.tolist() if kind == "list" else every


def _indicator(codes: np.ndarray, n_classes: int) -> np.ndarray:
    return np.eye(n_classes, dtype=np.int64)[codes.astype(np.int64)]


def _columns(x: Any) -> list[Any]:
    import narwhals as nw

    return list(nw.from_native(x, eager_only=True).iter_columns())


def _is_extension(dtype: Any) -> bool:
    return not isinstance(dtype, np.dtype)


def _numbers(column: Any) -> np.ndarray | None:
    """The numbers (N,) of a column, missing ones as NaN; None where it holds anything else."""
    dtype = column.dtype
    if isinstance(dtype, np.dtype):
        values = column.to_numpy()
        if dtype.kind == "O":  # numbers of Python in a column of objects
            try:
                values = values.astype(np.float64)
            except (TypeError, ValueError):
                return None
        return values if values.dtype.kind in _NUMBERS else None
    try:
        values = np.asarray(column.to_numpy())
        if values.dtype.kind in _NUMBERS:
            return values
        if (
            str(dtype)
            .lower()
            .startswith(("string", "str", "categor", "enum", "object", "datetime", "date", "duration"))
        ):
            return None
        return column.to_numpy(dtype=np.float64, na_value=np.nan)  # pandas' own numbers that may be missing
    except (TypeError, ValueError):
        return None


def _one_dtype(x: Any) -> np.dtype | None:
    """Of all columns of a table of pandas, if they hold numbers of one kind."""
    dtypes = {*x.dtypes}
    (dtype,) = dtypes if len(dtypes) == 1 else (None,)
    return dtype if isinstance(dtype, np.dtype) and dtype.kind in _NUMBERS else None


def _joined_pandas(x: Any, rows: np.ndarray) -> Any:
    import pandas as pd

    new = pd.DataFrame(
        {name: pd.Series(_as_kind(rows[:, i], x.dtypes.iloc[i])) for i, name in enumerate(x.columns)}, columns=x.columns
    )
    return pd.concat([x, new.astype(x.dtypes)], ignore_index=True)


def _joined_frame(x: Any, rows: np.ndarray) -> Any:
    import narwhals as nw

    frame = nw.from_native(x, eager_only=True)
    series = [
        nw.new_series(name, _as_kind(rows[:, i], dtype), backend=frame.implementation).cast(dtype)
        for i, (name, dtype) in enumerate(frame.schema.items())
    ]
    new = nw.from_dict({one.name: one for one in series})
    return nw.concat([frame, new]).to_native()


def _as_kind(values: np.ndarray, dtype: Any) -> np.ndarray:
    """Numbers (N,) that a cast to dtype takes: booleans for booleans, the rest as they are."""
    return values != 0 if str(dtype).lower().startswith("bool") else values
