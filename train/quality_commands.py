"""`python -m train judge` and `impostors`: verdicts on a checkpoint's generators, and on sets whose verdict is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from train import options


def judge(
    checkpoint: Annotated[
        Path, typer.Option(help="Folder of the checkpoint; metrics.json and the card are written anew.")
    ],
    corpus: options.Corpora,
) -> None:
    """Judge a checkpoint's generators anew, by the corpora that it was made of, without training anything."""
    from sermi import checkpoint as checkpoints
    from train.checkpoint.set_quality import judge_checkpoint

    report = judge_checkpoint(checkpoints.load(checkpoint), options.split_folders(corpus), checkpoint)
    for name, values in report.items():
        if isinstance(values, dict) and (verdict := values.get("verdict")):
            typer.echo(f"{name}: {verdict['word']}, headline {verdict['headline']:.2f}: {verdict['reason']}")


def impostors(
    data: options.DataFolder,
    out: Annotated[Path, options.output_file("JSON file to write.")],
    seeds: options.Seeds = 3,
    audio_encoder: options.AudioEncoder = "moonshine-tiny",
) -> None:
    """Judge sets that are wrong in one way each, made from real features, and real speech of other speakers."""
    from sermi.frontend import FrontendConfig
    from train.comparison import evaluate
    from train.comparison import impostors as gallery

    result = gallery.run(
        data,
        seeds=range(seeds),
        frontend=FrontendConfig(encoder=audio_encoder),
        command=options.running_command(),
    )
    evaluate.write(result, out)
    typer.echo(gallery.table(result))
