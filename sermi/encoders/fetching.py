"""An encoder's files: what a folder must hold, and how they come from the hub, each failure in one sentence."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sermi.encoders.partial import fetch_tensors
from sermi.encoders.places import FOLDER_VARIABLE, HUB_ID, fetched_folder
from sermi.encoders.progress import Report, bar_class, unseen
from sermi.errors import EncoderError, reason
from sermi.paths import is_file, is_folder


@dataclass(frozen=True)
class Needed:
    """What an encoder can't be without."""

    files: tuple[str, ...]
    """One of these, the first of which is the usual one."""
    advice: str
    """For who has none."""


CONFIG = Needed(("config.json",), "give a folder made by save_pretrained, or another hub id")
SETTINGS = Needed(
    ("preprocessor_config.json", "processor_config.json"),
    "get it from where the encoder was published, or write it with the feature extractor's save_pretrained",
)
WEIGHTS = Needed(
    ("model.safetensors", "model.safetensors.index.json"),
    "other weights may run code when opened: where you trust them, open them and write them with save_pretrained",
)
DECODER = re.compile(r"decoder\.|^proj_out\.")
"""Weights of a speech model that its encoder never uses."""


class UnreachableError(EncoderError):
    """An encoder isn't here, and the hub that has it can't be reached."""


def require(name: str, needed: Needed, report: Report = unseen) -> Path:
    """The path of a file that a folder holds or that is fetched from the hub. Raises EncoderError where there is none."""
    _check_name(name)
    folder = Path(name)
    if is_folder(name):
        files = (folder / file for file in needed.files)
        path = next((file for file in files if file.is_file()), None)
    else:
        path = next((path for file in needed.files if (path := _from_hub(name, file, report))), None)
    if path is None:
        place = f"The folder '{name}'" if is_folder(name) else f"'{name}' on the hub"
        raise EncoderError(f"{place} has no {needed.files[0]}; {needed.advice}.")
    return path


def fetch_weights(name: str, *, decoder: re.Pattern[str] | None, report: Report) -> Path:
    """Fetch the weights of a hub repository whose other files are in the client's cache. Returns a folder with all of them.

    Args:
        name: of the repository.
        decoder: names of weights that are left where they are, if the server gives parts of files; None to take all.
        report: is called as bytes come.

    Raises:
        EncoderError: there are none, or they can't be fetched.
    """
    config, settings = require(name, CONFIG), require(name, SETTINGS)
    if decoder is not None:
        folder = fetched_folder(name)
        folder.mkdir(exist_ok=True)
        for file in (config, settings):
            shutil.copyfile(file, folder / file.name)
        with _one_sentence(name, WEIGHTS.files[0]):
            if fetch_tensors(name, lambda tensor: not decoder.search(tensor), folder, report):
                return folder
    weights = require(name, WEIGHTS, report)
    if weights.name == WEIGHTS.files[1]:
        shards = {str(shard) for shard in json.loads(weights.read_text()).get("weight_map", {}).values()}
        for shard in sorted(shard for shard in shards if shard.endswith(".safetensors")):
            _from_hub(name, shard, report)
    return weights.parent


def _check_name(name: str) -> None:
    """Raises EncoderError for what is no folder and can't be a hub id."""
    if is_folder(name):
        return
    if is_file(name):
        raise EncoderError(f"'{name}' is a file; give the folder that it lies in.")
    if not HUB_ID.fullmatch(name):
        raise EncoderError(
            f"There is no folder '{name}'; check the path, or give a hub id such as 'openai/whisper-base'."
        )


def _from_hub(name: str, file: str, report: Report) -> Path | None:
    """A file of a hub repository in the client's cache, fetched if need be; None if the repository has no such file."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url, try_to_load_from_cache

    with _one_sentence(name, file):
        if not isinstance(try_to_load_from_cache(name, file), str):
            get_hf_file_metadata(hf_hub_url(name, file))  # fails at once, while the download tries for half a minute
        return Path(hf_hub_download(name, file, tqdm_class=bar_class(report)))
    return None


@contextmanager
def _one_sentence(name: str, file: str) -> Iterator[None]:
    """Turns the many ways in which a file can't be fetched into EncoderError; goes on where the repository has no such file."""
    import httpx2
    from huggingface_hub import constants, errors

    try:
        yield
    except (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled, httpx2.TransportError) as error:
        hint = "unset HF_HUB_OFFLINE" if constants.HF_HUB_OFFLINE else "check the network"
        place = os.environ.get(FOLDER_VARIABLE)
        where = f"here or in '{place}', which {FOLDER_VARIABLE} names" if place else "here"
        raise UnreachableError(
            f"There is no folder '{name}' {where}, and {constants.ENDPOINT} can't be reached to fetch it; {hint}, or set "
            f"{FOLDER_VARIABLE} to a folder that holds it."
        ) from error
    except errors.EntryNotFoundError:
        return
    except errors.GatedRepoError as error:
        raise EncoderError(f"'{name}' is gated; ask for access on its page and log in with `hf auth login`.") from error
    except errors.RepositoryNotFoundError as error:
        raise EncoderError(
            f"There is no folder '{name}' and no such repository on {constants.ENDPOINT}, or it is private; "
            "check the name, or log in with `hf auth login`."
        ) from error
    except Exception as error:  # of HTTP, of the disk, of the transfer
        raise EncoderError(f"{file} of '{name}' can't be fetched ({reason(error)}); try again later.") from error
