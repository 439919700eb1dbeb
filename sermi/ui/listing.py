"""The checkpoints that an app lists, and what their files say of them; read without importing the models."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sermi import schema, shipped
from sermi.digests import is_as_written
from sermi.encoders.places import MEGABYTES, MOONSHINE, to_fetch
from sermi.errors import CheckpointError
from sermi.known_sentences import KnownSentences, of_contexts

if TYPE_CHECKING:
    from sermi.ui.measurements import Evidence


log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Config:
    """What is read of config.json without importing the models."""

    classes: tuple[str, ...]
    frontend: Mapping[str, Any]
    frontend_fingerprint: str = ""
    generators: Mapping[str, Any] = field(default_factory=dict)
    voices: Mapping[str, Any] | None = None
    not_sure_below: float = 0.0

    @property
    def encoder(self) -> str:
        """Of speech."""
        encoder = self.frontend.get("encoder", MOONSHINE)
        return encoder if isinstance(encoder, str) else MOONSHINE


@dataclass(frozen=True)
class CheckpointSummary:
    """What a checkpoint can be asked for."""

    classes: tuple[str, ...] = ()
    """Its emotions."""
    regularisers: tuple[str, ...] = ()
    """Of its generators, the one to use first at the front."""
    frontend: str = ""
    """Fingerprint of its speech encoder: what another one encoded says nothing to it."""
    knows_voices: bool = False
    """Whether it can draw on other sentences of a voice."""
    sure_from: float = 0.0
    """Confidence from which on an answer is sure."""
    new_voices: tuple[KnownSentences, ...] = ()
    """What it reached on voices that no training met, by what was known of them."""


class Listing:
    """Those in a folder. Only their names are taken: a visitor's request does not choose what is read from the disk."""

    def __init__(self, checkpoints: Path | None = None, results: Path | None = None) -> None:
        """checkpoints: folder that holds them, None for those at hand. results: folder of what runs measured, likewise."""
        self._checkpoints = checkpoints
        self._results = results or shipped.results_folder()

    def names(self) -> list[str]:
        """Of the checkpoints, the default first."""
        return shipped.available(self._checkpoints)

    @property
    def default(self) -> str:
        """The checkpoint to begin with, one that isn't damaged where there is one."""
        names = self.names()
        return next(
            (name for name in names if isinstance(self._config(name), _Config)), next(iter(names), shipped.DEFAULT)
        )

    def choices(self, *, to_listen: bool = False) -> list[tuple[str, str]]:
        """(label, name) of each checkpoint, the default first.

        to_listen: whether to say what would have to be fetched before it can be given a recording.
        """
        return [(f"{name} ({self._described(name, to_listen)})", name) for name in self.names()]

    def summary(self, name: str) -> CheckpointSummary:
        """What a checkpoint can do; nothing for one that is damaged."""
        config = self._config(name)
        if isinstance(config, str):
            return CheckpointSummary()
        return CheckpointSummary(
            config.classes,
            tuple(config.generators),
            config.frontend_fingerprint,
            config.voices is not None,
            config.not_sure_below,
            self._new_voices(name),
        )

    def _new_voices(self, name: str) -> tuple[KnownSentences, ...]:
        try:
            return tuple(of_contexts(self._metrics(name)["new_voice"]["contexts"]))
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            return ()  # not measured

    def is_damaged(self, name: str) -> bool:
        """Whether its config.json can't be used."""
        return isinstance(self._config(name), str)

    def folder(self, name: str) -> Path:
        """The folder of a checkpoint. Raises CheckpointError for a name that isn't listed."""
        folder = self._folder(name)
        if folder is None:
            raise CheckpointError(f"There is no checkpoint '{name}'; use one of {', '.join(self.names()) or 'none'}.")
        return folder

    def encoder(self, name: str) -> str:
        """Of speech; the embedded one where a damaged checkpoint names none."""
        config = self._config(name)
        return MOONSHINE if isinstance(config, str) else config.encoder

    def evidence(self, name: str | None) -> Evidence:
        """What was measured of a checkpoint and of the method."""
        from sermi.ui.measurement_files import gather

        classes = self.summary(name or "").classes
        try:
            return gather(self._metrics(name), classes, self._results)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            log.warning("metrics.json of %s can't be used", name, exc_info=True)
            return gather({}, classes, self._results)

    def card(self, name: str | None) -> str:
        """The model card of a checkpoint as Markdown, without its front matter."""
        folder = self._folder(name)
        if folder is None:
            return "There is no such model."
        try:
            text = (folder / "README.md").read_text(encoding="utf-8")
        except (OSError, ValueError):
            return "This checkpoint has no README.md that can be read; copy its folder again."
        parts = text.split("---\n", 2)
        card = parts[2] if text.startswith("---\n") and len(parts) == 3 else text
        return card.replace("<", "&lt;")  # it may be a stranger's; nothing in it is HTML

    def _folder(self, name: str | None) -> Path | None:
        """Of a checkpoint that is listed; None for any other name."""
        return shipped.at_hand(name, self._checkpoints) if name else None

    def _described(self, name: str, to_listen: bool) -> str:
        config = self._config(name)
        if isinstance(config, str):
            return f"damaged: {config}"
        missing = to_fetch(config.encoder) if to_listen else []
        megabytes = sum(MEGABYTES.get(encoder, 0) for encoder in missing)
        what = f"stronger encoder, fetched once, {megabytes} MB" if megabytes else "another encoder, fetched once"
        return f"{len(config.classes)} emotions{f'; {what}' if missing else ''}"

    def _config(self, name: str) -> _Config | str:
        """config.json, or what is wrong with it."""
        content = _object(self._content(name, "config.json"))
        if not content:
            return "config.json can't be read"
        if not is_as_written("config.json", b"", content):
            return "config.json is not as it was written"
        known = {field.name for field in fields(_Config)}
        try:
            return schema.read(_Config, _without_marks({name: content[name] for name in known & content.keys()}))
        except ValueError as error:
            return str(error)

    def _metrics(self, name: str | None) -> dict[str, Any]:
        """metrics.json; empty where it can't be read or is not as it was written."""
        content = self._content(name, "metrics.json")
        config = _object(self._content(name, "config.json"))
        return _without_marks(_object(content)) if is_as_written("metrics.json", content, config) else {}

    def _content(self, name: str | None, file: str) -> bytes:
        """A file of a checkpoint; nothing where it can't be read."""
        folder = self._folder(name)
        try:
            return (folder / file).read_bytes() if folder else b""
        except OSError:
            return b""


def _object(content: bytes) -> dict[str, Any]:
    """Of JSON; empty where it is none."""
    try:
        read = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _without_marks(content: dict[str, Any]) -> dict[str, Any]:
    """A stranger's names reach figures, which take marks in them for HTML."""
    return json.loads(json.dumps(content).replace("<", "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}"))
