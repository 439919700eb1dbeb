"""Features of one's own: a table in a file, which of its columns are what, and generated rows beside them.

    table = own_features.read(Path("features.csv"))
    gains = own_features.cross_validated_gains(table.X, table.y, groups=table.groups)

Nothing is imported before it is asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sermi.own_features.augmentation import augment
    from sermi.own_features.columns import Columns, columns_of
    from sermi.own_features.gains import Gains, cross_validated_gains
    from sermi.own_features.report import report
    from sermi.own_features.table import FeatureTable, read

__all__ = ["Columns", "FeatureTable", "Gains", "augment", "columns_of", "cross_validated_gains", "read", "report"]

_HOME = {
    "Columns": "columns",
    "FeatureTable": "table",
    "Gains": "gains",
    "augment": "augmentation",
    "columns_of": "columns",
    "cross_validated_gains": "gains",
    "read": "table",
    "report": "report",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
