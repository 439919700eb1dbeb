"""Many recordings at once: files and zips to rows of a table, and the table as files."""

from __future__ import annotations

import csv
import json
import shutil
import zipfile
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sermi.errors import AudioError, SermiError
from sermi.ui.limits import MAX_BYTES, too_large
from sermi.ui.recognise.whose import TABLES

if TYPE_CHECKING:
    from sermi.prediction import Prediction

MAX_FILES = 200
MAX_UNPACKED = 1_000_000_000
"""Bytes of all files of a zip."""
COLUMNS = (
    "File", "Speaker", "Emotion", "Confidence", "Sure", "Voice alone", "Words", "Speech, s", "Context", "Warnings",
)  # fmt: skip
_SUFFIXES = {".wav", ".flac", ".mp3", ".ogg", ".m4a", ".webm", ".mp4", ".opus", ".aac"}


@dataclass(frozen=True)
class Recording:
    """One to be recognised."""

    name: str
    path: Path
    problem: str = ""
    """Why it can't be; '' where nothing is known against it."""

    @property
    def is_table(self) -> bool:
        """Whether it is no recording, but may say who speaks in them."""
        return Path(self.name).suffix.lower() in TABLES


@dataclass(frozen=True)
class Row:
    """What became of one."""

    name: str
    prediction: Prediction | None = None
    problem: str = ""
    """Why there is none."""
    warnings: Sequence[str] = field(default=())
    speaker: str = ""
    """'' where nobody knows."""

    @property
    def is_answered(self) -> bool:
        """Whether there is an emotion."""
        from sermi.ui.html import has_speech

        return self.prediction is not None and has_speech(self.prediction)

    def cells(self) -> list[str]:
        """As the page's table and the CSV have it."""
        one = self.prediction
        if one is None:
            return [self.name, self.speaker, *[""] * (len(COLUMNS) - 3), self.problem]
        if not self.is_answered:
            seconds = f"{one.speech_s:.1f}"
            return [self.name, self.speaker, "", "", "", "", "", seconds, "", " ".join([*one.warnings, *self.warnings])]
        voice = max(one.audio_only, key=one.audio_only.__getitem__)
        return [
            self.name,
            self.speaker,
            one.emotion,
            f"{one.confidence:.3f}",
            "yes" if one.sure else "no",
            voice,
            one.transcript or "",
            f"{one.speech_s:.1f}",
            str(one.context),
            " ".join([*one.warnings, *self.warnings]),
        ]

    def record(self) -> dict[str, Any]:
        """As the JSON has it: the fields of `python -m sermi predict --json` beside the file's name."""
        fields = {} if self.prediction is None else asdict(self.prediction)
        return {"file": self.name, "speaker": self.speaker or None, "error": self.problem or None, **fields}


def unpacked(paths: Sequence[str], folder: Path) -> Generator[Recording]:
    """The recordings of what was sent, those in zips one after the other in a folder of their own.

    What is deleted between two of them is the caller's: of a zip, each recording goes when the next one is asked for.
    """
    n = 0
    for path in map(Path, paths):
        of_this = _of_zip(path, folder) if path.suffix.lower() == ".zip" else iter([Recording(path.name, path)])
        for recording in of_this:
            if recording.is_table:
                yield recording
                continue
            if n == MAX_FILES:
                yield Recording(
                    recording.name, recording.path, f"Only the first {MAX_FILES} files are taken; send the rest after."
                )
                return
            n += 1
            yield recording


def _of_zip(path: Path, folder: Path) -> Iterator[Recording]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if _is_of_use(entry)]
            if all(Path(entry.filename).suffix.lower() in TABLES for entry in entries):
                yield Recording(path.name, path, "There is no recording in this zip.")
            elif sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                yield Recording(
                    path.name, path, f"Unpacked it has more than {MAX_UNPACKED // 10**6:,} MB; send less at a time."
                )
            else:
                for entry in entries:
                    yield from _of_entry(archive, entry, folder)
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError):
        yield Recording(path.name, path, f"'{path.name}' is no zip that can be read.")


def _is_of_use(entry: zipfile.ZipInfo) -> bool:
    name = Path(entry.filename)
    is_hidden = name.name.startswith(".") or "__MACOSX" in name.parts
    return not entry.is_dir() and not is_hidden and name.suffix.lower() in (*_SUFFIXES, *TABLES)


def _of_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> Iterator[Recording]:
    # an entry's name never becomes a path: it may lead anywhere
    place = folder / f"one{Path(entry.filename).suffix.lower()}"
    if entry.file_size > MAX_BYTES:
        yield Recording(entry.filename, place, too_large(entry.filename, entry.file_size))
        return
    try:
        with archive.open(entry) as source, place.open("wb") as target:
            shutil.copyfileobj(source, target)
        yield Recording(entry.filename, place)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError):
        yield Recording(entry.filename, place, f"'{entry.filename}' is damaged, or locked by a password.")
    finally:
        place.unlink(missing_ok=True)


def named(problem: SermiError, recording: Recording) -> str:
    """A problem in words that name the file as it was sent."""
    sentence = str(problem)
    return sentence.replace(recording.path.name, recording.name) if isinstance(problem, AudioError) else sentence


def write(rows: Sequence[Row], folder: Path) -> dict[str, Path]:
    """emotions.csv and emotions.json in `folder`, by their suffix."""
    paths = {suffix: folder / f"emotions.{suffix}" for suffix in ("csv", "json")}
    with paths["csv"].open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([_plain(cell) for cell in row.cells()] for row in rows)
    paths["json"].write_text(json.dumps([row.record() for row in rows], indent=1), encoding="utf-8")
    return paths


def _plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: file names are whatever somebody chose."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
