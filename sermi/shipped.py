"""Which checkpoints there are, and where: found without importing any model.

A checkpoint is asked for by its folder, by the name of one that is at hand, or by its `OWNER/NAME` on the hub. At hand are
those in `$SERMI_CHECKPOINTS`; where that isn't set, those in `./checkpoints` and in the repository that the package was
installed from.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path

from sermi.errors import CheckpointError, HubError
from sermi.paths import is_file, is_folder

CHECKPOINTS_VARIABLE = "SERMI_CHECKPOINTS"
DEFAULT = "open4"
FILES = ("config.json", "model.safetensors", "reference.safetensors", "metrics.json", "README.md")
"""What a checkpoint's folder holds."""
_ON_THE_HUB = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")


def folders() -> list[Path]:
    """The folders in which checkpoints are at hand, the first to be looked into first."""
    return _existing(CHECKPOINTS_VARIABLE, "checkpoints")


def results_folder() -> Path | None:
    """The folder of what was measured of the method (`docs/results`, or `$SERMI_RESULTS`), None where there is none."""
    return next(iter(_existing("SERMI_RESULTS", "docs/results")), None)


def available(within: Path | None = None) -> list[str]:
    """Names of the checkpoints in a folder, or of those at hand, the default first."""
    looked_into = [within] if within else folders()
    names = sorted({path.parent.name for folder in looked_into for path in folder.glob("*/config.json")})
    return sorted(names, key=lambda name: name != DEFAULT)


def at_hand(name: str, within: Path | None = None) -> Path | None:
    """The folder of a checkpoint in a folder, or of one at hand, by its name alone; None where there is none of that name."""
    looked_into = [within] if within else folders()
    candidates = (folder / name for folder in looked_into) if name in available(within) else ()
    return next((path for path in candidates if (path / "config.json").is_file()), None)


def resolve(name: str | Path) -> Path:
    """The folder of a checkpoint, given as a folder, as a name or as `OWNER/NAME`, which is fetched if need be.

    Raises CheckpointError that lists those at hand when there is none, HubError for what the hub has against it.
    """
    given = Path(name)
    if is_file(given / "config.json"):
        return given
    if folder := at_hand(str(name)):
        return folder
    if _ON_THE_HUB.fullmatch(str(name)) and not (is_file(given) or is_folder(given)):
        from sermi import download

        try:
            return download.snapshot(str(name))
        except HubError as error:
            raise HubError(f"There is no folder '{name}' with a checkpoint here. {error}") from error
    names = ", ".join(available())
    advice = f"use a checkpoint's folder or one of {names}" if names else _none_at_hand()
    raise CheckpointError(f"There is no checkpoint '{name}'; {advice}.")


def _none_at_hand() -> str:
    """What to do about it."""
    place = os.environ.get(CHECKPOINTS_VARIABLE)
    if place and not is_folder(place):
        return f"{CHECKPOINTS_VARIABLE} is '{place}', which is no folder; set it to the one that holds checkpoints"
    if place:
        return f"{CHECKPOINTS_VARIABLE} is '{place}', in which there is none; set it to the folder that holds them"
    return (
        f"give a checkpoint's folder, set {CHECKPOINTS_VARIABLE} to the folder that holds them, or fetch one with "
        "`sermi pull OWNER/NAME --out checkpoints/NAME`"
    )


def _existing(variable: str, place: str) -> list[Path]:
    """Where a variable is set, its folder alone; else the place below the working folder, then below the repository."""
    if os.environ.get(variable):
        return [Path(os.environ[variable])]
    repository = _repository()
    candidates = (Path(place), *((repository / place,) if repository else ()))
    return [candidate for candidate in candidates if candidate.is_dir()]


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
