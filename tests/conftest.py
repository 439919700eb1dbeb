"""What every test shares: no network, and a cache of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("sermi", deadline=None, derandomize=True, database=None)
settings.load_profile("sermi")
os.environ["HF_HUB_OFFLINE"] = "1"  # read by huggingface_hub when it is imported


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory) -> Iterator[Path]:
    """SERMI's cache for the whole session, so that the user's is not touched and Moonshine is rewritten once."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SERMI_CACHE", str(folder))
        yield folder
