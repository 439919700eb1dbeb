"""Embeddings on disk: a shard holds a batch's rows under their keys, so a run that is killed loses one batch at most.

A shard is a safetensors file with one table `rows` (n, Da) float32 and the keys in its header. It is written whole or
not at all, named by its keys, and never changed; its checksum shows damage. Whoever opens the folder reads the headers
alone; rows are read where they lie.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from sermi.outputs import remove, write_atomic

MAX_IN_MEMORY = 256 * 2**20
"""Bytes; a larger table of rows is a memory-mapped file."""


class DamagedShardError(Exception):
    """Rows are not those that were written; their shard is gone, so that they are embedded again."""


class Shards:
    """The rows of a folder by key. Several processes may write shards into it at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._places: dict[str, tuple[Path, int]] = {}
        self._read: set[Path] = set()
        self.refresh()

    def __contains__(self, key: str) -> bool:
        return key in self._places

    def refresh(self) -> None:
        """See what others have written."""
        for path in sorted(self.folder.glob("*.safetensors")):
            if path not in self._read and (keys := _keys(path)):
                self._read.add(path)
                for row, key in enumerate(keys):
                    self._places.setdefault(key, (path, row))

    def table(self, keys: Sequence[str]) -> np.ndarray:
        """The rows of these keys (n, Da) float32, in their order; memory-mapped and read-only where they are many.

        Raises KeyError for a key that isn't there, DamagedShardError where rows are damaged.
        """
        places = [self._places[key] for key in keys]
        if not places:
            return np.zeros((0, 0), np.float32)
        with safe_open(places[0][0], "numpy") as shard:
            shape = (len(places), shard.get_slice("rows").get_shape()[1])
        if 4 * shape[0] * shape[1] <= MAX_IN_MEMORY:
            table = np.empty(shape, np.float32)
            _fill(table, places)
            return table
        path = self.folder / "assembled" / f"{_name(keys)}.npy"
        if not path.exists():

            def assemble(draft: Path) -> None:
                mapped = np.lib.format.open_memmap(draft, "w+", np.float32, shape)
                _fill(mapped, places)
                mapped.flush()

            write_atomic(path, assemble)
        try:
            return np.load(path, mmap_mode="r", allow_pickle=False)
        except (ValueError, OSError) as error:
            remove(path)
            raise DamagedShardError(f"{path} is damaged") from error


def _fill(table: np.ndarray, places: Sequence[tuple[Path, int]]) -> None:
    """Copy rows of shards (n) into a table (n, Da), opening each shard once."""
    by_shard: dict[Path, list[tuple[int, int]]] = {}
    for target, (path, source) in enumerate(places):
        by_shard.setdefault(path, []).append((target, source))
    for path, pairs in by_shard.items():
        targets, sources = ([pair[side] for pair in pairs] for side in (0, 1))
        with safe_open(path, "numpy") as shard:
            rows, expected = shard.get_tensor("rows"), _header(shard)[1]
        if expected not in (None, _digest(rows)):
            remove(path)
            raise DamagedShardError(f"{path} is damaged")
        table[targets] = rows[sources]


def write_shard(folder: Path, keys: Sequence[str], rows: np.ndarray) -> Path:
    """Keep rows (n, Da) under their keys (n), in a file of the folder whose path is returned."""
    path = folder / f"{_name(keys)}.safetensors"
    table = np.ascontiguousarray(rows, np.float32)
    write_atomic(path, save({"rows": table}, {"keys": json.dumps({"keys": list(keys), "sha256": _digest(table)})}))
    return path


def _digest(rows: np.ndarray) -> str:
    return hashlib.sha256(rows.tobytes()).hexdigest()


def _name(keys: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(list(keys)).encode()).hexdigest()[:32]


def _header(shard: Any) -> tuple[list[str], str | None]:
    """The keys and the checksum, which older shards lack. One entry of the header: the order of several isn't fixed."""
    header = json.loads((shard.metadata() or {}).get("keys", "[]"))
    return (header["keys"], header["sha256"]) if isinstance(header, dict) else (header, None)


def _keys(path: Path) -> list[str]:
    """The keys in a shard's header. A damaged file has none and is removed, so that its rows are embedded again."""
    try:
        with safe_open(path, "numpy") as shard:
            return _header(shard)[0]
    except (SafetensorError, OSError, ValueError, KeyError):
        remove(path)
        return []
