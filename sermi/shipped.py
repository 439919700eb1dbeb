"""Which checkpoints there are, and where: found without importing any model."""

from __future__ import annotations

import os
from pathlib import Path

from sermi.errors import CheckpointError

DEFAULT = "open4"
FILES = ("config.json", "model.safetensors", "reference.safetensors", "metrics.json", "README.md")
"""What a checkpoint's folder holds."""


def folder() -> Path | None:
    """The folder of the checkpoints at hand, None where there is none."""
    return _first("SERMI_CHECKPOINTS", "checkpoints")


def results_folder() -> Path | None:
    """The folder of what was measured of the method, None where there is none."""
    return _first("SERMI_RESULTS", "docs/results")


def available(at: Path | None = None) -> list[str]:
    """Names of the checkpoints in a folder, else of those at hand; the default first."""
    at = at or folder()
    names = sorted(path.parent.name for path in at.glob("*/config.json")) if at else []
    return sorted(names, key=lambda name: name != DEFAULT)


def resolve(name: str | Path) -> Path:
    """The folder of a checkpoint. Raises CheckpointError that lists those at hand when there is none."""
    at = folder()
    for candidate in (Path(name), *((at / str(name),) if at else ())):
        if (candidate / "config.json").is_file():
            return candidate
    raise CheckpointError(f"There is no checkpoint '{name}'; use one of {', '.join(available()) or 'none'}.")


def _first(variable: str, place: str) -> Path | None:
    if os.environ.get(variable):
        return Path(os.environ[variable])
    return Path(place) if Path(place).is_dir() else None
