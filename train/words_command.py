"""The command `python -m train words`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from train import options


def words(
    data: options.DataFolder,
    out: Annotated[Path, options.output_file("JSON file to write.")],
    seeds: options.Seeds = 3,
    classes: options.Classes = "open4",
) -> None:
    """Leave each text corpus out in turn: how well sentences that no training met are recognised, and how surely."""
    from train.comparison import evaluate, left_out_words

    result = left_out_words.evaluate(data, classes=classes, seeds=range(seeds), command=options.running_command())
    evaluate.write(result, out)
    for corpus, values in result["summary"][result["shipped"]].items():
        low, high = values["interval_95"]["UA"]
        typer.echo(f"{corpus} left out: UA {values['UA']:.3f} (95 % {low:.3f} to {high:.3f})")
