"""Finding a corpus's recordings by their names, however its folders are arranged."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from sermi.errors import CorpusError

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")
"""Published corpora are WAV; copies are often compressed."""


def require_folder(folder: Path, corpus: str) -> None:
    """Raises CorpusError unless `folder` is a folder."""
    if not folder.is_dir():
        raise CorpusError(f"There is no folder '{folder}'; give the folder that holds {corpus}.")


def _stem(path: Path) -> str:
    return path.stem


def recordings(
    folder: Path, stem: re.Pattern[str], *, corpus: str, example: str, name_of: Callable[[Path], str] = _stem
) -> list[tuple[Path, re.Match[str]]]:
    """Absolute path and match of each audio file under `folder` whose stem fits the pattern, sorted by stem.

    Hidden files are skipped (macOS leaves a `._` twin beside every file on foreign disks). A stem that occurs twice is
    read once, at its shallowest place: Kaggle's copies of RAVDESS and TESS hold the whole corpus again in a subfolder.

    Args:
        folder: of the corpus.
        stem: pattern of a whole file name without its suffix.
        corpus: its name, for messages.
        example: a file's name, for messages.
        name_of: a file's name in the place of its stem, where a corpus's stems alone aren't unique.

    Raises:
        CorpusError: the folder is missing or nothing in it fits.
    """
    require_folder(folder, corpus)
    root = folder.resolve()
    by_stem: dict[str, tuple[Path, re.Match[str]]] = {}
    for path in sorted(root.rglob("*"), key=lambda path: (len(path.parts), path)):
        name = name_of(path)
        match = stem.fullmatch(name)
        hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
        if match and not hidden and path.suffix.lower() in SUFFIXES and path.is_file():
            by_stem.setdefault(name, (path, match))
    if not by_stem:
        raise CorpusError(f"'{folder}' holds no {corpus} recording such as {example}; is this another corpus?")
    return [by_stem[name] for name in sorted(by_stem)]


def look_up(codes: Mapping[str, str], code: str, *, what: str, corpus: str, path: Path) -> str:
    """What a code in a file's name means.

    Args:
        codes: code -> meaning.
        code: as it stands in the name.
        what: it codes, for messages.
        corpus: its name, for messages.
        path: of the file, for messages.

    Raises:
        CorpusError: the corpus lacks the code.
    """
    if code not in codes:
        raise CorpusError(f"'{path.name}' has the {what} '{code}', which {corpus} does not have; is the file misnamed?")
    return codes[code]
