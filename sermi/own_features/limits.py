"""How large a feature table may be."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sermi.errors import SermiError


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
