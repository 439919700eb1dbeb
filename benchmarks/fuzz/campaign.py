"""Many cases, a block at a time, each block in a process of its own: what a case does to its process is seen from outside.

A case is a target, a seed and a number; whoever knows these has its bytes.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import signal
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.fuzz.mutation import mutated
from benchmarks.fuzz.targets import TARGETS, Target

BLOCK = 2_000
"""Cases of one process."""
SLOW_S = 5.0
"""Of processor time: what takes longer is a fault."""
STUCK_S = 20
"""Of processor time, when the process is ended."""
BLOCK_S = 1_800
"""When a process that doesn't do anything is ended."""
_MEMORY = "/dev/shm"
"""A folder that is no disk, where there is one."""
MEMORY_MB = 300
"""By which one case may raise the most memory that was ever used."""


@dataclass
class Outcome:
    """Of a block."""

    target: str
    seed: int
    start: int
    """Number of its first case."""
    cases: int = 0
    used: int = 0
    """Files that were of use; the others were refused in a sentence."""
    seconds: float = 0.0
    faults: list[dict[str, Any]] = field(default_factory=list)
    """Each with the case's number and what happened."""


def case(target: Target, seed: int, number: int) -> tuple[str, bytes]:
    """The file that a case is: which of the target's seeds it stands for, and its bytes."""
    rng = Random(f"{target.name}/{seed}/{number}")
    name = rng.choice(list(target.seeds))
    return name, mutated(target.seeds[name], rng, list(target.seeds.values()))


def run(target: Target, seed: int, start: int, stop: int) -> Outcome:
    """Cases of a target, in processes of their own: a case that ends its process is a fault, and the next ones go on."""
    outcome = Outcome(target.name, seed, start)
    context = multiprocessing.get_context("fork")
    began = time.monotonic()
    while (first := start + outcome.cases) < stop:
        reads, writes = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(target, seed, range(first, stop), writes))
        process.start()
        writes.close()
        for done in _messages(reads):
            outcome.cases, outcome.used = outcome.cases + done["cases"], outcome.used + done["used"]
            outcome.faults += done["faults"]
        process.join(1)
        if process.is_alive():
            process.kill()
        process.join()
        if (number := start + outcome.cases) < stop:
            outcome.cases += 1
            outcome.faults.append({"number": number, "fault": _ending(process.exitcode)})
    outcome.seconds = round(time.monotonic() - began, 1)
    return outcome


def _ending(status: int | None) -> str:
    if status == -signal.SIGPROF:
        return f"ran for more than {STUCK_S} s"
    return f"ended the process ({status})"


def _messages(reads: Connection) -> Iterator[dict[str, Any]]:
    while reads.poll(BLOCK_S):
        try:
            yield reads.recv()
        except EOFError:
            return


def _work(target: Target, seed: int, numbers: range, writes: Connection) -> None:
    """In the process: every case is reported before the next begins, by tens where nothing happens."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    with tempfile.TemporaryDirectory(dir=_MEMORY if Path(_MEMORY).is_dir() else None) as temporary:
        folder = target.lay_out(Path(temporary))
        for number in numbers:
            used, fault = try_case(target, seed, number, folder)
            writes.send(
                {"cases": 1, "used": int(used), "faults": [{"number": number, "fault": fault}] if fault else []}
            )
    writes.close()


def try_case(target: Target, seed: int, number: int, folder: Path) -> tuple[bool, str]:
    """Whether the file was of use, and the fault, "" for none."""
    name, content = case(target, seed, number)
    start, memory = time.process_time(), _most_memory_mb()
    used, fault = False, ""
    signal.setitimer(signal.ITIMER_PROF, STUCK_S)
    try:
        used = target.try_file(name, content, folder)
    except BaseException as error:  # whatever it is, it is what is searched for
        last = traceback.extract_tb(error.__traceback__)[-1]
        fault = f"{type(error).__name__}: {str(error)[:200]} ({Path(last.filename).name}:{last.lineno})"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    if not fault and (seconds := time.process_time() - start) > SLOW_S:
        fault = f"took {seconds:.1f} s"
    if not fault and (grown := _most_memory_mb() - memory) > MEMORY_MB:
        fault = f"took {grown:.0f} MB"
    return used, f"{name}: {fault}" if fault else ""


def _most_memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def blocks(runs: dict[str, int], seed: int, record: Path | None) -> Iterator[Outcome]:
    """All blocks, those first that a record holds already; the others are added to it as they are done.

    runs: how many cases of each target. The targets take turns, so that a campaign that is cut short has tried them all.
    """
    kept = (
        [Outcome(**json.loads(line)) for line in record.read_text().splitlines()] if record and record.exists() else []
    )
    done = {(one.target, one.seed, one.start): one for one in kept if one.cases}
    planned = sorted(
        (start / n, name, start, min(start + BLOCK, n)) for name, n in runs.items() for start in range(0, n, BLOCK)
    )
    for _, name, start, stop in planned:
        outcome = done.get((name, seed, start))
        if outcome is None or outcome.cases < stop - start:
            outcome = run(TARGETS[name], seed, start, stop)
            if record:
                with record.open("a") as file:
                    file.write(json.dumps(asdict(outcome)) + "\n")
        yield outcome
