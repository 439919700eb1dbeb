"""The command `sermi augment`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sermi.errors import SermiError, needs_extra

if TYPE_CHECKING:
    from collections.abc import Callable

    from sermi.own_features.gains import Gains
    from sermi.own_features.table import FeatureTable


def augment(
    file: Annotated[Path, typer.Argument(help="Table of features: .csv, .tsv, .parquet, .feather, .npz or .arff.")],
    out: Annotated[Path, typer.Option(help="File to write, in one of these formats: real rows, then generated ones.")],
    label: Annotated[str | None, typer.Option(help="Column of the label; guessed by its name.")] = None,
    group: Annotated[
        str | None, typer.Option(help="Column of the speaker, or whatever mustn't be split; guessed by its name.")
    ] = None,
    no_group: Annotated[bool, typer.Option("--no-group", help="Rows are independent: guess no group.")] = False,
    text_columns: Annotated[
        list[str] | None,
        typer.Option(help="Text features: a column, or a pattern such as 'bert_*'; may be given again."),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(help="Columns to leave out, likewise; those that aren't numbers are anyway.")
    ] = None,
    ratio: Annotated[
        float,
        typer.Option(
            min=0, max=50, help="Rows of each class on top of balance, for each of the largest class; 0 balances alone."
        ),
    ] = 1.0,
    report: Annotated[
        Path | None, typer.Option(help="HTML page to write: what was generated, and what it buys by cross-validation.")
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Say what would be done and how long it takes; write nothing.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> None:
    """Generate further rows of a table of features, each class's by what its real rows are like."""
    if group is not None and no_group:
        raise SermiError("Give either --group or --no-group, not both.")
    _check_modules(file, out, report)
    from sermi.own_features.table import read
    from sermi.own_features.writing import check_output

    check_output(out)
    if report is not None:
        _check_report(report, out)
    table = read(file, label=label, group=group, guess_group=not no_group, text=text_columns or (), ignore=ignore or ())
    typer.echo(table.describe())
    if plan:
        from sermi.own_features.plan import describe_plan

        typer.echo(describe_plan(table, ratio=ratio, with_report=report is not None, seed=seed))
        return
    _augment(table, out, report, ratio=ratio, seed=seed)


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


def _check_report(report: Path, out: Path) -> None:
    from sermi import outputs

    if report.suffix.lower() not in (".html", ".htm"):
        raise SermiError(f"'{report.name}' should end in .html.")
    if report == out:
        raise SermiError("The table and the report can't be one file; give another name for one of them.")
    outputs.check_file(report)


def _augment(table: FeatureTable, out: Path, report: Path | None, *, ratio: float, seed: int) -> None:
    from sermi import outputs
    from sermi.own_features.augmentation import augment as generate
    from sermi.own_features.report import report as page
    from sermi.own_features.writing import write

    augmented = generate(table, ratio=ratio, seed=seed)
    write(augmented.frame, out, table=table)
    n = len(augmented.frame) - len(table)
    typer.echo(f"{out}: {len(table):,} real rows and {n:,} generated ones{_information(augmented.assessment)}")
    if report is None:
        return
    gains = _gains(table, ratio=ratio, seed=seed)
    command = ["sermi", *sys.argv[1:]]
    report.parent.mkdir(parents=True, exist_ok=True)
    outputs.write_atomic(report, page(augmented, gains, command=command, seed=seed).encode())
    from sermi.own_features.verdict import words

    verdict = words(gains)
    typer.echo(f"{report}: {verdict.headline}. {verdict.sentences[0]}")


def _information(assessment: object) -> str:
    from sermi.own_features.augmentation import Assessment

    assert isinstance(assessment, Assessment)
    if assessment.generated is None or assessment.real is None:
        return ""
    generated, real = assessment.generated, assessment.real
    return (
        f"; they carry {generated.value:.2f} nats about the label, real rows {real.value:.2f}"
        + (f", shuffled {generated.control + 0.0:.2f}" if generated.control is not None else "")
        + (f", at most {generated.ceiling:.2f}" if generated.ceiling is not None else "")
    )


def _gains(table: FeatureTable, *, ratio: float, seed: int) -> Gains:
    from sermi.own_features.gains import cross_validated_gains

    with _progress() as show:
        return cross_validated_gains(
            table.X, table.y, groups=table.groups, text=table.text, ratio=ratio, seed=seed, progress=show
        )


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
