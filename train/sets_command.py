"""The command `python -m train sets`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from train import options


def sets(
    data: options.DataFolder,
    out: Annotated[
        Path, options.output_file("JSON file to write; the rows go to a CSV beside it, where a stopped run goes on.")
    ],
) -> None:
    """Whether MI, or another measure, tells which generated set will help before anyone trains with it."""
    from train.comparison import set_study, set_study_summary

    rows = set_study.run(data, out.with_suffix(".csv"))
    typer.echo(set_study_summary.write(rows, out, command=options.running_command()))
