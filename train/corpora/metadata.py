"""Wordings that a corpus doesn't have itself and a `metadata.csv` in its folder gives."""

from __future__ import annotations

from pathlib import Path

from sermi.delimited import read_csv


def metadata_texts(folder: Path) -> dict[str, str]:
    """Wording of each recording, by the file's stem, from a `metadata.csv` in the folder itself; empty without one.

    Raises CorpusError when that table lacks the columns path and text, or can't be read.
    """
    file = folder / "metadata.csv"
    return {Path(row["path"]).stem: row["text"] for row in read_csv(file, ("path", "text"))} if file.is_file() else {}
