"""The commands `python -m train sets`, `spaces` and `last-layers`: studies of what is chosen, and by what."""

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


def last_layers(
    data: options.DataFolder,
    evaluation: Annotated[
        Path, typer.Option(help="Result of `evaluate new-voice`: what it chose for each corpus is taken from there.")
    ],
    out: Annotated[Path, options.output_file("JSON file to write.")],
    seeds: options.Seeds = 3,
) -> None:
    """What a last layer that learns from generated features too is worth on corpora that had no part in choosing it."""
    from train.checkpoint import last_layers as study
    from train.comparison import evaluate

    result = study.run(data, evaluation, seeds=range(seeds), command=options.running_command())
    evaluate.write(result, out)
    typer.echo(study.summary(result))
