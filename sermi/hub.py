"""Checkpoints to and from the Hugging Face hub, by its own conventions: a model repository with a checkpoint's five files.

Nothing here runs unless someone asks for it. The hub is the one that HF_ENDPOINT names, the token the one that the user set as
HF_TOKEN or logged in with; neither is ever an argument. What is pulled was made by strangers: only a checkpoint's own files are
fetched, none beyond its size limit, and the folder appears only after all of it was read and found to be whole.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from sermi.errors import CheckpointError, HubError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

    from sermi.checkpoint import Checkpoint

MAX_BYTES: Mapping[str, int] = MappingProxyType(
    {
        "config.json": 1_000_000,
        "metrics.json": 10_000_000,
        "README.md": 1_000_000,
        "model.safetensors": 500_000_000,
        "reference.safetensors": 250_000_000,
    }
)
"""The largest file of each name that is fetched. The shipped checkpoints have 10 MB in all, one on WavLM-large 70."""


def push(name: str | Path, repository: str, *, private: bool = False) -> str:
    """Upload a checkpoint, by name or folder, to `OWNER/NAME`, which is made if need be. Returns the commit's address.

    private: nobody else can see the repository. Raises CheckpointError for a folder that is no whole checkpoint, HubError for
    what the hub or the way to it has against it.
    """
    from sermi import checkpoint

    check_name(repository)
    folder = checkpoint.resolve(name)
    checkpoint.load(folder)
    with _one_sentence(repository):
        api = _api()
        _require_token()
        api.create_repo(repository, private=private or None, exist_ok=True)
        if private and not api.model_info(repository).private:
            raise HubError(f"'{repository}' exists already and is public; give another name or make it private first.")
        commit = api.upload_folder(
            repo_id=repository,
            folder_path=folder,
            allow_patterns=list(checkpoint.FILES),
            commit_message=f"Upload the SERMI checkpoint {folder.name}",
        )
    return commit.commit_url


def pull(repository: str, out: Path, *, revision: str | None = None) -> Checkpoint:
    """Download the checkpoint `OWNER/NAME` into a folder that is empty or not there yet, and return it.

    revision: a branch, tag or commit; None for the main branch. Raises HubError for what the hub or the way to it has against
    it, CheckpointError for a repository that holds no whole checkpoint; then nothing is left in `out`.
    """
    from sermi import checkpoint

    check_name(repository)
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise HubError(f"There is something in '{out}' already; give --out a folder that is new or empty.")
    api = _api()
    with _one_sentence(repository):
        found = api.model_info(repository, revision=revision, files_metadata=True)
    _check_files(repository, {file.rfilename: file.size for file in found.siblings or ()})
    with _staging(out) as staging:
        folder = staging / repository.split("/")[1]
        with _one_sentence(repository):
            api.snapshot_download(
                repository,
                revision=found.sha,  # what was looked at, whatever has been pushed since
                allow_patterns=list(checkpoint.FILES),
                local_dir=folder,
                cache_dir=staging / "cache",
            )
        shutil.rmtree(folder / ".cache", ignore_errors=True)
        _check_files(repository, {file.name: file.stat().st_size for file in folder.iterdir()})
        try:
            loaded = checkpoint.load(folder)
        except CheckpointError as error:
            raise CheckpointError(f"'{repository}' can't be used, so nothing was kept: {error}") from error
        if out.exists():
            out.rmdir()
        folder.rename(out)
    return loaded


@contextmanager
def _staging(out: Path) -> Iterator[Path]:
    """A folder on the same disk as `out`, gone afterwards, so that what was fetched can be looked at and then moved."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        staging = tempfile.TemporaryDirectory(dir=out.parent, prefix=".sermi-pull-")
    except OSError as error:
        raise HubError(f"'{out}' can't be written ({error.strerror}); give --out a folder that can be.") from error
    with staging as folder:
        yield Path(folder)


def check_name(repository: str) -> None:
    """Raises HubError for what is no name of a repository, such as a path.

    >>> check_name("someone/open4")
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(repository)
    except HFValidationError as error:
        raise HubError(f"'{repository}' can't be a repository; {_NAME}.") from error
    if repository.count("/") != 1:
        raise HubError(f"'{repository}' should be OWNER/NAME; {_NAME}.")


_NAME = "give OWNER/NAME with letters, digits, '-', '_' and '.', such as someone/open4"


def _api() -> HfApi:
    from huggingface_hub import HfApi

    return HfApi(library_name="sermi")


def _require_token() -> None:
    from huggingface_hub import get_token

    if get_token() is None:
        raise HubError("There is no Hugging Face token; run `hf auth login` or set HF_TOKEN to one that may write.")


def _check_files(repository: str, sizes: Mapping[str, int | None]) -> None:
    """Raises CheckpointError unless each of a checkpoint's files is there and within its limit. Other files don't matter."""
    missing = [name for name in MAX_BYTES if name not in sizes]
    if missing:
        raise CheckpointError(f"'{repository}' is not a SERMI checkpoint: it has no {', '.join(missing)}.")
    for name, limit in MAX_BYTES.items():
        size = sizes[name]
        if size is None or size > limit:
            said = "an unknown size" if size is None else f"{size / 1e6:.0f} MB"
            raise CheckpointError(f"{name} of '{repository}' has {said}; at most {limit / 1e6:.0f} MB are fetched.")


@contextmanager
def _one_sentence(repository: str) -> Iterator[None]:
    """Turns the many ways in which the hub says no into HubError."""
    import httpx2
    from huggingface_hub import constants, errors

    try:
        yield
    except errors.OfflineModeIsEnabled as error:
        raise HubError("HF_HUB_OFFLINE is set, so the hub isn't asked; unset it and try again.") from error
    except errors.GatedRepoError as error:
        raise HubError(
            f"'{repository}' is gated; ask for access on its page and log in with `hf auth login`."
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise HubError(
            f"There is no '{repository}' on {constants.ENDPOINT}, or it is private and your token doesn't reach it; "
            "check the name, or log in with `hf auth login`."
        ) from error
    except errors.RevisionNotFoundError as error:
        raise HubError(f"'{repository}' has no such revision; give a branch, a tag or a commit of it.") from error
    except errors.HfHubHTTPError as error:
        status = error.response.status_code
        if status in (401, 403):
            raise HubError(
                f"Your token may not do that with '{repository}'; use one of its owner that may write."
            ) from error
        raise HubError(f"The hub answered {status} ({_first_line(error)}); try again later.") from error
    except (httpx2.HTTPError, errors.LocalEntryNotFoundError, ConnectionError, TimeoutError) as error:
        raise HubError(f"{constants.ENDPOINT} can't be reached ({_first_line(error)}); check the network.") from error
    except OSError as error:
        raise HubError(f"The files can't be read or written ({_first_line(error)}).") from error
    except (ValueError, RuntimeError) as error:  # a model card that the hub refuses; a transfer that failed
        raise HubError(f"The hub didn't take or give '{repository}' ({_first_line(error)}); try again.") from error


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:200].rstrip(". ")
