"""The command line: `sermi predict`, `generate`, `augment`, `push`, `pull`, `walkthrough` and `mi-benchmark`, also as
`python -m sermi`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from sermi import __version__
from sermi.errors import SermiError
from sermi.own_features.command import augment
from sermi.running import run
from sermi.shipped import DEFAULT

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
CheckpointOption = Annotated[str, typer.Option(help="A folder, the name of one at hand, or OWNER/NAME on the hub.")]


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"sermi {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    """SERMI: emotion in speech."""


@app.command()
def predict(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILES...]", help="Recordings: wav, flac, mp3, ogg, m4a, webm or mp4."),
    ] = None,
    text: Annotated[str | None, typer.Option(help="What is said in the recordings.")] = None,
    transcribe: Annotated[bool, typer.Option("--transcribe", help="Transcribe each recording, offline.")] = False,
    context: Annotated[
        list[str] | None, typer.Option(help="Another recording of who speaks in FILES; may be given again.")
    ] = None,
    neutral: Annotated[
        list[str] | None, typer.Option(help="Another one, known to be neutral; may be given again.")
    ] = None,
    same_speaker: Annotated[
        bool, typer.Option("--same-speaker", help="One person speaks in all FILES: they are each other's context.")
    ] = False,
    speakers: Annotated[
        Path | None,
        typer.Option(help="CSV of path,speaker[,known_emotion]: a speaker's files are each other's context."),
    ] = None,
    voice: Annotated[Path | None, typer.Option(help="Voice to start from, written by --save-voice.")] = None,
    save_voice: Annotated[
        Path | None, typer.Option(help="Keep what is known of the voice: features, no sound (.safetensors).")
    ] = None,
    checkpoint: CheckpointOption = DEFAULT,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Recognise the emotion of each recording. Exits with 2 when a file could not be used; the others are done."""
    if text is not None and transcribe:
        raise SermiError("Give either --text or --transcribe, not both.")
    from sermi import predictor
    from sermi.audio import FIRST_MINUTE
    from sermi.speakers import Request, recognise
    from sermi.transcribe import ONLY_FIRST
    from sermi.transcribe import transcribe as transcribe_waveform

    request = Request(files or (), context or (), neutral or (), same_speaker, speakers, voice, save_voice)
    failed = False
    for file, answer in recognise(
        request,
        lambda: predictor.load(checkpoint),
        lambda recording: transcribe_waveform(recording.waveform) if transcribe else text,
        _progress,
    ):
        failed |= isinstance(answer, SermiError)
        line = {"file": file, **({"error": str(answer)} if isinstance(answer, SermiError) else asdict(answer))}
        if transcribe and line.get("duration_s", 0) > FIRST_MINUTE.seconds:
            line["warnings"] = [*line["warnings"], ONLY_FIRST]
        typer.echo(_json(line) if as_json else _sentence(line))
    if failed:
        raise typer.Exit(2)


@contextmanager
def _progress(name: str, duration_s: float) -> Iterator[Callable[[float], None]]:
    """A bar on standard error, where that is a terminal and it takes more than two seconds."""
    from tqdm import tqdm

    with tqdm(total=round(duration_s), desc=name, unit="s", delay=2, disable=None, leave=False) as bar:
        yield lambda done_s: bar.update(round(done_s) - bar.n) and None


def _voice_of(loaded: Any, context: Sequence[str], neutral: Sequence[str]) -> Any:
    """The voice of recordings, for a checkpoint; None of none."""
    if not (context or neutral):
        return None
    from sermi.predictor import Predictor
    from sermi.speakers import add_recordings

    return add_recordings(Predictor(loaded).new_voice(), context, neutral, loaded.config.classes)


@app.command()
def generate(
    out: Annotated[Path, typer.Option(help="File to write: .npz, .csv or .parquet.")],
    emotion: Annotated[list[str], typer.Option(help="An emotion of the checkpoint, or all; may be given again.")],
    n: Annotated[int, typer.Option("--n", min=1, help="Samples of each emotion.")] = 200,
    text: Annotated[str | None, typer.Option(help="A sentence that the samples are conditioned on.")] = None,
    pairs: Annotated[bool, typer.Option("--pairs", help="Make text features too.")] = False,
    context: Annotated[
        list[str] | None, typer.Option(help="A recording of the voice to make samples of; may be given again.")
    ] = None,
    neutral: Annotated[
        list[str] | None, typer.Option(help="Another one, known to be neutral; may be given again.")
    ] = None,
    noise_scale: Annotated[
        float, typer.Option("--noise-scale", "--spread", help="Factor on the generator's noise.")
    ] = 1.0,
    regulariser: Annotated[
        Literal["off", "maximise", "match"] | None,
        typer.Option(help="Of the generator; the checkpoint's first if not given."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    checkpoint: CheckpointOption = DEFAULT,
    as_json: Annotated[bool, typer.Option("--json", help="Print the data sheet as one JSON object.")] = False,
) -> None:
    """Generate audio features of an emotion, each with the information that it carries about that emotion, in nats."""
    if text is not None and pairs:
        raise SermiError("Give either --text or --pairs: pairs make their own text features.")
    if pairs and (context or neutral):
        raise SermiError("Words are not generated for a known voice; give either --pairs or --context and --neutral.")
    from sermi import checkpoint as checkpoints
    from sermi import generate as generation
    from sermi import predictor, tables

    if "all" in emotion and len(emotion) > 1:
        raise SermiError("Give either --emotion all alone, or the emotions one by one.")
    tables.check_output(out)
    loaded = checkpoints.load(checkpoint)
    t = None if text is None else predictor.text_feature(loaded, text)
    emotions = list(loaded.config.classes) if "all" in emotion else emotion
    draw: dict[str, Any] = {"seed": seed, "pairs": pairs, "noise_scale": noise_scale, "regulariser": regulariser}
    voice = _voice_of(loaded, context or (), neutral or ())
    generated = generation.generate(loaded, emotions, n, t=t, voice=voice, **draw)
    settings = {"checkpoint": checkpoint, "emotions": emotions, "n": n, "text": text, **draw}
    settings["spread"] = settings.pop("noise_scale")  # what data sheets have always called it
    if voice is not None:
        settings |= {"context": len(context or ()), "neutral": len(neutral or ())}
    sheet = generation.data_sheet(loaded, settings, generated)
    generation.write(generated, out, about=sheet)
    if as_json:
        typer.echo(_json({"file": str(out), **sheet}))
        return
    mean = generated.score.mean()
    typer.echo(f"{out}: {len(generated.c)} samples, {mean:.2f} nats each on average by the last layer")


app.command()(augment)


@app.command()
def push(
    checkpoint: Annotated[str, typer.Argument(help="A folder, or the name of a checkpoint at hand.")],
    repository: Annotated[str, typer.Argument(metavar="OWNER/NAME", help="Model repository; made if need be.")],
    private: Annotated[bool, typer.Option("--private", help="Nobody else can see it.")] = False,
) -> None:
    """Upload a checkpoint to the Hugging Face hub, with the token of HF_TOKEN or `hf auth login`."""
    from sermi import hub

    typer.echo(f"{checkpoint}: {hub.push(checkpoint, repository, private=private)}")


@app.command()
def pull(
    repository: Annotated[str, typer.Argument(metavar="OWNER/NAME", help="Model repository of a checkpoint.")],
    out: Annotated[Path, typer.Option(help="Folder to make; in checkpoints/ it is on the page, too.")],
    revision: Annotated[str | None, typer.Option(help="A branch, tag or commit.")] = None,
) -> None:
    """Download a checkpoint from the Hugging Face hub, and keep it if it is whole."""
    from sermi import hub

    config = hub.pull(repository, out, revision=revision).config
    typer.echo(
        f"{out}: {', '.join(config.classes)}; voice by {config.frontend.encoder}, words by {config.text_encoder}; "
        f"use it with --checkpoint {out}"
    )


@app.command()
def walkthrough(
    out: Annotated[Path, typer.Option(help="HTML file to write; it needs no other.")] = Path("walkthrough.html"),
) -> None:
    """Write the page's seven slides with their speaker notes as one file, to be printed or sent."""
    from sermi import outputs
    from sermi.ui.engine import Engine
    from sermi.ui.walkthrough_print import defaults, document

    outputs.check_file(out, [".html", ".htm"])
    engine = Engine()
    outputs.write_atomic(out, document(engine, defaults(engine)).encode())
    typer.echo(f"{out}: seven slides, each a page of A4")


@app.command("mi-benchmark")
def mi_benchmark(
    fast: Annotated[
        bool, typer.Option("--fast", help="Fewer levels, pairs and steps, and no coverage: a minute.")
    ] = False,
    out: Annotated[
        Path, typer.Option(help="Folder for the table (CSV, Markdown) and the figure (plotly JSON).")
    ] = Path("docs"),
) -> None:
    """Hold every estimator of mutual information against closed forms."""
    from sermi import outputs
    from sermi.mi import benchmark
    from sermi.plots.mi_benchmark import figure

    outputs.check_folder(out)
    size, name = (benchmark.FAST, "mi-benchmark-fast") if fast else (benchmark.FULL, "mi-benchmark")
    unfinished = out / f"{name}.unfinished.jsonl"
    rows = benchmark.run(size, unfinished=unfinished)
    typer.echo(benchmark.as_markdown(rows))
    contents = {
        "csv": benchmark.as_csv(rows),
        "md": benchmark.ABOUT + benchmark.as_markdown(rows) + "\n",
        "json": figure(benchmark.table(rows)).to_json() + "\n",
    }
    for suffix, content in contents.items():
        path = out / f"{name}.{suffix}"
        outputs.write_atomic(path, content.encode())
        typer.echo(f"wrote {path}", err=True)
    if len(rows) == benchmark.count(size):
        unfinished.unlink(missing_ok=True)


def _json(content: dict[str, Any]) -> str:
    """On one line; escaped where the console knows fewer letters than it may hold."""
    is_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    return json.dumps(content, ensure_ascii=not is_unicode)


def _sentence(line: dict[str, Any]) -> str:
    if "error" in line:
        return f"{line['file']}: error: {line['error']}"
    notes = "".join(f"\n  ! {warning}" for warning in line["warnings"])
    transcript = f'\n  "{line["transcript"]}"' if line["transcript"] else ""
    if line["context"]:
        recordings = f"{line['context']} other recording{'s' if line['context'] > 1 else ''} of the voice"
        notes = f"\n  with {recordings}; without: {_bars(line['without_context'])}{notes}"
    return f"{line['file']}: {_bars(line['probabilities'])}{transcript}{notes}"


def _bars(probabilities: dict[str, float]) -> str:
    ranked = sorted(probabilities.items(), key=lambda item: -item[1])
    return ", ".join(f"{emotion} {probability:.0%}" for emotion, probability in ranked)


def main() -> None:
    """Entry point of `sermi` and `python -m sermi`."""
    run(app)
