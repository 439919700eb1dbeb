"""The k-th write of a process ends it, or fails.

What counts is what Python's audit hooks see below some folders (a file opened for writing, a rename, a removal, a folder
made, a mode changed), each block that a file opened by Python writes, of which half is written then, and each block that is
sent through a socket.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KILL = "kill"
KINDS = (KILL, "ENOSPC", "EIO", "EACCES")
KILLED = 9
"""Exit status of a process that is killed."""
_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.link", "os.symlink", "os.truncate"}
_NEEDS_SPACE = {"open", "write", "os.mkdir"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass
class Injector:
    """Counts writes, and lets one fail."""

    roots: Sequence[str]
    """Folders, below which a write counts."""
    at: int = 0
    """Number of the write, from 1; 0 for none."""
    kind: str = KILL
    count: int = 0
    failed: bool = False

    def install(self) -> None:
        """In this process, for good."""
        sys.addaudithook(self._audit)
        builtins.open = self._open
        io.open = self._open
        for name in ("send", "sendall"):
            self._wrap_socket(name)

    def meets(self, event: str) -> bool:
        """Whether the write of that kind is to fail."""
        self.count += 1
        if self.kind == "ENOSPC":  # a disk that is full stays so, and still takes a rename
            return 0 < self.at <= self.count and event in _NEEDS_SPACE
        return self.count == self.at

    def fail(self) -> None:
        """End the process or raise."""
        if self.kind == KILL:
            os._exit(KILLED)
        self.failed = True
        number = getattr(errno, self.kind)
        raise OSError(number, os.strerror(number))

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            counts = isinstance(arguments[2], int) and arguments[2] & _WRITES
            path, folder = arguments[0], -1
        elif event in _CHANGES:
            counts, path = True, arguments[0]
            folder = next((one for one in arguments[1:] if isinstance(one, int) and event != "os.chmod"), -1)
            folder = arguments[-1] if event in ("os.remove", "os.rmdir", "os.mkdir", "os.chmod") else folder
        else:
            return
        if counts and self._is_below(path, folder) and self.meets(event):
            self.fail()

    def _is_below(self, path: Any, folder: int) -> bool:
        if not isinstance(path, str | bytes | os.PathLike):
            return False
        place = Path(os.fsdecode(path))
        if folder != -1 and not place.is_absolute():
            place = Path(f"/proc/self/fd/{folder}").readlink() / place
        return str(place.absolute()).startswith(tuple(self.roots))

    def _open(
        self, file: Any, mode: str = "r", buffering: int = -1, encoding: str | None = None, errors: str | None = None,
        newline: str | None = None, closefd: bool = True, opener: Any = None,
    ) -> Any:  # fmt: skip
        if not set(mode) & set("wax+") or opener is not None or not self._is_below(file, -1):
            return _open(file, mode, buffering, encoding, errors, newline, closefd, opener)
        raw = _Torn(self, file, mode.replace("b", "").replace("t", ""))
        if "b" in mode and buffering == 0:
            return raw
        buffered: Any = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding, errors, newline)

    def _wrap_socket(self, name: str) -> None:
        real = getattr(socket.socket, name)

        def send(connection: socket.socket, *arguments: Any) -> Any:
            if connection.family in (socket.AF_INET, socket.AF_INET6) and self.meets("send"):
                self.fail()
            return real(connection, *arguments)

        setattr(socket.socket, name, send)


_open = io.open


class _Torn(io.FileIO):
    """Half of a block is written where its write fails."""

    def __init__(self, injector: Injector, file: str | Path, mode: str) -> None:
        super().__init__(file, mode)
        self._injector = injector

    def write(self, block: Any) -> int:
        if self._injector.meets("write"):
            super().write(memoryview(block).cast("B")[: len(memoryview(block).cast("B")) // 2])
            self._injector.fail()
        return super().write(block)
