"""The command `python -m train scores`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from sermi.outputs import write_atomic
from train import options


def scores(
    data: options.DataFolder,
    checkpoint: Annotated[list[str], typer.Option(help="A folder of a checkpoint; may be given again.")],
    out: Annotated[Path, options.output_file("JSON file to write.")],
    seed: options.Seed = 0,
) -> None:
    """Whether a sample's score says something: about errors and wrong labels, and as a filter of what is generated."""
    from train.checkpoint import scores as experiment
    from train.recogniser.score_critics import KEPT_OUT, TRAINING_CRITICS

    result = experiment.evaluate(checkpoint, data, seed=seed, command=options.running_command())
    write_atomic(out, (json.dumps(result, indent=1) + "\n").encode())
    for critic in (experiment.LAYER, KEPT_OUT, *TRAINING_CRITICS):
        rows = [row for of in result["checkpoints"].values() for row in of["filtering"] if row["critic"] == critic]
        below = sum(row["interval_95"][1] < 0 for row in rows)
        worst = min(row["difference"] for row in rows)
        typer.echo(f"{critic}: {below} of {len(rows)} filters below random sets as large; UA {worst:+.3f} at worst")
