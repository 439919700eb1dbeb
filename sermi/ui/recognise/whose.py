"""Who speaks in which of many files: by folder, by the start of the name, by a table, or as the visitor types it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sermi.delimited import FILE_COLUMNS, read_csv
from sermi.errors import SermiError

ALONE, FOLDER, START, TABLE = "alone", "folder", "start", "table"
WAYS: Mapping[str, str] = {
    ALONE: "Not known: each file by itself",
    FOLDER: "The folder it is in",
    START: "The name up to the first - or _",
    TABLE: "A CSV with file,speaker",
}
"""How speakers are known -> its label."""
TABLES = (".csv", ".tsv")
MAX_TABLE_BYTES = 1_000_000
MAX_NAME = 80
"""Letters of a speaker's name."""


def by_folder(name: str) -> str:
    """The folder that a file lies in, '' for none.

    >>> by_folder("takes/anna/1.wav"), by_folder("1.wav")
    ('anna', '')
    """
    return cleaned(_parts(name)[-2]) if len(_parts(name)) > 1 else ""


def by_start(name: str) -> str:
    """A file's name up to the first - or _, '' where it has none.

    >>> by_start("takes/anna_01.wav"), by_start("s03-angry-2.wav"), by_start("one.wav")
    ('anna', 's03', '')
    """
    start, *rest = re.split("[-_]", PurePosixPath(_parts(name)[-1]).stem, maxsplit=1) if _parts(name) else [""]
    return cleaned(start) if rest else ""


def _parts(name: str) -> tuple[str, ...]:
    return PurePosixPath(name.replace("\\", "/")).parts


def cleaned(speaker: str) -> str:
    """A speaker's name as it is kept."""
    return " ".join(speaker.split())[:MAX_NAME]


@dataclass(frozen=True)
class SpeakerTable:
    """Whose the files are, as a table says."""

    name: str
    speakers: Mapping[str, str]
    """By file, as the table spells it."""
    known: Mapping[str, str]
    """Emotions that are known, likewise; they have no part in the answer of their own file."""

    @classmethod
    def read(cls, path: Path, name: str, classes: Sequence[str]) -> SpeakerTable:
        """A CSV or TSV of file,speaker[,known_emotion].

        Args:
            path: where it is.
            name: what the visitor calls it.
            classes: emotions that may be known.

        Raises:
            SermiError: what is wrong with it.
        """
        if path.stat().st_size > MAX_TABLE_BYTES:
            raise SermiError(f"'{name}' has more than {MAX_TABLE_BYTES // 10**6} MB; send one of file,speaker alone.")
        rows = read_csv(path, ("speaker",), separators=",;\t")
        column = next((column for column in FILE_COLUMNS if column in rows[0]), None)
        if column is None:
            raise SermiError(f"'{name}' doesn't say which file a row is of; call that column file.")
        known = {row[column].strip(): (row.get("known_emotion") or "").strip() for row in rows}
        for file, emotion in known.items():
            if emotion and emotion not in classes:
                raise SermiError(
                    f"'{name}' says {emotion} of '{file}', which isn't an emotion of this model; use one of "
                    f"{', '.join(classes)}, or leave it empty."
                )
        speakers = {row[column].strip(): cleaned(row["speaker"]) for row in rows}
        return cls(name, speakers, {file: emotion for file, emotion in known.items() if emotion})

    def file(self, name: str) -> str | None:
        """How the table spells a file: its whole name, or else without folders; None where it isn't there."""
        plain = _parts(name)[-1] if _parts(name) else ""
        return next((one for one in (name, plain) if one in self.speakers), None) or next(
            (one for one in self.speakers if _parts(one)[-1:] == (plain,)), None
        )
