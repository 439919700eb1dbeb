"""The command `sermi augment`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sermi.errors import SermiError, needs_extra

if TYPE_CHECKING:
    from collections.abc import Callable

    from sermi.augment.report import SamplerReport
    from sermi.own_features.augmentation import Augmented
    from sermi.own_features.table import FeatureTable


File = Annotated[Path, typer.Argument(help="Table of features: .csv, .tsv, .parquet, .feather, .npz or .arff.")]
Out = Annotated[Path, typer.Option(help="File to write, in one of these formats: real rows, then generated ones.")]
Label = Annotated[str | None, typer.Option(help="Column of the label; guessed by its name.")]
Group = Annotated[
    str | None, typer.Option(help="Column of the speaker, or whatever mustn't be split; guessed by its name.")
]
NoGroup = Annotated[bool, typer.Option("--no-group", help="Rows are independent: guess no group.")]
TextColumns = Annotated[
    list[str] | None, typer.Option(help="Text features: a column, or a pattern such as 'bert_*'; may be given again.")
]
Ignore = Annotated[
    list[str] | None, typer.Option(help="Columns to leave out, likewise; those that aren't numbers are anyway.")
]
Ratio = Annotated[
    float,
    typer.Option(
        min=0, max=50, help="Rows of each class on top of balance, for each of the largest; 0 balances alone."
    ),
]
Report = Annotated[
    Path | None, typer.Option(help="HTML page to write: what was generated, and what it buys by cross-validation.")
]
Folds = Annotated[int, typer.Option(min=2, help="Of the cross-validation, at most.")]
Repeats = Annotated[
    int | None, typer.Option(min=1, help="How often rows are dealt to folds; 1 to 3 by the table's size.")
]
RegulariserName = Annotated[
    Literal["off", "maximise", "match"] | None, typer.Option(help="Of the generator; SermiSampler's own if not given.")
]
Steps = Annotated[int | None, typer.Option(min=0, help="Of the generator's training; likewise.")]
Plan = Annotated[bool, typer.Option("--plan", help="Say what would be done and how long it takes; write nothing.")]


def augment(
    file: File,
    out: Out,
    label: Label = None,
    group: Group = None,
    no_group: NoGroup = False,
    text_columns: TextColumns = None,
    ignore: Ignore = None,
    ratio: Ratio = 1.0,
    report: Report = None,
    folds: Folds = 5,
    repeats: Repeats = None,
    regulariser: RegulariserName = None,
    steps: Steps = None,
    plan: Plan = False,
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> None:
    """Generate further rows of a table of features, each class's by what its real rows are like."""
    if group is not None and no_group:
        raise SermiError("Give either --group or --no-group, not both.")
    _check_modules(file, out, report)
    from sermi.own_features.plan import describe_plan
    from sermi.own_features.table import read
    from sermi.own_features.writing import check_arrays

    _check_files(file, out, report)
    table = read(file, label=label, group=group, guess_group=not no_group, text=text_columns or (), ignore=ignore or ())
    check_arrays(out, table)
    typer.echo(table.describe())
    given = {"regulariser": regulariser, "steps": steps}
    sampler = {name: value for name, value in given.items() if value is not None}
    settings: dict[str, Any] = {"ratio": ratio, "folds": folds, "repeats": repeats, "sampler": sampler, "seed": seed}
    if plan:
        typer.echo(describe_plan(table, with_report=report is not None, **settings))
    else:
        _augment(table, out, report, settings)


def _augment(table: FeatureTable, out: Path, report: Path | None, settings: dict[str, Any]) -> None:
    from sermi.own_features.augmentation import augment as generate
    from sermi.own_features.gains import design_of
    from sermi.own_features.writing import write

    if report is not None:
        # whether there are enough to hold some out
        design_of(table.X, table.y, groups=table.groups, n_folds=settings["folds"], seed=settings["seed"])
    augmented = generate(table, **{name: settings[name] for name in ("ratio", "sampler", "seed")})
    write(augmented.frame, out, table=table)
    n = len(augmented.frame) - len(table)
    typer.echo(f"{out}: {len(table):,} real rows and {n:,} generated ones{_information(augmented.measured)}")
    if report is not None:
        typer.echo(_write_report(augmented, report, settings))


def _check_modules(*files: Path | None) -> None:
    """Raises SermiError where one isn't installed that is needed, if only at the end."""
    endings = {file.suffix.lower() for file in files if file is not None}
    needed = ["imblearn", "pandas"]
    needed += ["pyarrow"] if endings & {".parquet", ".feather"} else []
    needed += ["arff"] if ".arff" in endings else []
    needed += ["plotly"] if ".html" in endings else []
    for module in needed:
        if find_spec(module) is None:
            raise SermiError(needs_extra(module, "augment"))


def _check_files(file: Path, out: Path, report: Path | None) -> None:
    """Raises SermiError where one can't be written, or would be written over another."""
    from sermi import outputs
    from sermi.own_features.writing import check_output

    check_output(out)
    if out.resolve() == file.resolve():
        raise SermiError(
            f"'{out}' is the table itself; give another file to write, so that the real rows stay as they are."
        )
    if report is not None:
        if report.suffix.lower() not in (".html", ".htm"):
            raise SermiError(f"'{report.name}' should end in .html.")
        outputs.check_file(report)


def _write_report(augmented: Augmented, path: Path, settings: dict[str, Any]) -> str:
    """Compare and write the page; the verdict as one line."""
    from sermi import outputs
    from sermi.own_features.gains import cross_validated_gains
    from sermi.own_features.report import report
    from sermi.own_features.verdict import words

    table = augmented.table
    with _progress() as show:
        gains = cross_validated_gains(
            table.X,
            table.y,
            groups=table.groups,
            text=table.text,
            ratio=settings["ratio"],
            n_folds=settings["folds"],
            n_repeats=settings["repeats"],
            sampler=settings["sampler"],
            seed=settings["seed"],
            progress=show,
        )
    page = report(augmented, gains, command=["sermi", *sys.argv[1:]], seed=settings["seed"])
    outputs.write_atomic(path, page.encode())
    verdict = words(gains)
    return f"{path}: {verdict.headline}. {verdict.sentences[0]}"


def _information(measured: SamplerReport) -> str:
    """What the command says of it, where it could be measured."""
    generated, real = measured.information, measured.real_information
    if generated is None or real is None:
        return ""
    carried = f"; they carry {generated.value:.2f} nats about the label, real rows {real.value:.2f}"
    return carried if generated.control is None else f"{carried}, shuffled labels {generated.control + 0.0:.2f}"


@contextmanager
def _progress() -> Iterator[Callable[[int, int, str], None]]:
    """A bar on standard error, where that is a terminal."""
    from tqdm import tqdm

    with tqdm(desc="cross-validation", unit="split", delay=2, disable=None, leave=False) as bar:

        def show(done: int, in_all: int, title: str) -> None:
            bar.total = in_all
            bar.set_postfix_str(title, refresh=False)
            bar.update(done - bar.n)
            bar.refresh()

        yield show
