"""The statistics for tables of one's own: arrays, lists, tensors or data frames, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar

import numpy as np

from sermi.quality import neighbours, statistics, two_sample
from sermi.quality.interface import QualityError

P = ParamSpec("P")
R = TypeVar("R")
_NOTHING: Mapping[str, str] = {}


def _takes_tables(
    *tables: str, fewest: Callable[[Mapping[str, Any]], int] = lambda _: 1, labels: Mapping[str, str] = _NOTHING
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Tables become float64 arrays of one width, and labels codes.

    Args:
        tables: names of the parameters.
        fewest: rows of each table at least, from all arguments.
        labels: from a parameter to the table that it has one label for each row of.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            given = signature(function).bind(*args, **kwargs)
            given.apply_defaults()
            values = given.arguments
            for name in tables:
                values[name] = _table(values[name], name, fewest(values))
            widths = {values[name].shape[1] for name in tables}
            if len(widths) > 1:
                listed = " and ".join(f"{name} {values[name].shape[1]}" for name in tables)
                raise QualityError(f"The sets differ in width, {listed}; compare features of the same columns.")
            if labels:
                values |= _codes({name: (values[name], len(values[table])) for name, table in labels.items()})
            return function(*given.args, **given.kwargs)

        return checked

    return decorate


def _table(given: Any, name: str, fewest: int) -> np.ndarray:
    """(N, d) float64."""
    given = given.detach().cpu() if hasattr(given, "detach") else given
    try:
        table = np.ascontiguousarray(np.asarray(given, dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise QualityError(f"{name} must be a table of numbers, samples by features, and it is not.") from error
    if table.ndim != 2 or not table.shape[1]:
        raise QualityError(f"{name} must have the shape (samples, features), not {table.shape}.")
    if len(table) < fewest:
        raise QualityError(f"{name} has {len(table)} samples; at least {fewest} are needed.")
    bad = int(np.count_nonzero(~np.isfinite(table).all(axis=1)))
    if bad:
        raise QualityError(f"{name} holds NaN or infinite values in {bad} samples; leave those out.")
    return table


def _codes(given: Mapping[str, tuple[Any, int]]) -> dict[str, np.ndarray]:
    """Codes 0..K-1 that all columns of labels share."""
    columns = {name: np.asarray(column) for name, (column, _) in given.items()}
    for name, column in columns.items():
        if column.shape != (given[name][1],):
            raise QualityError(f"{name} must hold one label for each of {given[name][1]} samples, not {column.shape}.")
    every, codes = np.unique(np.concatenate(list(columns.values())), return_inverse=True)
    ends = np.cumsum([len(column) for column in columns.values()])
    split = dict(zip(columns, np.split(codes, ends[:-1]), strict=True))
    first = next(iter(split))
    if len(np.unique(split[first])) < 2:
        raise QualityError(f"{first} holds only the class {every[split[first][0]]}; a classifier needs two at least.")
    return split


def _k_and_one(values: Mapping[str, Any]) -> int:
    k = values["k"]
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise QualityError(f"k must be a whole number of neighbours, 1 or more, not {k!r}.")
    return int(k) + 1


prdc = _takes_tables("real", "generated", fewest=_k_and_one)(statistics.prdc)
frechet_distance = _takes_tables("x", "y", fewest=lambda _: 2)(statistics.frechet_distance)
c2st = _takes_tables("x", "y", fewest=lambda _: 2)(two_sample.c2st)
train_on_generated = _takes_tables("generated", "real", labels={"c": "generated", "real_c": "real"})(
    statistics.train_on_generated
)
memorisation = _takes_tables("x", "training", "held_out")(statistics.memorisation)
median_nearest_distance = _takes_tables("x", "training")(statistics.median_nearest_distance)
share_of_copies = _takes_tables("x", "training", fewest=lambda _: 2)(neighbours.share_of_copies)
