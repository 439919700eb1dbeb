"""The commands `python -m train compare`, `ablate` and `reproduce`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from train import options


def compare(
    protocol: Annotated[options.ComparisonName, typer.Argument(help="What to compare on.")],
    data: options.DataFolder,
    out: options.ReportFolder,
    augmenters: options.Augmenters = "all",
    seeds: options.Seeds = 5,
    workers: options.Workers = 1,
    audio_encoder: options.AudioEncoder = "moonshine-tiny",
    text_encoder: options.OwnWords = None,
    layers: Annotated[
        options.Layers, typer.Option(help="All of the encoder's, or weighted: a learnt sum of them.")
    ] = "all",
    finetune: options.Finetune = None,
    precision: options.EncoderPrecision = "float32",
    splits: options.Splits = None,
) -> None:
    """Compare augmenters: the gain of the last layer over real data alone, paired over folds and seeds."""
    from train.comparison import compare as comparison
    from train.comparison.report import write_report
    from train.comparison.tasks import TaskConfig, comparison_frontend, described, prepare
    from train.embeddings import launch

    config = TaskConfig(
        frontend=comparison_frontend(audio_encoder, precision),
        finetune=options.finetuning(finetune),
        text_encoder=text_encoder,
        weighted_layers=layers == "weighted",
    )
    if not launch.prepare_on_all_processes(lambda: prepare(protocol, data, config)):
        return
    rows = comparison.compare(
        protocol,
        data,
        out,
        augmenters=options.split_names(augmenters),
        seeds=range(seeds),
        workers=workers,
        config=config,
        n_splits=splits,
    )
    features = described(protocol, config, splits)
    typer.echo(write_report(protocol, rows, out, command=options.running_command(), features=features))


def ablate(
    data: options.DataFolder,
    out: options.ReportFolder,
    protocol: Annotated[options.ComparisonName, typer.Option(help="What to compare on.")] = "ravdess",
    seeds: options.Seeds = 1,
    workers: options.Workers = 1,
    splits: options.Splits = None,
) -> None:
    """Change one choice of SERMI at a time: λ, mode, start, words, ratio."""
    from train.comparison import compare as comparison
    from train.comparison.ablations import ABLATIONS
    from train.comparison.report import write_report
    from train.comparison.tasks import described

    names = [name for group in ABLATIONS.values() for name in group]
    rows = comparison.compare(
        protocol, data, out, augmenters=names, seeds=range(seeds), workers=workers, n_splits=splits
    )
    features = described(protocol, n_splits=splits)
    typer.echo(write_report(protocol, rows, out, command=options.running_command(), features=features))


def reproduce(
    names: Annotated[
        list[str] | None, typer.Argument(help="Results, or groups of them, to make; without any: all.")
    ] = None,
    data: Annotated[Path, typer.Option(help="Folder that holds one folder a corpus.")] = Path("../shared/data"),
    out: Annotated[Path, options.output_folder("Folder of the results.")] = Path("docs/results"),
    workers: options.Workers = 2,
    plan: Annotated[bool, typer.Option("--plan", help="Say what would be run, and why, and run nothing.")] = False,
) -> None:
    """Make every committed table that is missing or older than the code; a run that was stopped goes on where it was."""
    from train.reproduce import Reproduction

    Reproduction(data, out, workers=workers).run(names or [], plan=plan)
