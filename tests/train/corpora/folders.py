"""Folders of empty recordings, and tables without their paths."""

from __future__ import annotations

from pathlib import Path

import pandas as pd


def touch(folder: Path, *names: str) -> Path:
    """The folder, with an empty file of each name in it."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def rows(table: pd.DataFrame) -> list[tuple]:
    """Each row without its path."""
    return list(table.drop(columns="path").itertuples(index=False, name=None))
