"""The command line of training: `python -m train --help` lists its commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sermi.running import run
from train import options
from train.comparison_commands import ablate, compare, reproduce
from train.quality_commands import impostors, judge
from train.samplers_command import samplers
from train.scores_command import scores
from train.study_commands import last_layers, sets, spaces
from train.words_command import words

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.callback()
def _root() -> None:
    """Train and evaluate SERMI."""


@app.command()
def evaluate(
    protocol: Annotated[options.ProtocolName, typer.Argument(help="Which recordings train and which test.")],
    data: options.DataFolder,
    out: Annotated[Path, options.output_file("JSON file to write.")],
    seeds: options.Seeds = 3,
    prosody: Annotated[bool, typer.Option(help="Add prosody statistics to the audio embedding.")] = False,
    std: Annotated[bool, typer.Option("--std", help="Pool the layers' standard deviation too.")] = False,
    tempi: Annotated[bool, typer.Option("--tempi", help="Average the encoder over three tempi.")] = False,
    audio_encoder: options.AudioEncoder = "moonshine-tiny",
    text_encoder: options.OwnWords = None,
    finetune: options.Finetune = None,
    precision: options.EncoderPrecision = "float32",
    views: options.Views = 2,
    splits: options.Splits = None,
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
    config = EncodingConfig(frontend, options.finetuning(finetune))
    if not launch.prepare_on_all_processes(
        lambda: evaluation.prepare(protocol, data, seeds=range(seeds), config=config, n_views=views)
    ):
        return
    result = evaluation.evaluate(
        protocol,
        data,
        seeds=range(seeds),
        config=config,
        n_views=views,
        text_encoder=text_encoder,
        command=options.running_command(),
        n_splits=splits,
    )
    evaluation.write(result, out)
    low, high = result["interval_95"]["UA"]
    typer.echo(
        f"{protocol}: UA {result['mean']['UA']:.3f} (95 % {low:.3f} to {high:.3f}), WA {result['mean']['WA']:.3f}"
    )
    for context, values in result.get("contexts", {}).items():
        typer.echo(f"{context} other clips: UA {values['UA']:.3f}")


app.command()(words)
app.command()(scores)
app.command()(sets)
app.command()(spaces)
app.command()(last_layers)
app.command()(compare)
app.command()(samplers)
app.command()(ablate)
app.command()(reproduce)
app.command()(impostors)
app.command()(judge)


@app.command()
def align(
    data: options.DataFolder,
    out: Annotated[Path, options.output_file("CSV file of the rows; a run that was stopped goes on there.")],
    seeds: options.Seeds = 3,
) -> None:
    """Train stage A end to end with several weights of its contrastive term, beside label-free projections."""
    from train.comparison import alignment

    typer.echo(alignment.summary(alignment.run(data, out, seeds=range(seeds))))


@app.command()
def features(
    corpus: options.Corpora,
    audio_encoder: options.AudioEncoder = "moonshine-tiny",
    precision: options.EncoderPrecision = "float32",
    views: Annotated[int, typer.Option(min=0, help="Augmented views of each recording.")] = 0,
    comparison: Annotated[
        bool, typer.Option("--comparison", help="As `compare` pools them: mean, deviation, prosody, tempi.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the views.")] = 0,
) -> None:
    """Fill the cache of audio embeddings; `accelerate launch -m train features ...` does so with several processes."""
    from sermi.cache import cache_dir, require_kept
    from sermi.frontend import FrontendConfig
    from train.comparison.tasks import comparison_frontend
    from train.corpora import read_audio
    from train.embeddings import launch
    from train.embeddings.embed import fill

    require_kept(cache_dir("features"))
    usual = FrontendConfig(encoder=audio_encoder, precision=precision)
    config = comparison_frontend(audio_encoder, precision) if comparison else usual
    paths = [
        path for name, folder in options.split_folders(corpus).items() for path in read_audio(name, folder)["path"]
    ]
    for single in config.single_encoders():
        shards, n_new = fill(paths, single, n_views=views, seed=seed)
        require_kept(shards.folder)
        if launch.rank() == 0:
            typer.echo(f"{len(paths)} recordings: {n_new} new rows, the others were there, in {shards.folder}")


@app.command()
def finetune(
    corpus: options.Corpora,
    audio_encoder: Annotated[str, typer.Option(help="A hub id or a local folder.")],
    method: Annotated[str, typer.Option(help="lora:RANK or layers:NUMBER of the last layers.")],
    out: Annotated[Path, options.output_folder("Folder of the encoder; a run that was stopped goes on there.")],
    classes: options.Classes = "open4",
    epochs: Annotated[int, typer.Option(min=1)] = 5,
    seed: options.Seed = 0,
) -> None:
    """Fine-tune an encoder for `fit --audio-encoder`, without the speakers that `fit` keeps out of training."""
    from sermi.labels import class_set
    from train.checkpoint.data import held_out_speakers
    from train.embeddings.dataset import audio_table
    from train.embeddings.finetune import finetuned
    from train.embeddings.finetune_config import FinetuneConfig

    chosen = class_set(classes)
    table = audio_table(options.split_folders(corpus), chosen)
    rows = table[~held_out_speakers(table)]
    config = FinetuneConfig.parse(method, epochs=epochs, seed=seed)
    speaker, c = rows["speaker"].to_numpy(str), rows["c"].to_numpy()
    encoder = finetuned(
        audio_encoder, rows["path"].tolist(), c, speaker=speaker, n_classes=len(chosen), config=config, out=out
    )
    typer.echo(
        f"{encoder} holds the encoder; use it with --audio-encoder {encoder}. What each epoch did is in finetune.json."
    )


@app.command()
def fit(
    corpus: Annotated[
        list[str], typer.Option(help=f"NAME=FOLDER: {', '.join(options.AUDIO_CORPORA[:-1])}, or csv=FILE.csv.")
    ],
    out: Annotated[Path, options.output_folder("Folder of the checkpoint to write.")],
    text: options.Texts = None,
    classes: options.Classes = "open4",
    seed: options.Seed = 0,
    views: options.Views = 2,
    audio_encoder: options.AudioEncoder = "moonshine-tiny",
    text_encoder: Annotated[str, typer.Option(help=options.TEXT_ENCODERS)] = "minilm-4+6",
    evaluation: options.Evaluation = None,
) -> None:
    """Train a checkpoint: audio, text and fused, calibrated on speakers not trained on."""
    from sermi.frontend import FrontendConfig
    from train.checkpoint.fit import FitConfig, fit_checkpoint

    config = FitConfig(
        class_set=classes,
        corpora=options.split_folders(corpus),
        texts=options.split_folders(text or []),
        seed=seed,
        n_views=views,
        frontend=FrontendConfig(encoder=audio_encoder),
        text_encoder=text_encoder,
        evaluation=evaluation,
    )
    trained = fit_checkpoint(config, command=options.running_command())
    trained.save(out)
    other = trained.metrics["other_speakers_and_corpora"]
    typer.echo(f"{out}: UA {other['UA']:.3f}, ECE {other['ECE']:.3f} on speakers and corpora not trained on")


@app.command()
def plan(
    protocol: Annotated[
        options.PlannedName, typer.Argument(help="As for compare or, where it compares nothing, evaluate.")
    ],
    data: Annotated[Path | None, typer.Option(help="Folder that holds one folder a corpus.")] = None,
    audio_encoder: options.AudioEncoder = "moonshine-tiny",
    text_encoder: options.OwnWords = None,
    seeds: options.Seeds = 5,
    augmenters: options.Augmenters = "all",
    workers: options.Workers = 1,
    device: Annotated[str | None, typer.Option(help="cpu, cuda or cuda:N, for the encoder.")] = None,
    finetune: options.Finetune = None,
    precision: options.EncoderPrecision = "float32",
    recordings: Annotated[int | None, typer.Option(help="How many there are, where the data isn't here.")] = None,
    hours: Annotated[float | None, typer.Option(help="How long they are in all.")] = None,
    splits: options.Splits = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Estimate the time, memory and disk of a comparison from a minute of timings on this machine."""
    import json

    from train.planning import plan as planning

    request = planning.PlanRequest(
        protocol=protocol,
        data=data,
        audio_encoder=audio_encoder,
        text_encoder=text_encoder,
        seeds=seeds,
        augmenters=options.split_names(augmenters),
        device=device,
        finetune=finetune,
        precision=precision,
        workers=workers,
        recordings=recordings,
        hours=hours,
        splits=splits,
    )
    estimate = planning.estimate(request)
    typer.echo(json.dumps(estimate.as_dict()) if as_json else planning.table(estimate))


def main() -> None:
    """Entry point of `python -m train`."""
    run(app)
