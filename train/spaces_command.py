"""The command `python -m train spaces`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from train import options


def spaces(
    data: options.DataFolder,
    out: Annotated[
        Path, options.output_file("JSON file to write; the rows go to a CSV beside it, where a stopped run goes on.")
    ],
) -> None:
    """Which space of features serves last layer and generator best, by its kind and size."""
    from train.comparison import space_study

    rows = space_study.study(data, out.with_suffix(".csv"))
    typer.echo(space_study.write(rows, out, command=options.running_command()))
