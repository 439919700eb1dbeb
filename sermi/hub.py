"""Checkpoints to and from the Hugging Face hub, by its own conventions: a model repository with a checkpoint's five files.

Nothing here runs unless someone asks for it. The hub is the one that HF_ENDPOINT names, the token the one that the user set as
HF_TOKEN or logged in with; neither is ever an argument. What is pulled was made by strangers: only a checkpoint's own files are
fetched, none beyond its size limit, and the folder appears only after all of it was read and found to be whole.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sermi import checkpoint, download, shipped
from sermi.checkpoint import Checkpoint
from sermi.errors import CheckpointError, HubError


def push(name: str | Path, repository: str, *, private: bool = False) -> str:
    """Upload a checkpoint, by name or folder, to `OWNER/NAME`, which is made if need be. Returns the commit's address.

    private: nobody else can see the repository. Raises CheckpointError for a folder that is no whole checkpoint, HubError for
    what the hub or the way to it has against it.
    """
    download.check_name(repository)
    folder = shipped.resolve(name)
    checkpoint.load(folder)
    with download.one_sentence(repository):
        api = download.api()
        _require_token()
        api.create_repo(repository, private=private or None, exist_ok=True)
        if private and not api.model_info(repository).private:
            raise HubError(f"'{repository}' exists already and is public; give another name or make it private first.")
        commit = api.upload_folder(
            repo_id=repository,
            folder_path=folder,
            allow_patterns=list(shipped.FILES),
            commit_message=f"Upload the SERMI checkpoint {folder.name}",
        )
    return commit.commit_url


def pull(repository: str, out: Path, *, revision: str | None = None) -> Checkpoint:
    """Download the checkpoint `OWNER/NAME` into a folder that is empty or not there yet, and return it.

    revision: a branch, tag or commit; None for the main branch. Raises HubError for what the hub or the way to it has against
    it, CheckpointError for a repository that holds no whole checkpoint; then nothing is left in `out`.
    """
    download.check_name(repository)
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise HubError(f"There is something in '{out}' already; give --out a folder that is new or empty.")
    with _staging(out) as staging:
        folder = download.fetch(repository, revision=revision, folder=staging / repository.split("/")[1])
        shutil.rmtree(folder / ".cache", ignore_errors=True)
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


def _require_token() -> None:
    from huggingface_hub import get_token

    if get_token() is None:
        raise HubError("There is no Hugging Face token; run `hf auth login` or set HF_TOKEN to one that may write.")
