"""The command line of training: `python -m train fit`, `evaluate`, `compare`, `ablate` and `align`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from sermi.cli import run
from sermi.errors import SermiError

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def _root() -> None:
    """Train and evaluate SERMI."""


@app.command()
def evaluate(
    protocol: Annotated[str, typer.Argument(help="ravdess or leave-one-corpus-out.")],
    data: Annotated[Path, typer.Option(help="Folder that holds one folder a corpus.")],
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds: 0, 1, ...")] = 3,
    prosody: Annotated[bool, typer.Option(help="Add prosody statistics to the audio embedding.")] = False,
    std: Annotated[bool, typer.Option("--std", help="Pool the layers' standard deviation too.")] = False,
    tempi: Annotated[bool, typer.Option("--tempi", help="Average the encoder over three tempi.")] = False,
    encoder: Annotated[str, typer.Option(help="moonshine-tiny, a hub id or a local folder.")] = "moonshine-tiny",
    views: Annotated[int, typer.Option(min=0, help="Augmented views of each training recording.")] = 2,
) -> None:
    """Run an evaluation protocol without generated data and write its results."""
    from sermi.frontend import THREE_TEMPI, FrontendConfig
    from train import evaluate as evaluation

    config = FrontendConfig(
        encoder=encoder,
        pooling=("mean", "std") if std else ("mean",),
        prosody=prosody,
        tempi=THREE_TEMPI if tempi else (1.0,),
    )
    result = evaluation.evaluate(protocol, data, seeds=range(seeds), config=config, n_views=views)
    evaluation.write(result, out)
    low, high = result["interval_95"]["UA"]
    typer.echo(
        f"{protocol}: UA {result['mean']['UA']:.3f} (95 % {low:.3f} to {high:.3f}), WA {result['mean']['WA']:.3f}"
    )


@app.command()
def compare(
    protocol: Annotated[str, typer.Argument(help="ravdess, low-resource, imbalance or paired.")],
    data: Annotated[Path, typer.Option(help="Folder that holds one folder a corpus.")],
    out: Annotated[Path, typer.Option(help="Folder of the tables and figures; a run that was stopped goes on there.")],
    augmenters: Annotated[
        str, typer.Option(help="all, or names separated by commas; NAME:option=value fixes an option.")
    ] = "all",
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds: 0, 1, ...")] = 5,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
) -> None:
    """Compare augmenters: the gain of the last layer over real data alone, paired over folds and seeds."""
    from train import compare as comparison
    from train.report import write_report

    rows = comparison.compare(
        protocol, data, out, augmenters=re.split(r",(?!\w+=)", augmenters), seeds=range(seeds), workers=workers
    )
    typer.echo(write_report(protocol, rows, out, command="python -m train " + " ".join(sys.argv[1:])))


@app.command()
def ablate(
    data: Annotated[Path, typer.Option(help="Folder that holds one folder a corpus.")],
    out: Annotated[Path, typer.Option(help="Folder of the tables and figures.")],
    protocol: Annotated[str, typer.Option(help="ravdess, low-resource, imbalance or paired.")] = "ravdess",
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds: 0, 1, ...")] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
) -> None:
    """Change one choice of SERMI at a time: λ, mode, start, words, ratio."""
    from train import compare as comparison
    from train.ablations import ABLATIONS
    from train.report import write_report

    names = [name for group in ABLATIONS.values() for name in group]
    rows = comparison.compare(protocol, data, out, augmenters=names, seeds=range(seeds), workers=workers)
    typer.echo(write_report(protocol, rows, out, command="python -m train " + " ".join(sys.argv[1:])))


@app.command()
def align(
    data: Annotated[Path, typer.Option(help="Folder that holds one folder a corpus.")],
    out: Annotated[Path, typer.Option(help="CSV file of the rows; a run that was stopped goes on there.")],
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds: 0, 1, ...")] = 3,
) -> None:
    """Train stage A end to end with several weights of its contrastive term, beside label-free projections."""
    from train import alignment

    typer.echo(alignment.summary(alignment.run(data, out, seeds=range(seeds))))


@app.command()
def fit(
    corpus: Annotated[list[str], typer.Option(help="NAME=FOLDER: ravdess, tess, emodb, nemo, or csv=FILE.csv.")],
    text: Annotated[list[str], typer.Option(help="NAME=FOLDER: goemotions or meld.")],
    out: Annotated[Path, typer.Option(help="Folder of the checkpoint to write.")],
    classes: Annotated[str, typer.Option(help="open4, open7 or ravdess8.")] = "open4",
    seed: Annotated[int, typer.Option(min=0)] = 0,
    views: Annotated[int, typer.Option(min=0, help="Augmented views of each training recording.")] = 2,
    audio_encoder: Annotated[str, typer.Option(help="moonshine-tiny, a hub id or a local folder.")] = "moonshine-tiny",
    text_encoder: Annotated[str, typer.Option(help="minilm, a hub id or a local folder.")] = "minilm",
) -> None:
    """Train a checkpoint: audio, text and fused, calibrated on speakers not trained on."""
    from sermi.frontend import FrontendConfig
    from train.fit import FitConfig, fit_checkpoint

    config = FitConfig(
        class_set=classes,
        corpora=_folders(corpus),
        texts=_folders(text),
        seed=seed,
        n_views=views,
        frontend=FrontendConfig(encoder=audio_encoder),
        text_encoder=text_encoder,
    )
    trained = fit_checkpoint(config, command="python -m train " + " ".join(sys.argv[1:]))
    trained.save(out)
    other = trained.metrics["other_speakers_and_corpora"]
    typer.echo(f"{out}: UA {other['UA']:.3f}, ECE {other['ECE']:.3f} on speakers and corpora not trained on")


def _folders(pairs: list[str]) -> dict[str, Path]:
    """NAME=DIR arguments as a mapping."""
    folders = {}
    for pair in pairs:
        name, separator, folder = pair.partition("=")
        if not separator or not folder:
            raise SermiError(f"'{pair}' should be NAME=FOLDER, such as ravdess=data/ravdess.")
        folders[name] = Path(folder)
    return folders


def main() -> None:
    """Entry point of `python -m train`."""
    run(app)
