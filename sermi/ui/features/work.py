"""From a visitor's table to rows, a report and files of both; within limits."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sermi.errors import SermiError
from sermi.stats.threads import single_threaded
from sermi.ui.features.choices import Choices, Dropped
from sermi.ui.limits import ELSEWHERE, EXPECTED_S, MAX_GENERATED

if TYPE_CHECKING:
    from sermi.own_features.report import Part
    from sermi.own_features.table import FeatureTable
    from sermi.own_features.verdict import Words


class Report(Protocol):
    """Called before each piece of the work."""

    def __call__(self, done: int, of: int, what: str) -> None:
        """Pieces that are done, of how many, and what comes next."""


@dataclass(frozen=True)
class Result:
    """What a visitor gets."""

    words: Words
    parts: tuple[Part, ...]
    table: Path
    page: Path


def augmented(dropped: Dropped, choices: Choices, folder: Path, report: Report) -> Result:
    """Generate rows of a table, compare them with other ways, and write both files.

    Args:
        dropped: the visitor's table.
        choices: what they chose.
        folder: to write into.
        report: is told how far it is.

    Raises:
        SermiError: What can't be learnt from, or would take too long.
    """
    for name in ("torch", "imblearn.over_sampling"):
        import_module(name)  # what is loaded later would be over the limit of one thread
    return _augmented(dropped, choices, folder, report)


@single_threaded
def _augmented(dropped: Dropped, choices: Choices, folder: Path, report: Report) -> Result:
    from sermi.own_features import gains, resamplers
    from sermi.own_features.augmentation import augment
    from sermi.own_features.report import parts
    from sermi.own_features.report import report as page_of
    from sermi.own_features.verdict import words
    from sermi.own_features.writing import write

    report(0, 0, "Working out how long it takes…")
    table = choices.table(dropped)
    _check_size(table, choices)
    if not dropped.is_example:
        _check_seconds(table, choices)
    n_ways = len(resamplers.available())
    folds, repeats = gains.design_of(table.X, table.y, groups=table.groups, n_repeats=choices.settings["repeats"])
    of = 1 + folds * repeats * n_ways
    report(0, of, "Generating rows")
    result = augment(table, **choices.generation)
    done = 0

    def progress(split: int, splits: int, title: str) -> None:
        nonlocal done
        done += 1
        report(done, of, f"Comparing: split {split + 1} of {splits}")

    bought = gains.cross_validated_gains(
        table.X,
        table.y,
        groups=table.groups,
        text=table.text,
        progress=progress,
        n_repeats=repeats,
        **choices.generation,
    )
    out, page = folder / f"{dropped.stem}-augmented{dropped.suffix}", folder / f"{dropped.stem}-report.html"
    command = choices.command(dropped, out.name, page.name)
    write(result.frame, out, table=table)
    page.write_text(page_of(result, bought, command=command, seed=choices.seed), encoding="utf-8")
    return Result(words(bought), parts(result, bought), out, page)


def _check_size(table: FeatureTable, choices: Choices) -> None:
    from sermi.own_features.augmentation import check_wanted
    from sermi.own_features.resamplers import targets

    y = table.y.to_numpy()
    wanted = targets(y, choices.ratio)
    check_wanted(y, wanted)
    n = sum(wanted.values()) - len(y)
    if n * len(table.columns.features) > MAX_GENERATED:
        raise SermiError(
            f"{n:,} rows of {len(table.columns.features):,} features would be generated, over the {MAX_GENERATED // 10**6} "
            f"million numbers that the page makes; lower --ratio, choose among the features{ELSEWHERE}."
        )


def _check_seconds(table: FeatureTable, choices: Choices) -> None:
    from sermi.own_features.plan import plan_of, spelt

    seconds = plan_of(table, with_report=True, **choices.settings).seconds
    if seconds > EXPECTED_S:
        raise SermiError(
            f"This would take about {spelt(seconds)} here, and the page takes what is done in {spelt(EXPECTED_S)}; lower "
            f"“Training steps”, choose among rows and features{ELSEWHERE}."
        )
