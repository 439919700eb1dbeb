"""The command `python -m train samplers`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from train import options


def samplers(
    data: options.DataFolder,
    out: Annotated[
        Path, options.output_file("JSON file to write; the rows go to a CSV beside it, where a stopped run goes on.")
    ],
    seeds: options.Seeds = 1,
    features: Annotated[
        list[str] | None,
        typer.Option(help="eGeMAPS, 'Moonshine tiny' or 'Whisper base'; may be given again. All if not."),
    ] = None,
) -> None:
    """Compare SermiSampler with imbalanced-learn's samplers on RAVDESS, by three kinds of features and of classifiers."""
    from train.comparison import sampler_cells, sampler_summary

    rows = sampler_cells.run(
        data, out.with_suffix(".csv"), seeds=range(seeds), features=features or tuple(sampler_cells.ENCODERS)
    )
    typer.echo(sampler_summary.write(rows, out, command=options.running_command()))
