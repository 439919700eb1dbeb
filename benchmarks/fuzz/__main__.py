"""`python -m benchmarks.fuzz --runs N`: N damaged files through the doors of `benchmarks.fuzz.targets`, as one JSON line.

A run goes on where its `--record` ends; `--case audio:17` does one case again, with its traceback. `--guided audio` lets
atheris (the extra `fuzz`) choose the files by what code they reach, which it keeps in a folder of its own.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.fuzz.campaign import blocks, case
from benchmarks.fuzz.targets import TARGETS

SHARES = {"audio": 0.4, "checkpoint": 0.05, "tables": 0.55}
"""Of the cases: a checkpoint takes ten times as long as the others."""


def main() -> None:
    """Run, and print what happened."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000, help="files in all")
    parser.add_argument("--seed", type=int, default=0, help="another seed makes other files")
    parser.add_argument("--target", choices=TARGETS, help="one door alone")
    parser.add_argument("--record", type=Path, help="JSON lines of what was done, to go on from")
    parser.add_argument("--case", help="TARGET:NUMBER, to do one again")
    parser.add_argument("--guided", choices=TARGETS, help="let atheris choose the files for a door")
    chosen = parser.parse_args()
    if chosen.case:
        _again(chosen.case, chosen.seed)
        return
    if chosen.guided:
        from benchmarks.fuzz.guided import run

        run(TARGETS[chosen.guided], chosen.runs, chosen.seed)
        return
    runs = {chosen.target: chosen.runs} if chosen.target else {n: round(chosen.runs * s) for n, s in SHARES.items()}
    _campaign(runs, chosen.seed, chosen.record)


def _campaign(runs: dict[str, int], seed: int, record: Path | None) -> None:
    _warm_up()
    cases, used, seconds, faults = Counter[str](), Counter[str](), Counter[str](), []
    for outcome in blocks(runs, seed, record):
        cases[outcome.target] += outcome.cases
        used[outcome.target] += outcome.used
        seconds[outcome.target] += outcome.seconds
        faults += [{"target": outcome.target, **fault} for fault in outcome.faults]
    by_target = {
        name: {"cases": cases[name], "used": used[name], "seconds": round(seconds[name])} for name in sorted(cases)
    }
    print(json.dumps({"cases": sum(cases.values()), "seed": seed, "targets": by_target, "n_faults": len(faults),
                      "faults": faults[:200]}))  # fmt: skip


def _warm_up() -> None:
    """Import what the doors need, once for all blocks."""
    with tempfile.TemporaryDirectory() as folder:
        for target in TARGETS.values():
            place = target.lay_out(Path(folder))
            for name, content in target.seeds.items():
                if not target.try_file(name, content, place) and name != "speakers.csv":
                    raise SystemExit(f"The seed {target.name}/{name} itself is refused.")


def _again(text: str, seed: int) -> None:
    name, number = text.split(":")
    target = TARGETS[name]
    file, content = case(target, seed, int(number))
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        print(file, f"{len(content)} bytes", content[:300])
        used = target.try_file(file, content, target.lay_out(Path(folder)))
        print("of use" if used else "refused", f"in {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main()
