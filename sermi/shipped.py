"""Which checkpoints there are, and where: found without importing any model.

A checkpoint is asked for by its folder, by the name of one that is at hand, or by its `OWNER/NAME` on the hub. At hand are
those in `$SERMI_CHECKPOINTS`, else in `./checkpoints`, else in the repository that the package was installed from.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path

from sermi.errors import CheckpointError, HubError

DEFAULT = "open4"
FILES = ("config.json", "model.safetensors", "reference.safetensors", "metrics.json", "README.md")
"""What a checkpoint's folder holds."""
_ON_THE_HUB = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")


def folder() -> Path | None:
    """The folder of the checkpoints at hand, None where there is none."""
    return _first("SERMI_CHECKPOINTS", "checkpoints")


def results_folder() -> Path | None:
    """The folder of what was measured of the method (`docs/results`, or `$SERMI_RESULTS`), None where there is none."""
    return _first("SERMI_RESULTS", "docs/results")


def available(at: Path | None = None) -> list[str]:
    """Names of the checkpoints in a folder, or of those at hand, the default first."""
    at = at or folder()
    names = sorted(path.parent.name for path in at.glob("*/config.json")) if at else []
    return sorted(names, key=lambda name: name != DEFAULT)


def resolve(name: str | Path) -> Path:
    """The folder of a checkpoint, given as a folder, as a name or as `OWNER/NAME`, which is fetched if need be.

    Raises CheckpointError that lists those at hand when there is none, HubError for what the hub has against it.
    """
    at = folder()
    for candidate in (Path(name), *((at / str(name),) if at else ())):
        if (candidate / "config.json").is_file():
            return candidate
    if _ON_THE_HUB.fullmatch(str(name)) and not Path(name).exists():
        from sermi import download

        try:
            return download.snapshot(str(name))
        except HubError as error:
            raise HubError(f"There is no folder '{name}' with a checkpoint here. {error}") from error
    known = ", ".join(available())
    advice = f"use a checkpoint's folder or one of {known}" if known else _NONE_AT_HAND
    raise CheckpointError(f"There is no checkpoint '{name}'; {advice}.")


_NONE_AT_HAND = (
    "give a checkpoint's folder, set SERMI_CHECKPOINTS to the folder that holds them, or fetch one with "
    "`sermi pull OWNER/NAME --out checkpoints/NAME`"
)


def _first(variable: str, place: str) -> Path | None:
    if os.environ.get(variable):
        return Path(os.environ[variable])
    repository = _repository()
    candidates = (Path(place), *((repository / place,) if repository else ()))
    return next((candidate for candidate in candidates if candidate.is_dir()), None)


@cache
def _repository() -> Path | None:
    """The folder that pip installed the package from, as PEP 610 records it; None for any other way to come here."""
    # late, because every command imports this module
    from importlib import metadata
    from urllib.parse import urlparse
    from urllib.request import url2pathname

    try:
        record = json.loads(metadata.distribution("sermi").read_text("direct_url.json") or "{}")
    except (metadata.PackageNotFoundError, ValueError):
        return None
    address = urlparse(record.get("url", ""))
    return Path(url2pathname(address.path)) if address.scheme == "file" else None
