"""The doors that are tried, each with small whole files to begin with.

A door answers, or raises a `SermiError` with one sentence. Whatever else it raises is a fault.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from sermi.errors import SermiError

SEEDS = Path(__file__).parent / "seeds"
"""Tones of an eighth of a second, a checkpoint of tiny dimensions, tables of a few rows."""


@dataclass(frozen=True)
class Target:
    """A door, and files that go through it."""

    name: str
    read: Callable[[Path], object]
    """What is done with a file that lies in the place of one of the seeds."""

    @cached_property
    def seeds(self) -> Mapping[str, bytes]:
        """Whole files by name."""
        files = sorted(path for path in (SEEDS / self.name).iterdir() if path.stat().st_size)
        return {path.name: path.read_bytes() for path in files}

    def try_file(self, name: str, content: bytes, folder: Path) -> bool:
        """Read a file as if it were one of the seeds, which lie in a folder. Returns whether it was of use.

        Raises whatever the door does that is no SermiError, AssertionError where its sentence is none.
        """
        path = folder / name
        path.write_bytes(content)
        try:
            self.read(path)
        except SermiError as error:
            check_sentence(str(error))
            return False
        finally:
            path.write_bytes(self.seeds[name])
        return True

    def lay_out(self, folder: Path) -> Path:
        """A copy of the seeds in a folder."""
        return shutil.copytree(SEEDS / self.name, folder / self.name, dirs_exist_ok=True)


def check_sentence(text: str) -> None:
    """Raises AssertionError for what isn't one that a visitor may see."""
    is_one = text.isprintable() and 10 < len(text) < 1_000 and "Traceback" not in text and text[-1] in ".)"
    assert is_one, f"no sentence: {text[:200]!r}"


def _read_audio(path: Path) -> None:
    from sermi import audio

    recording = audio.read(path)
    waves = recording.blocks() if recording.long else [recording.waveform]
    for wave in waves:
        assert np.isfinite(wave).all()
        assert np.abs(wave).max(initial=0) <= 1


def _read_checkpoint(path: Path) -> None:
    """By the loader and by what the page lists without loading, which takes damage and names it."""
    from sermi import checkpoint
    from sermi.ui.listing import Listing

    listing = Listing(path.parent.parent, path.parent.parent / "no results")
    name = path.parent.name
    for label, _ in listing.choices(to_listen=True):
        assert "\n" not in label
    listing.summary(name)
    listing.card(name)
    listing.evidence(name)
    checkpoint.load(path.parent)


def _read_table(path: Path) -> Any:
    """By whatever reads files of this name."""
    from sermi import delimited, own_features, speakers, voice
    from train.corpora import user_csv

    kind = path.name.split(".")[0]
    if kind == "features":
        return own_features.read(path).describe()
    if kind == "voice":
        return len(voice.Voice.load(path))
    if kind == "sentences":
        return delimited.read_tsv(path, ("text", "codes", "comment"), header=False)
    if kind == "corpus":
        return user_csv.read(path)
    request = speakers.Request(speakers=path)
    return next(speakers.recognise(request, _nothing_more, lambda _: None, lambda *_: _unused()), None)


class _DoneError(SermiError):
    """The table was read; what comes next isn't fuzzed."""


def _nothing_more() -> Any:
    raise _DoneError("It was read.")


def _unused() -> Any:
    raise AssertionError


TARGETS = {target.name: target for target in (
    Target("audio", _read_audio), Target("checkpoint", _read_checkpoint), Target("tables", _read_table)
)}  # fmt: skip
