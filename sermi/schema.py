"""JSON to dataclasses: every value is of the kind that its field is annotated with, or one sentence says which is not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

_TOO_LARGE = {int: 2**63, float: 1e300}
_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


def read(kind: Any, value: Any, place: str = "it") -> Any:
    """What a JSON value stands for.

    Args:
        kind: a dataclass, or what its fields may be annotated with: bool, int, float, str, tuple[X, ...], Mapping[str, X],
            X | None, Any.
        value: as `json` gives it.
        place: what the value is called in sentences.

    Returns:
        A `kind`.

    Raises:
        ValueError: with the sentence that says what is of another kind, missing or too much.
    """
    origin, inner = get_origin(kind), get_args(kind)
    if kind is Any:
        return value
    if origin in (Union, UnionType):
        rest = [one for one in inner if one is not NoneType]
        return None if value is None and len(rest) < len(inner) else read(rest[0], value, place)
    if is_dataclass(kind):
        return _read_fields(kind, _mapping(value, place), "" if place == "it" else f"{place}.")
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise ValueError(f"{place} should be a list, not {_shown(value)}")
        return tuple(read(inner[0], one, f"{place}[{i}]") for i, one in enumerate(value))
    if origin is Mapping:
        return {key: read(inner[1], one, f"{place}.{key}") for key, one in _mapping(value, place).items()}
    return _read_plain(kind, value, place)


def _read_plain(kind: Any, value: Any, place: str) -> Any:
    # true is a whole number to Python, and a whole number is a number
    is_right = isinstance(value, (int, float) if kind is float else kind) and (kind is bool) == isinstance(value, bool)
    # a number of any size is one to JSON, and so are NaN and infinity, but not to an array
    if not is_right or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError(f"{place} should be {_KINDS[kind]}, not {_shown(value)}")
    if kind in _TOO_LARGE and not abs(value) < _TOO_LARGE[kind]:
        raise ValueError(f"{place} is {_shown(value)}, which nothing can have")
    return float(value) if kind is float else value


def _read_fields(kind: Any, values: Mapping[str, Any], prefix: str) -> Any:
    hints = get_type_hints(kind)
    known = {field.name: field.default is MISSING and field.default_factory is MISSING for field in fields(kind)}
    for name in values:
        if name not in known:
            raise ValueError(f"{prefix}{name} is nothing that this version knows")
    for name, is_needed in known.items():
        if is_needed and name not in values:
            raise ValueError(f"{prefix}{name} is missing")
    return kind(**{name: read(hints[name], value, prefix + name) for name, value in values.items()})


def _mapping(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{place} should be an object with names, not {_shown(value)}")
    return value


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
