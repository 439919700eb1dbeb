"""Where an encoder is: embedded, in a folder, in `$SERMI_ENCODERS`, fetched before, or on the hub. No model is imported.

A checkpoint names its encoder as the hub does, `openai/whisper-base`. `$SERMI_ENCODERS` is a folder that may hold it, as
`openai/whisper-base` or as `whisper-base`: then nothing is fetched.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from sermi.cache import cache_dir
from sermi.paths import is_file, is_folder

MOONSHINE = "moonshine-tiny"
MINILM = "minilm"
MINILM_LAYERS = "minilm-4+6"
"""The same model with its fourth layer beside the last; docs/results.md says what it gains."""
HUB_ID = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?", re.ASCII)
FOLDER_VARIABLE = "SERMI_ENCODERS"
MEGABYTES: Mapping[str, int] = MappingProxyType({"openai/whisper-base": 82})
"""What is fetched of encoders that are stronger than the embedded one: of Whisper no decoder, which would make it 290."""
_FILES = ("config.json", "preprocessor_config.json", "model.safetensors")


def side_by_side(encoder: str) -> tuple[str, ...]:
    """Names of encoders with + between them. A folder's name may have one, too.

    >>> side_by_side("moonshine-tiny+openai/whisper-base")
    ('moonshine-tiny', 'openai/whisper-base')
    """
    return (encoder,) if is_folder(encoder) else tuple(encoder.split("+"))


def local_folder(name: str) -> Path | None:
    """The folder of that name, or the one that `$SERMI_ENCODERS` holds for a hub id; None where there is neither."""
    if is_folder(name):
        return Path(name)
    root = os.environ.get(FOLDER_VARIABLE)
    if not root or not HUB_ID.fullmatch(name):
        return None
    candidates = (Path(root, name), Path(root, name.rpartition("/")[2]))
    return next((folder for folder in candidates if is_file(folder / "config.json")), None)


def at_hand(name: str) -> Path | None:
    """The folder that a speech encoder is read from without asking anyone, None for one that is on the hub at most."""
    folder = local_folder(name)
    if folder is not None or not HUB_ID.fullmatch(name):
        return folder
    from huggingface_hub import try_to_load_from_cache

    try:
        cached = try_to_load_from_cache(name, _FILES[0])
    except ValueError:  # the hub takes fewer names than it gives out, such as none of 100 letters
        return None
    candidates = [fetched_folder(name), *([Path(cached).parent] if isinstance(cached, str) else [])]
    return next((at for at in candidates if all((at / file).is_file() for file in _FILES)), None)


def fetched_folder(name: str) -> Path:
    """Where parts of a hub repository are kept, there or not."""
    return cache_dir("encoders") / name.replace("/", "--")


def to_fetch(encoder: str) -> list[str]:
    """Those of the encoders side by side that would have to be fetched."""
    return [name for name in side_by_side(encoder) if name != MOONSHINE and at_hand(name) is None]
