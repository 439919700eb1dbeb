"""The commands `python -m train sets` and `spaces`: studies whose rows go to a CSV beside their result."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from train import options

_Result = Annotated[
    Path, options.output_file("JSON file to write; the rows go to a CSV beside it, where a stopped run goes on.")
]


def sets(data: options.DataFolder, out: _Result) -> None:
    """Whether MI, or another measure, tells which generated set will help before anyone trains with it."""
    from train.comparison import set_study, set_study_summary

    rows = set_study.run(data, out.with_suffix(".csv"))
    typer.echo(set_study_summary.write(rows, out, command=options.running_command()))


def spaces(data: options.DataFolder, out: _Result) -> None:
    """Which space of features serves last layer and generator best, by its kind and size."""
    from train.comparison import space_study

    rows = space_study.study(data, out.with_suffix(".csv"))
    typer.echo(space_study.write(rows, out, command=options.running_command()))
