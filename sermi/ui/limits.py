"""How much a visitor's recording or table may be. The command line takes more: its files are already there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sermi.own_features.limits import Limits

MAX_SECONDS = 600
"""Of a recording that are used."""
MAX_BYTES = 120_000_000
"""Of a file: ten minutes of uncompressed stereo at 48 kHz have 115 MB."""
MAX_BODY = 2_000_000
"""Bytes of a request that names files, or brings a recording within it."""
SENTENCE = f"up to {MAX_SECONDS // 60} minutes and {MAX_BYTES // 10**6} MB"


def too_large(name: str, n_bytes: float) -> str:
    """The sentence about a file that isn't taken."""
    return f"'{name}' has {n_bytes / 1e6:.0f} MB; send {SENTENCE}, or save it as mp3, which is a tenth as large."


MAX_TABLE_BYTES = 50 * 2**20
MAX_ROWS, MAX_COLUMNS, MAX_NUMBERS = 20_000, 5_000, 2_000_000
"""Of a table: 1,000 features of 2,000 recordings, or 100 of 20,000."""
MAX_GENERATED = 4_000_000
"""Numbers in generated rows."""
EXPECTED_S, STOPPED_S = 120, 240
"""Seconds of work on a table: more is not begun where it is expected, and what takes longer all the same is ended."""
OF_TABLES = (
    f"up to {MAX_TABLE_BYTES // 2**20} MB, {MAX_ROWS:,} rows, {MAX_COLUMNS:,} columns and {MAX_NUMBERS // 10**6} million "
    "numbers"
)
ELSEWHERE = ", or run sermi augment on a machine of your own, which takes more"
"""The end of a sentence about a table that is too much for the page."""


def of_tables() -> Limits:
    """What is read of a visitor's table."""
    from sermi.own_features.limits import Limits

    return Limits(MAX_TABLE_BYTES, MAX_ROWS, MAX_COLUMNS, MAX_NUMBERS, ELSEWHERE)
