"""eGeMAPS: 88 functionals of a recording's acoustics by openSMILE, the features that much of the field compares with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
from tqdm import tqdm

from sermi.cache import cache_dir
from sermi.outputs import write_atomic

N_FUNCTIONALS = 88


def egemaps(paths: Sequence[str | Path]) -> np.ndarray:
    """eGeMAPS v02 (Eyben et al. 2016) of each recording, (N, 88) float32; from the cache where the same files were read before.

    Needs the package opensmile, whose licence allows research alone.
    """
    kept = cache_dir("egemaps") / f"{_digest(paths)}.npy"
    if kept.exists():
        return np.load(kept, allow_pickle=False)
    import opensmile

    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet.eGeMAPSv02, feature_level=opensmile.FeatureLevel.Functionals
    )
    rows = [smile.process_file(str(path)).to_numpy(np.float32)[0] for path in tqdm(paths, desc="eGeMAPS", unit="clip")]
    values = np.array(rows, np.float32).reshape(-1, N_FUNCTIONALS)
    write_atomic(kept, lambda draft: np.save(draft, values))
    return values


def _digest(paths: Sequence[str | Path]) -> str:
    """A file's name for each list of files, as they are, and version of openSMILE."""
    files = [(Path(path).name, Path(path).stat().st_size) for path in paths]
    return hashlib.sha256(json.dumps([version("opensmile"), files]).encode()).hexdigest()[:16]
