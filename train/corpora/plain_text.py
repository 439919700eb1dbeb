"""Typographic text to the plain characters that people type and speech recognisers write."""

from __future__ import annotations

_C1_CONTROLS = {code: bytes([code]).decode("cp1252", errors="ignore") for code in range(0x80, 0xA0)}
"""Windows-1252 bytes that were taken for Latin-1: published MELD has U+0092 where an apostrophe was meant."""

_TYPOGRAPHIC = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": " - ", "…": "...", "\N{NO-BREAK SPACE}": " "}
)


def plain(text: str) -> str:
    """The text with straight quotes, hyphens and dots, and single spaces; letters and emoji stay as they are.

    >>> plain("You\\x92re  in a café—wait…")
    "You're in a café - wait..."
    """
    return " ".join(text.translate(_C1_CONTROLS).translate(_TYPOGRAPHIC).split())
