"""The commands `python -m train compare`, `ablate` and `reproduce`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

import typer

from sermi.errors import SermiError
from train import options


def compare(
    protocol: Annotated[options.ComparedName, typer.Argument(help="What to compare on; table: the features in FILE.")],
    out: options.ReportFolder,
    file: Annotated[
        Path | None, typer.Argument(help="Table: .csv, .tsv, .parquet, .feather, .npz or .arff.", show_default=False)
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Folder that holds one folder a corpus.")] = None,
    label: Annotated[str | None, typer.Option(help="Of a table: column of the label; guessed by its name.")] = None,
    group: Annotated[str | None, typer.Option(help="Of a table: column of the speaker; guessed by its name.")] = None,
    fold: Annotated[
        str | None, typer.Option(help="Of a table: column that says in which fold a row is tested.")
    ] = None,
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
    if protocol == "table":
        _compare_table(file, out, (label, group, fold), options.split_names(augmenters), range(seeds), workers)
        return
    if data is None or file is not None:
        raise SermiError(f"'{protocol}' is compared on recordings: give their folder as --data, and no file.")
    if protocol in get_args(options.VoiceComparisonName):
        given = (augmenters, layers, precision, text_encoder, finetune, splits, workers)
        usual = ("all", "all", "float32", None, None, None, 1)
        _compare_voices(protocol, data, out, audio_encoder, range(seeds), others=given != usual)
        return
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


def _compare_voices(protocol: str, data: Path, out: Path, audio_encoder: str, seeds: range, *, others: bool) -> None:
    """others: whether options were given that mean nothing here."""
    if others:
        raise SermiError(
            f"'{protocol}' compares all augmenters on whole corpora and frozen encoders, in one process; of the options it "
            "takes --data, --out, --seeds and --audio-encoder."
        )
    from sermi.frontend import FrontendConfig
    from train.comparison import voice_compare
    from train.comparison.voice_report import write_report

    frontend = FrontendConfig(encoder=audio_encoder)
    outcomes = [
        outcome
        for seed in seeds
        for outcome in voice_compare.run(protocol, voice_compare.read(data, frontend, seed), seed, reach=None)
    ]
    features = voice_compare.described(protocol, frontend, seeds)
    typer.echo(write_report(protocol, outcomes, out, command=options.running_command(), features=features))


def _compare_table(
    file: Path | None,
    out: Path,
    columns: tuple[str | None, str | None, str | None],
    augmenters: tuple[str, ...],
    seeds: range,
    workers: int,
) -> None:
    """columns: of the label, the group and the fold."""
    if file is None:
        raise SermiError(
            "Give the table's file, as in `python -m train compare table FILE --label COLUMN --out FOLDER`."
        )
    from train.comparison import compare as comparison
    from train.comparison.report import write_report
    from train.comparison.table_tasks import TableSource

    label, group, fold = columns
    source = TableSource.read(file, label=label, group=group, fold=fold)
    typer.echo(source.table.describe())
    name = source.protocol
    rows = comparison.compare(
        name, file, out, augmenters=augmenters, seeds=seeds, workers=workers, planned=source.tasks(seeds)
    )
    typer.echo(write_report(name, rows, out, command=options.running_command(), features=source.described()))


def ablate(
    data: options.DataFolder,
    out: options.ReportFolder,
    protocol: Annotated[options.ComparisonName, typer.Option(help="What to compare on.")] = "ravdess",
    seeds: options.Seeds = 1,
    workers: options.Workers = 1,
    splits: options.Splits = None,
) -> None:
    """Change one choice of SERMI at a time: λ, mode, voices, start, words, ratio."""
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
