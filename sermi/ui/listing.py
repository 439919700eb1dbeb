"""The checkpoints that an app lists, and what their files say of them; read without importing the models."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sermi import shipped
from sermi.encoders.places import MEGABYTES, MOONSHINE, to_fetch
from sermi.errors import CheckpointError

if TYPE_CHECKING:
    from sermi.ui.measurements import Evidence


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
        """The checkpoint to begin with."""
        return next(iter(self.names()), shipped.DEFAULT)

    def choices(self, *, to_listen: bool = False) -> list[tuple[str, str]]:
        """(label, name) of each checkpoint, the default first.

        to_listen: whether to say what would have to be fetched before it can be given a recording.
        """
        return [(f"{name} ({self._described(name, to_listen)})", name) for name in self.names()]

    def summary(self, name: str) -> CheckpointSummary:
        """What a checkpoint can do; nothing for one that is damaged."""
        config = self._json(name, "config.json")
        try:
            return CheckpointSummary(
                tuple(config["classes"]),
                tuple(config.get("generators", {})),
                config.get("frontend_fingerprint", ""),
                config.get("voices") is not None,
            )
        except (KeyError, TypeError):
            return CheckpointSummary()

    def folder(self, name: str) -> Path:
        """The folder of a checkpoint. Raises CheckpointError for a name that isn't listed."""
        folder = self._folder(name)
        if folder is None:
            raise CheckpointError(f"There is no checkpoint '{name}'; use one of {', '.join(self.names()) or 'none'}.")
        return folder

    def encoder(self, name: str) -> str:
        """Of speech; the embedded one where a damaged checkpoint names none."""
        frontend = self._json(name, "config.json").get("frontend")
        encoder = frontend.get("encoder") if isinstance(frontend, dict) else None
        return encoder if isinstance(encoder, str) else MOONSHINE

    def evidence(self, name: str | None) -> Evidence:
        """What was measured of a checkpoint and of the method."""
        from sermi.ui.measurement_files import gather

        config, metrics = (self._json(name, file) for file in ("config.json", "metrics.json"))
        return gather(metrics, config.get("classes", []), self._results)

    def card(self, name: str | None) -> str:
        """The model card of a checkpoint as Markdown, without its front matter."""
        folder = self._folder(name)
        if folder is None:
            return "There is no such model."
        text = (folder / "README.md").read_text(encoding="utf-8")
        return text.split("---\n", 2)[2] if text.startswith("---\n") else text

    def _folder(self, name: str | None) -> Path | None:
        """Of a checkpoint that is listed; None for any other name."""
        return shipped.at_hand(name, self._checkpoints) if name else None

    def _described(self, name: str, to_listen: bool) -> str:
        config = self._json(name, "config.json")
        if "classes" not in config:
            return "damaged"
        missing = to_fetch(self.encoder(name)) if to_listen else []
        megabytes = sum(MEGABYTES.get(encoder, 0) for encoder in missing)
        what = f"stronger encoder, fetched once, {megabytes} MB" if megabytes else "another encoder, fetched once"
        return f"{len(config['classes'])} emotions{f'; {what}' if missing else ''}"

    def _json(self, name: str | None, file: str) -> dict[str, Any]:
        """A JSON file of a checkpoint; empty where it can't be read."""
        folder = self._folder(name)
        if folder is None:
            return {}
        try:
            content = json.loads((folder / file).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}
