"""A command with a fault at each of its writes in turn, and once more without: what it leaves, and what it said."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.faults.commands import Command, lay_out, snapshot
from benchmarks.faults.injection import KILL, KILLED, Injector

TIMEOUT_S = 300
CACHE = "can't be written, so nothing"
"""Said where there is no cache: commands go on without, unless it is what they fill."""


@dataclass(frozen=True)
class Ending:
    """Of a process."""

    status: int | None
    said: str
    """On standard error."""
    writes: int
    failed: bool
    """Whether the fault met a write."""


class Bench:
    """Where commands run: inputs that stay, and a place that is laid out anew for each fault."""

    def __init__(self, folder: Path) -> None:
        self.inputs, self.place = folder / "inputs", folder / "place"

    def lay_out(self, command: Command) -> None:
        """As before the first run."""
        lay_out(self.place, self.inputs)
        if command.reset:
            command.reset()

    def run(self, command: Command, at: int = 0, kind: str = KILL) -> Ending:
        """In a process of its own, with a fault at one of its writes; 0 for none."""
        said = self.inputs.parent / "said"
        context = multiprocessing.get_context("fork")
        reads, writes = context.Pipe(duplex=False)
        process = context.Process(target=self._work, args=(command, at, kind, said, writes))
        process.start()
        writes.close()
        process.join(TIMEOUT_S)
        if process.is_alive():
            process.kill()
            process.join()
        count, failed = reads.recv() if reads.poll() and process.exitcode != KILLED else (at, True)
        return Ending(process.exitcode, said.read_text(errors="replace"), count, failed)

    def _work(self, command: Command, at: int, kind: str, said: Path, writes: Any) -> None:
        descriptor = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(descriptor, 2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.stderr, sys.stdout = os.fdopen(2, "w", closefd=False), os.fdopen(1, "w", closefd=False)
        os.environ["SERMI_CACHE"] = str(self.place / "cache")
        arguments = [part.format(inputs=self.inputs, place=self.place) for part in command.arguments]
        sys.argv = [command.program, *arguments]
        injector = Injector([str(self.place)], at, kind)
        status = 0
        try:
            main = _main(command.program)
            injector.install()
            main()
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
        except BaseException:
            import traceback

            traceback.print_exc()
            status = 1
        writes.send((injector.count, injector.failed))
        sys.stderr.flush()
        os._exit(status)

    def left(self, command: Command) -> dict[str, bytes]:
        """What is there."""
        return dict(command.left(self.place)) if command.left else snapshot(self.place)


def _main(program: str) -> Callable[[], None]:
    if program == "sermi":
        from sermi.cli import main
    else:
        from train.cli import main
    return main


def prepared(command: Command) -> None:
    """Do in another process what takes long, and let this one, and those that come of it, have the result."""
    if command.prepare is None or command.use is None:
        return
    context = multiprocessing.get_context("fork")
    reads, writes = context.Pipe(duplex=False)

    def work() -> None:
        writes.send_bytes(pickle.dumps(command.prepare()))  # type: ignore[misc]

    process = context.Process(target=work)
    process.start()
    writes.close()
    command.use(pickle.loads(reads.recv_bytes()))  # noqa: S301 # of our own process; a tensor that is sent as one needs it to live
    process.join()


def faults(bench: Bench, command: Command, kinds: Sequence[str], most: int) -> Iterator[dict[str, Any]]:
    """One after the other, with what was wrong: "" where it left nothing that it shouldn't.

    most: kills, and half as many of each other fault, evenly over the writes.
    """
    bench.lay_out(command)
    before = bench.left(command)
    whole = bench.run(command)
    if whole.status:
        raise RuntimeError(f"{command.name} fails by itself: {whole.said[-2_000:]}")
    expected = bench.left(command)
    for kind in kinds:
        for at in _spread(whole.writes, most if kind == KILL else (most + 1) // 2):
            bench.lay_out(command)
            start = time.monotonic()
            ending = bench.run(command, at, kind)
            wrong = _wrong(ending, kind, bench.left(command), before, expected)
            again = bench.run(command)
            if again.status:
                wrong = wrong or f"the next run fails: {again.said[-300:]}"
            elif difference := _difference(bench.left(command), expected):
                wrong = wrong or f"the next run ends otherwise: {difference}"
            yield {"command": command.name, "kind": kind, "at": at, "of": whole.writes, "status": ending.status,
                   "met": ending.failed, "seconds": round(time.monotonic() - start, 1), "wrong": wrong}  # fmt: skip


def _spread(n: int, most: int) -> list[int]:
    """Numbers from 1 to n, at most so many."""
    return sorted({1 + round(i * (n - 1) / max(most - 1, 1)) for i in range(min(n, most))})


def _wrong(
    ending: Ending, kind: str, now: dict[str, bytes], before: dict[str, bytes], expected: dict[str, bytes]
) -> str:
    """What a fault did that it shouldn't."""
    if kind == KILL:
        if ending.status != KILLED:
            return f"ended with {ending.status} instead of being killed"
    elif ending.status == 2:
        lines = [line for line in ending.said.splitlines() if line.startswith("error: ")]
        if len(lines) != 1 or "Traceback" in ending.said:
            return f"no sentence: {ending.said[-300:]}"
        if kind == "ENOSPC" and "disk is full" not in lines[0] and CACHE not in lines[0]:
            return f"another cause: {lines[0]}"
    elif ending.status != 0:
        return f"ended with {ending.status}: {ending.said[-400:]}"
    elif difference := _difference(now, expected, but_cache=CACHE in ending.said):
        return f"goes on and ends otherwise: {difference}"
    for name, content in before.items():
        if now.get(name) not in (content, expected.get(name)):
            return f"{name} is neither as before nor as it should be"
    if kind != KILL and (drafts := [name for name in now if ".part" in name]):
        return f"left {drafts[0]}"
    return ""


def _difference(now: dict[str, bytes], expected: dict[str, bytes], *, but_cache: bool = False) -> str:
    names = sorted(name for name in now.keys() | expected.keys() if now.get(name) != expected.get(name))
    names = [name for name in names if not (but_cache and name.startswith("cache/"))]
    return ", ".join(f"{name} ({'absent' if name not in now else 'too much' if name not in expected else 'other bytes'})"
                     for name in names[:3])  # fmt: skip


def bench_in(parent: Path | None = None) -> Bench:
    """A new one, which `close` removes."""
    return Bench(Path(tempfile.mkdtemp(prefix="sermi-faults-", dir=parent)))


def close(bench: Bench) -> None:
    """Remove everything."""
    shutil.rmtree(bench.inputs.parent, ignore_errors=True)
