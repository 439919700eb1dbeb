"""Whether the files of a checkpoint are as they were written: its config.json holds their checksums, its own among them.

The model card has none: it is for people, who may edit it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

_CONFIG = "config.json"


def digests(config: Mapping[str, Any], contents: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 of files by name, and of what config.json says beside them, whatever its layout.

    Args:
        config: what config.json will hold.
        contents: of the other files.
    """
    return {name: _digest(content) for name, content in contents.items()} | {_CONFIG: _digest(_canonical(config))}


def is_as_written(name: str, content: bytes, config: Mapping[str, Any]) -> bool:
    """Whether a file's content is what it was, as far as config.json says what that is: older versions wrote no checksums.

    config: what config.json holds, which may be the file that is asked about.
    """
    known = config.get("digests")
    expected = known.get(name) if isinstance(known, Mapping) else None
    return expected is None or expected == _digest(_canonical(config) if name == _CONFIG else content)


def _canonical(config: Mapping[str, Any]) -> bytes:
    return json.dumps({name: value for name, value in config.items() if name != "digests"}, sort_keys=True).encode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
