"""Checks of what estimators are given: each mistake is one sentence that says what to change."""

from __future__ import annotations

from typing import Any

import numpy as np

from sermi.mi.interface import MIError


def features(x: Any, name: str = "x") -> np.ndarray:
    """(N, d) float64 from an array, tensor or nested list; (N,) becomes one column.

    Raises:
        MIError: not a table of finite numbers.
    """
    try:
        table = np.asarray(array(x), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise MIError(f"{name} must be a table of numbers, samples by features, and it is not.") from error
    if table.ndim == 1:
        table = table[:, None]
    if table.ndim != 2 or table.shape[1] == 0:
        raise MIError(
            f"{name} must have the shape (samples, features), not {table.shape}; pool or flatten each sample."
        )
    bad = int(np.count_nonzero(~np.isfinite(table).all(axis=1)))
    if bad:
        raise MIError(f"{bad} of {len(table)} samples in {name} hold NaN or infinity; leave them out or fill them in.")
    return table


def labels(y: Any, name: str = "y") -> tuple[np.ndarray, np.ndarray]:
    """Classes (K,) in sorted order and codes (N,) into them, from integers, booleans or names.

    Raises:
        MIError: not one label a sample, NaN among them, fractions, or fewer than two classes.
    """
    given = array(y)
    if given.ndim != 1:
        raise MIError(f"{name} must hold one label a sample, shape (samples,), not {given.shape}.")
    if given.dtype.kind == "O" and bool(np.any(given != given)):
        raise MIError(f"Some labels in {name} are NaN; leave those samples out.")
    if given.dtype.kind == "f":
        if not np.isfinite(given).all():
            raise MIError(f"Some labels in {name} are NaN or infinite; leave those samples out.")
        if not (given == np.round(given)).all():
            raise MIError(
                f"{name} holds fractions, not classes; give whole numbers, or features of shape (samples, 1)."
            )
    try:
        classes, codes = np.unique(given, return_inverse=True)
    except TypeError as error:
        raise MIError(f"{name} mixes names with numbers or empty values; give one kind of label.") from error
    if len(classes) < 2:
        content = f"only the class {classes[0]}" if len(classes) else "no labels"
        raise MIError(f"{name} holds {content}; information about a class needs samples of at least two.")
    return classes, codes


def class_codes(y: Any, n_samples: int, n_classes: int, name: str = "y") -> np.ndarray:
    """(N,) int64 classes of a critic that knows n_classes of them.

    Raises:
        MIError: not one whole number from 0 to n_classes - 1 for each sample.
    """
    given = array(y)
    if given.shape != (n_samples,) or given.dtype.kind not in "iub":
        raise MIError(f"{name} must hold one whole number for each of the {n_samples} samples, its class.")
    codes = given.astype(np.int64)
    if len(codes) and (codes.min() < 0 or codes.max() >= n_classes):
        raise MIError(
            f"{name} must hold classes from 0 to {n_classes - 1}, which the critic knows, not {codes.min()} to {codes.max()}."
        )
    return codes


def group_codes(groups: Any, n_samples: int) -> np.ndarray | None:
    """(N,) codes 0..G-1, None for None.

    Raises:
        MIError: not one group a sample, or one group for all.
    """
    if groups is None:
        return None
    given = array(groups)
    if given.shape != (n_samples,):
        raise MIError(
            f"groups must name one group for each of the {n_samples} samples, but its shape is {given.shape}."
        )
    try:
        names, codes = np.unique(given, return_inverse=True)
    except TypeError as error:
        raise MIError("groups mixes names with numbers or empty values; give one kind of name.") from error
    if len(names) < 2:
        raise MIError("All samples are of one group, which can't be split; give samples of more, or no groups.")
    return codes


def same_length(x: np.ndarray, y: np.ndarray, x_name: str = "x", y_name: str = "y") -> None:
    """Raises MIError unless x and y have as many samples."""
    if len(x) != len(y):
        raise MIError(f"{x_name} has {len(x)} samples and {y_name} has {len(y)}; give them in pairs.")


def array(values: Any) -> np.ndarray:
    """Also from tensors that carry a gradient or live on an accelerator, which don't turn into arrays by themselves."""
    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)
