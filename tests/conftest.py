"""What every test shares: no network, and a cache of its own."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from sermi.features import Features

settings.register_profile("sermi", deadline=None, derandomize=True, database=None)
settings.load_profile("sermi")
os.environ["HF_HUB_OFFLINE"] = "1"  # read by huggingface_hub when it is imported
# numba's compiled functions, which librosa uses: a process that loads those that another one wrote may crash
os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp(prefix="sermi-numba-")
atexit.register(shutil.rmtree, os.environ["NUMBA_CACHE_DIR"], ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory) -> Iterator[Path]:
    """SERMI's cache for the whole session, so that the user's is not touched and Moonshine is rewritten once."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SERMI_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session", autouse=True)
def compiled_pitch() -> None:
    """Compile what librosa's pitch needs before anything else is loaded: numba crashed where it came late in a long run."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        from sermi import prosody

        prosody.tracks(np.zeros(16_000, np.float32))


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory) -> Path:
    """A folder of the shipped checkpoints, which all answer with context."""
    from sermi import checkpoint, shipped
    from tests.voices import with_voices

    folder = tmp_path_factory.mktemp("checkpoints")
    for name in shipped.available():
        with_voices(checkpoint.load(name)).save(folder / name)
    return folder


@pytest.fixture(scope="session")
def speech_like():
    """Three classes, eight speakers: class means in a plane, correlated within-class spread, an offset for each speaker."""
    rng = np.random.default_rng(0)
    dim, n_classes, n_speakers, each = 10, 3, 8, 12
    means = np.zeros((n_classes, dim))
    means[:, :2] = [[2, 0], [-1, 1.7], [-1, -1.7]]
    mixing = np.eye(dim) + 0.4 * rng.normal(size=(dim, dim))
    h, c, speaker = [], [], []
    for s in range(n_speakers):
        offset = 0.5 * rng.normal(size=dim)
        for k in range(n_classes):
            h.append(means[k] + offset + rng.normal(size=(each, dim)) @ mixing.T)
            c += [k] * each
            speaker += [f"s{s}"] * each
    t = np.eye(n_classes)[c] @ rng.normal(size=(n_classes, 5)) + 0.5 * rng.normal(size=(len(c), 5))
    return Features(np.concatenate(h).astype(np.float32), np.array(c), np.array(speaker), t.astype(np.float32))
