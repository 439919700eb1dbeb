"""Components that belong together."""

from __future__ import annotations

from typing import Any

PLOT: dict[str, Any] = {"show_label": False, "container": False}
"""Looks of a figure on a card."""


class Group:
    """A dataclass whose fields are components, or lists of them."""

    def components(self) -> list[Any]:
        """All of them, in the order of the fields."""
        return [c for value in vars(self).values() for c in (value if isinstance(value, list) else [value])]
