"""`python -m benchmarks.faults`: kills, full disks and failing writes at the writes of every command, as one JSON line."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections import Counter
from pathlib import Path

from benchmarks.faults.campaign import bench_in, close, faults, prepared
from benchmarks.faults.commands import IMPORTED, commands, write_inputs
from benchmarks.faults.injection import KINDS


def main() -> None:
    """Run, and print what happened."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument(
        "--most",
        type=int,
        default=10,
        help="kills of each command, and half as many of each other fault, evenly over its writes",
    )
    parser.add_argument("--command", action="append", help="one alone; may be given again")
    parser.add_argument("--kind", action="append", choices=KINDS, help="likewise")
    parser.add_argument("--folder", type=Path, help="where to work")
    chosen = parser.parse_args()
    bench = bench_in(chosen.folder)
    outcomes = []
    try:
        write_inputs(bench.inputs)
        for name in IMPORTED:
            importlib.import_module(name)
        for command in commands(bench.inputs, bench.place):
            if chosen.command and command.name not in chosen.command:
                continue
            bench.lay_out(command)
            prepared(command)
            for outcome in faults(bench, command, chosen.kind or KINDS, chosen.most):
                outcomes.append(outcome)
                print(json.dumps(outcome), file=sys.stderr)
    finally:
        close(bench)
    wrong = [outcome for outcome in outcomes if outcome["wrong"]]
    outcomes = [outcome for outcome in outcomes if outcome["met"]]  # a full disk is no matter where no more is written
    by_command = {name: dict(Counter(o["kind"] for o in outcomes if o["command"] == name)) for name in
                  dict.fromkeys(o["command"] for o in outcomes)}  # fmt: skip
    print(json.dumps({"faults": len(outcomes), "commands": by_command, "n_wrong": len(wrong), "wrong": wrong}))


if __name__ == "__main__":
    main()
