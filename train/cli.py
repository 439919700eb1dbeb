"""The command line of training: `python -m train features`, `finetune`, `fit`, `evaluate`, `compare`, `ablate`
and `align`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sermi.cli import run
from sermi.errors import SermiError

if TYPE_CHECKING:
    from train.embeddings.finetune_config import FinetuneConfig

_AUDIO_ENCODERS = "moonshine-tiny, a hub id or a local folder."
_OWN_WORDS = "Recognise the recordings' own words too: minilm, a hub id or a local folder."
_FINETUNE = "Fine-tune the encoder in each fold, on its training recordings: lora:RANK or layers:NUMBER."
_PRECISION = "float32, bfloat16 or float16; the latter two for a pre-trained encoder on a GPU."

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def _root() -> None:
    """Train and evaluate SERMI."""


@app.command()
def evaluate(
    protocol: Annotated[
        str,
        typer.Argument(help="ravdess, leave-one-corpus-out, iemocap, msp_improv, msp_podcast_4 or msp_podcast_8."),
    ],
    data: Annotated[Path, typer.Option(help="Folder that holds one folder a corpus.")],
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds: 0, 1, ...")] = 3,
    prosody: Annotated[bool, typer.Option(help="Add prosody statistics to the audio embedding.")] = False,
    std: Annotated[bool, typer.Option("--std", help="Pool the layers' standard deviation too.")] = False,
    tempi: Annotated[bool, typer.Option("--tempi", help="Average the encoder over three tempi.")] = False,
    audio_encoder: Annotated[str, typer.Option(help=_AUDIO_ENCODERS)] = "moonshine-tiny",
    text_encoder: Annotated[str | None, typer.Option(help=_OWN_WORDS)] = None,
    finetune: Annotated[str | None, typer.Option(help=_FINETUNE)] = None,
    precision: Annotated[str, typer.Option(help=_PRECISION)] = "float32",
    views: Annotated[int, typer.Option(min=0, help="Augmented views of each training recording.")] = 2,
) -> None:
    """Run an evaluation protocol without generated data and write its results."""
    from sermi.frontend import THREE_TEMPI, FrontendConfig
    from train.comparison import evaluate as evaluation
    from train.embeddings import launch
    from train.embeddings.dataset import EncodingConfig

    frontend = FrontendConfig(
        encoder=audio_encoder,
        pooling=("mean", "std") if std else ("mean",),
        prosody=prosody,
        tempi=THREE_TEMPI if tempi else (1.0,),
        precision=precision,
    )
    config = EncodingConfig(frontend, _finetune(finetune))
    if not launch.prepare_on_all_processes(
        lambda: evaluation.prepare(protocol, data, seeds=range(seeds), config=config, n_views=views)
    ):
        return
    result = evaluation.evaluate(
        protocol, data, seeds=range(seeds), config=config, n_views=views, text_encoder=text_encoder
    )
    evaluation.write(result, out)
    low, high = result["interval_95"]["UA"]
    typer.echo(
        f"{protocol}: UA {result['mean']['UA']:.3f} (95 % {low:.3f} to {high:.3f}), WA {result['mean']['WA']:.3f}"
    )


@app.command()
def compare(
    protocol: Annotated[
        str,
        typer.Argument(
            help="ravdess, low-resource, imbalance, paired, iemocap, msp_improv, msp_podcast_4 or msp_podcast_8."
        ),
    ],
    data: Annotated[Path, typer.Option(help="Folder that holds one folder a corpus.")],
    out: Annotated[Path, typer.Option(help="Folder of the tables and figures; a run that was stopped goes on there.")],
    augmenters: Annotated[
        str, typer.Option(help="all, or names separated by commas; NAME:option=value fixes an option.")
    ] = "all",
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds: 0, 1, ...")] = 5,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    audio_encoder: Annotated[str, typer.Option(help=_AUDIO_ENCODERS)] = "moonshine-tiny",
    text_encoder: Annotated[str | None, typer.Option(help=_OWN_WORDS)] = None,
    layers: Annotated[
        str, typer.Option(help="all of the encoder's layers, or weighted: a learned sum of them.")
    ] = "all",
    finetune: Annotated[str | None, typer.Option(help=_FINETUNE)] = None,
    precision: Annotated[str, typer.Option(help=_PRECISION)] = "float32",
) -> None:
    """Compare augmenters: the gain of the last layer over real data alone, paired over folds and seeds."""
    from train.comparison import compare as comparison
    from train.comparison.report import write_report
    from train.comparison.tasks import TaskConfig, comparison_frontend, prepare
    from train.embeddings import launch

    if layers not in ("all", "weighted"):
        raise SermiError(f"'{layers}' is not a way to use layers; give all or weighted.")
    config = TaskConfig(
        comparison_frontend(audio_encoder, precision), _finetune(finetune), text_encoder, layers == "weighted"
    )
    if not launch.prepare_on_all_processes(lambda: prepare(protocol, data, config)):
        return
    rows = comparison.compare(
        protocol,
        data,
        out,
        augmenters=re.split(r",(?!\w+=)", augmenters),
        seeds=range(seeds),
        workers=workers,
        config=config,
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
    from train.comparison import compare as comparison
    from train.comparison.ablations import ABLATIONS
    from train.comparison.report import write_report

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
    from train.comparison import alignment

    typer.echo(alignment.summary(alignment.run(data, out, seeds=range(seeds))))


@app.command()
def features(
    corpus: Annotated[list[str], typer.Option(help="NAME=FOLDER; may be given again.")],
    audio_encoder: Annotated[str, typer.Option(help=_AUDIO_ENCODERS)] = "moonshine-tiny",
    precision: Annotated[str, typer.Option(help=_PRECISION)] = "float32",
    views: Annotated[int, typer.Option(min=0, help="Augmented views of each recording.")] = 0,
    comparison: Annotated[
        bool, typer.Option("--comparison", help="As `compare` pools them: mean, deviation, prosody, tempi.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the views.")] = 0,
) -> None:
    """Fill the cache of audio embeddings; `accelerate launch -m train features ...` does so with several processes."""
    from sermi.frontend import FrontendConfig
    from train.comparison.tasks import comparison_frontend
    from train.corpora import read_audio
    from train.embeddings import launch
    from train.embeddings.embed import fill

    config = FrontendConfig(encoder=audio_encoder, precision=precision)
    if comparison:
        config = comparison_frontend(audio_encoder, precision)
    paths = [path for name, folder in _folders(corpus).items() for path in read_audio(name, folder)["path"]]
    shards, n_new = fill(paths, config, n_views=views, seed=seed)
    if launch.rank() == 0:
        typer.echo(f"{len(paths)} recordings: {n_new} new rows, the others were there, in {shards.folder}")


@app.command()
def finetune(
    corpus: Annotated[list[str], typer.Option(help="NAME=FOLDER; may be given again.")],
    audio_encoder: Annotated[str, typer.Option(help="A hub id or a local folder.")],
    method: Annotated[str, typer.Option(help="lora:RANK or layers:NUMBER of the last layers.")],
    out: Annotated[Path, typer.Option(help="Folder of the encoder to write; a run that was stopped goes on there.")],
    classes: Annotated[str, typer.Option(help="open4, open7, ravdess8 or podcast8.")] = "open4",
    epochs: Annotated[int, typer.Option(min=1)] = 5,
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> None:
    """Fine-tune an encoder for `fit --audio-encoder`, without the speakers that `fit` keeps out of training."""
    from sermi.labels import class_set
    from train.checkpoint.data import held_out_speakers
    from train.embeddings.dataset import audio_table
    from train.embeddings.finetune import finetuned
    from train.embeddings.finetune_config import FinetuneConfig

    chosen = class_set(classes)
    table = audio_table(_folders(corpus), chosen)
    rows = table[~held_out_speakers(table)]
    config = FinetuneConfig.parse(method, epochs=epochs, seed=seed)
    speaker, c = rows["speaker"].to_numpy(str), rows["c"].to_numpy()
    done = finetuned(
        audio_encoder, rows["path"].tolist(), c, speaker=speaker, n_classes=len(chosen), config=config, out=out
    )
    typer.echo(
        f"{done} holds the encoder; use it with --audio-encoder {done}. What each epoch did is in finetune.json."
    )


@app.command()
def fit(
    corpus: Annotated[
        list[str],
        typer.Option(
            help="NAME=FOLDER: ravdess, tess, emodb, nemo, iemocap, msp_improv, msp_podcast, or csv=FILE.csv."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder of the checkpoint to write.")],
    text: Annotated[
        list[str] | None,
        typer.Option(help="NAME=FOLDER: goemotions or meld. Without it: the recordings' own words."),
    ] = None,
    classes: Annotated[str, typer.Option(help="open4, open7, ravdess8 or podcast8.")] = "open4",
    seed: Annotated[int, typer.Option(min=0)] = 0,
    views: Annotated[int, typer.Option(min=0, help="Augmented views of each training recording.")] = 2,
    audio_encoder: Annotated[str, typer.Option(help="moonshine-tiny, a hub id or a local folder.")] = "moonshine-tiny",
    text_encoder: Annotated[str, typer.Option(help="minilm, a hub id or a local folder.")] = "minilm",
) -> None:
    """Train a checkpoint: audio, text and fused, calibrated on speakers not trained on."""
    from sermi.frontend import FrontendConfig
    from train.checkpoint.fit import FitConfig, fit_checkpoint

    config = FitConfig(
        class_set=classes,
        corpora=_folders(corpus),
        texts=_folders(text or []),
        seed=seed,
        n_views=views,
        frontend=FrontendConfig(encoder=audio_encoder),
        text_encoder=text_encoder,
    )
    trained = fit_checkpoint(config, command="python -m train " + " ".join(sys.argv[1:]))
    trained.save(out)
    other = trained.metrics["other_speakers_and_corpora"]
    typer.echo(f"{out}: UA {other['UA']:.3f}, ECE {other['ECE']:.3f} on speakers and corpora not trained on")


@app.command()
def plan(
    protocol: Annotated[str, typer.Argument(help="As for compare, or leave-one-corpus-out.")],
    data: Annotated[Path | None, typer.Option(help="Folder that holds one folder a corpus.")] = None,
    audio_encoder: Annotated[str, typer.Option(help=_AUDIO_ENCODERS)] = "moonshine-tiny",
    text_encoder: Annotated[str | None, typer.Option(help=_OWN_WORDS)] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds.")] = 5,
    augmenters: Annotated[str, typer.Option(help="all, or names separated by commas.")] = "all",
    workers: Annotated[int, typer.Option(min=1, help="Processes for the fits.")] = 1,
    device: Annotated[str | None, typer.Option(help="cpu or cuda, for the encoder.")] = None,
    finetune: Annotated[str | None, typer.Option(help=_FINETUNE)] = None,
    precision: Annotated[str, typer.Option(help=_PRECISION)] = "float32",
    recordings: Annotated[int | None, typer.Option(help="How many there are, where the data isn't here.")] = None,
    hours: Annotated[float | None, typer.Option(help="How long they are in all.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Estimate the time, memory and disk of a comparison from a minute of timings on this machine."""
    import json

    from train.planning import plan as planning

    names = tuple(re.split(r",(?!\w+=)", augmenters))
    asked = planning.Request(
        protocol,
        data,
        audio_encoder,
        text_encoder,
        seeds,
        names,
        device,
        finetune,
        precision,
        workers,
        recordings,
        hours,
    )
    made = planning.make(asked)
    typer.echo(json.dumps(made.as_dict()) if as_json else planning.table(made))


def _finetune(said: str | None) -> FinetuneConfig | None:
    """The configuration of 'lora:8' or 'layers:2'."""
    if said is None:
        return None
    from train.embeddings.finetune_config import FinetuneConfig

    return FinetuneConfig.parse(said)


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
