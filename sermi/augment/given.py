"""What users give to the sampler, checked: each mistake is one sentence that says what to change."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse

from sermi.augment.frames import array_of, kind_of
from sermi.augment.table import Rows
from sermi.errors import FeatureError

_FEWEST = 2
"""Rows of a class."""


def checked_rows(
    estimator: Any, x: Any, y: Any, *, groups: Any, text: Any, sample_weight: Any
) -> tuple[np.ndarray, np.ndarray, Rows]:
    """Labels (N,), classes (K,) and the rows to learn from, which leave out those of weight 0.

    Raises FeatureError, or what scikit-learn raises, for what can't be learnt from.
    """
    if y is None:
        raise FeatureError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is None; give a label for each row."
        )
    values = checked_table(x, "X", estimator)
    labels = checked_labels(y)
    if len(labels) != len(values):
        raise FeatureError(f"X has {len(values)} rows and y has {len(labels)} labels; give one label for each row.")
    classes, codes = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise FeatureError(f"y holds 1 class only, {_shown(classes[0])}; give rows of two classes or more.")
    group = _group_codes(groups, len(values))
    words = None if text is None else checked_table(text, "text", estimator)
    if words is not None and len(words) != len(values):
        raise FeatureError(f"text has {len(words)} rows and X has {len(values)}; give one for each row of X.")
    weights = _weights(sample_weight, values, codes)
    rows = Rows(values, codes, group, words, weights)
    if weights is not None and not (weights > 0).all():
        rows = rows.where(weights > 0)
    counts = np.bincount(rows.c, minlength=len(classes))
    if counts.min() < _FEWEST:
        k = int(counts.argmin())
        raise FeatureError(
            f"The class {_shown(classes[k])} has {counts[k]} of the n_samples={len(rows.c)} rows; at least {_FEWEST} of each "
            "class are needed to learn how it varies, so give more or leave it out."
        )
    return labels, classes, rows


def checked_table(x: Any, name: str, estimator: Any = None) -> np.ndarray:
    """(N, d) finite numbers. Raises FeatureError, or what scikit-learn raises, for anything else."""
    from sklearn.utils.validation import check_array

    if issparse(x):
        raise FeatureError(
            f"{name} is sparse, and generated rows are not; give a dense table, such as {name}.toarray()."
        )
    given = array_of(x, name)
    if np.ndim(given) == 1 and np.size(given):
        raise FeatureError(
            f"{name} has one dimension; reshape your data to rows by columns, {name}.reshape(-1, 1) for one."
        )
    try:
        values = check_array(given, ensure_all_finite=False, estimator=estimator, input_name=name)
    except ValueError as error:  # whose further lines hold the table itself
        raise FeatureError(f"{name} can't be used: {str(error).splitlines()[0].rstrip(':. ')}.") from error
    if values.dtype.kind == "f":
        kinds = [kind for kind, test in (("NaN", np.isnan), ("infinity", np.isinf)) if _any(test, values)]
        if kinds:
            bad = sum(int(np.count_nonzero(~np.isfinite(part).all(axis=1))) for part in _parts(values))
            raise FeatureError(
                f"{name} holds {' and '.join(kinds)} in {bad} of {len(values)} rows; leave those rows out or fill them in."
            )
    return values


def checked_labels(y: Any) -> np.ndarray:
    """(N,) labels; of an indicator matrix, the columns that are set. Raises FeatureError or ValueError for anything else."""
    from imblearn.utils import check_target_type
    from sklearn.utils.multiclass import check_classification_targets

    if kind_of(y) == "frame":
        import narwhals as nw

        y = nw.from_native(y, allow_series=True).to_numpy()
    if issparse(y):
        raise FeatureError("y is sparse; give one label for each row.")
    if kind_of(y) == "pandas":
        y = y.to_numpy()
    if np.ndim(y) == 2 and np.shape(y)[1] == 1:
        y = np.asarray(y)[:, 0]
    missing = _n_missing(np.asarray(y))
    if missing:
        raise FeatureError(f"y holds {missing} missing labels, NaN or None; leave those rows out.")
    try:
        np.unique(np.asarray(y))
    except TypeError as error:
        raise FeatureError("y mixes names with numbers; give one kind of label.") from error
    check_classification_targets(y)
    return np.asarray(check_target_type(y))


def codes_of(y: Any, classes: np.ndarray) -> np.ndarray:
    """(N,) codes of labels among classes (K,). Raises FeatureError for others."""
    labels = np.asarray(y)
    if labels.ndim != 1:
        raise FeatureError(f"y must hold one label for each row to generate, not {labels.shape} in shape.")
    position = {label: code for code, label in enumerate(classes.tolist())}
    unknown = sorted({_shown(label) for label in labels.tolist() if label not in position})
    if unknown:
        raise FeatureError(f"The sampler doesn't know the label {unknown[0]}; it knows {_listed(classes)}.")
    return np.array([position[label] for label in labels.tolist()], dtype=np.int64)


def _group_codes(groups: Any, n_rows: int) -> np.ndarray | None:
    """(N,) codes; None for none, and for one group alone, which says nothing about others."""
    if groups is None:
        return None
    column = np.asarray(groups)
    if column.shape == (n_rows, 1):
        column = column[:, 0]
    if column.shape != (n_rows,):
        raise FeatureError(
            f"groups must name one group for each of the {n_rows} rows, but its shape is {column.shape}."
        )
    missing = _n_missing(column)
    if missing:
        raise FeatureError(f"groups holds {missing} missing names, NaN or None; name the group of each row.")
    try:
        names, codes = np.unique(column, return_inverse=True)
    except TypeError as error:
        raise FeatureError("groups mixes names with numbers; give one kind of name.") from error
    return codes if len(names) > 1 else None


def _weights(sample_weight: Any, x: np.ndarray, c: np.ndarray) -> np.ndarray | None:
    """(N,) over the largest of their class, so that no size is too large or too small to be drawn by."""
    from sklearn.utils.validation import _check_sample_weight

    if sample_weight is None:
        return None
    weights = _check_sample_weight(sample_weight, x, dtype=np.float64, ensure_non_negative=True)
    largest = np.zeros(int(c.max()) + 1)
    np.maximum.at(largest, c, weights)
    return weights / np.where(largest > 0, largest, 1.0)[c]


def _n_missing(values: np.ndarray) -> int:
    """How many are None, NaN or pandas' NA."""
    if values.dtype.kind == "f":
        return int(np.count_nonzero(np.isnan(values)))
    if values.dtype.kind != "O":
        return 0
    return sum(map(_is_missing, values.ravel().tolist()))


def _is_missing(value: Any) -> bool:
    """NaN is what differs from itself, and of pandas' NA nobody can say whether it does."""
    try:
        return value is None or bool(value != value)
    except TypeError:
        return True


def _parts(x: np.ndarray) -> list[np.ndarray]:
    """Of the rows, so that a mask never takes as much memory as they do."""
    return [x[start : start + 512] for start in range(0, len(x), 512)]


def _any(test: Any, x: np.ndarray) -> bool:
    return any(bool(test(part).any()) for part in _parts(x))


def _shown(label: Any) -> str:
    return repr(label.item() if hasattr(label, "item") else label)


def _listed(classes: np.ndarray, most: int = 10) -> str:
    shown = ", ".join(_shown(label) for label in classes[:most])
    return shown if len(classes) <= most else f"{shown} and {len(classes) - most} more"
