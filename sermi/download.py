"""A checkpoint's files from the Hugging Face hub: only its own five files are fetched, none beyond its size limit.

What is fetched was made by strangers. It is looked at here by name and size; `sermi.checkpoint.load` checks the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from sermi.errors import CheckpointError, HubError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

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


def snapshot(repository: str, *, revision: str | None = None) -> Path:
    """The folder of `OWNER/NAME` in the hub client's own cache, fetched if it isn't there or has changed.

    revision: a branch, tag or commit; None for the main branch. Where the hub can't be asked, what was fetched before serves.
    Raises HubError for what the hub or the way to it has against it, CheckpointError for a repository that holds no checkpoint.
    """
    check_name(repository)
    try:
        return fetch(repository, revision=revision)
    except HubError:
        earlier = _fetched_before(repository, revision)
        if earlier is None:
            raise
        return earlier


def fetch(repository: str, *, revision: str | None = None, folder: Path | None = None) -> Path:
    """Fetch a checkpoint's files into the hub client's cache, or into a folder of its own. Returns where they are."""
    client = api()
    with one_sentence(repository):
        info = client.model_info(repository, revision=revision, files_metadata=True)
    check_files(repository, {file.rfilename: file.size for file in info.siblings or ()})
    with one_sentence(repository):
        fetched = client.snapshot_download(
            repository,
            # into a folder: what was looked at, whatever has been pushed since; the cache is asked for by name later
            revision=revision if folder is None else info.sha,
            allow_patterns=list(MAX_BYTES),
            **({} if folder is None else {"local_dir": folder, "cache_dir": folder.parent / "cache"}),
        )
    at = Path(fetched)
    check_files(repository, {file.name: file.stat().st_size for file in at.iterdir() if file.is_file()})
    return at


def _fetched_before(repository: str, revision: str | None) -> Path | None:
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        at = api().snapshot_download(
            repository, revision=revision, allow_patterns=list(MAX_BYTES), local_files_only=True
        )
    except LocalEntryNotFoundError:
        return None
    return Path(at)


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


def api() -> HfApi:
    from huggingface_hub import HfApi

    return HfApi(library_name="sermi")


def check_files(repository: str, sizes: Mapping[str, int | None]) -> None:
    """Raises CheckpointError unless each of a checkpoint's files is there and within its limit. Other files don't matter."""
    missing = [name for name in MAX_BYTES if name not in sizes]
    if missing:
        raise CheckpointError(f"'{repository}' is not a SERMI checkpoint: it has no {', '.join(missing)}.")
    for name, limit in MAX_BYTES.items():
        size = sizes[name]
        if size is None or size > limit:
            much = "an unknown size" if size is None else f"{size / 1e6:.0f} MB"
            raise CheckpointError(f"{name} of '{repository}' has {much}; at most {limit / 1e6:.0f} MB are fetched.")


@contextmanager
def one_sentence(repository: str) -> Iterator[None]:
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
