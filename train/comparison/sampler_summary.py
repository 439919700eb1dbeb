"""The table of `python -m train samplers`: in each cell (features, setting, classifier) what each way is worth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from sermi.outputs import write_atomic
from sermi.own_features.resamplers import NONE, SERMI
from sermi.stats.intervals import Design
from train.comparison.sampler_cells import COMPARED, MATCH, PROTOCOL, fingerprints

CELL = ["representation", "setting", "classifier"]
INTERVAL = (
    "95 %, Student's t over six folds that test nobody twice, of which seeds are averaged; gains over none are paired"
)


def summarise(rows: pd.DataFrame) -> dict[str, Any]:
    """Of the table of `sampler_cells.run`.

    Returns:
        cells: each with its representation, setting, classifier, and by way UA, gain and its interval, and by how much SERMI is
        better. first: in how many cells each way has the highest UA, SERMI with its defaults; first_matched: the same with
        MI matched in their place. below_none: in how many the whole interval of a way's gain is below 0.
    """
    cells: list[dict[str, Any]] = []
    for key, cell in rows.groupby(CELL, sort=False):
        names = dict(zip(CELL, key, strict=True))
        table = cell.pivot_table(index="fold", columns="way", values="UA")
        cells.append({**names, "ways": {name: _way(table, name) for name in COMPARED if name in table}})
    below = {
        name: sum(cell["ways"][name]["gain_interval_95"][1] < 0 for cell in cells)
        for name in cells[0]["ways"]
        if name != NONE
    }
    return {
        "cells": cells,
        "n_cells": len(cells),
        "first": _first(cells, without=MATCH.name),
        "first_matched": _first(cells, without=SERMI),
        "below_none": below,
    }


def _first(cells: list[dict[str, Any]], *, without: str) -> dict[str, int]:
    """In how many cells each way has the highest UA, among all but one."""
    best = []
    for cell in cells:
        others = {name: way["UA"] for name, way in cell["ways"].items() if name != without}
        best.append(max(others, key=lambda name: others[name]))
    return {name: best.count(name) for name in cells[0]["ways"] if name != without}


def _way(table: pd.DataFrame, name: str) -> dict[str, Any]:
    """UA over folds, gain over none, and what SERMI has over it."""
    design = Design.disjoint(len(table))
    gain = (table[name] - table[NONE]).to_numpy()
    values = {
        "UA": round(float(table[name].mean()), 4),
        "gain": round(float(gain.mean()), 4),
        "gain_interval_95": design.interval(gain).ends(),
    }
    if name != SERMI and SERMI in table:
        behind = (table[SERMI] - table[name]).to_numpy()
        values |= {"sermi_over_it": round(float(behind.mean()), 4), "sermi_interval_95": design.interval(behind).ends()}
    return values


def write(rows: pd.DataFrame, path: Path, *, command: str) -> str:
    """Write the summary as JSON, and return the table as Markdown.

    Args:
        rows: of `sampler_cells.run`.
        path: of the file.
        command: that made the rows.
    """
    summary = summarise(rows)
    record = {
        "protocol": PROTOCOL,
        "command": command,
        "folds": int(rows["fold"].nunique()),
        "seeds": sorted(int(seed) for seed in rows["seed"].unique()),
        "interval": INTERVAL,
        "features": fingerprints(),
        **summary,
    }
    write_atomic(path, (json.dumps(record, indent=1) + "\n").encode())
    return as_markdown(summary)


def as_markdown(summary: dict[str, Any]) -> str:
    """A row for each cell: UA without anything, then gains in points with intervals, the best way's in bold."""
    names = [name for name in summary["cells"][0]["ways"] if name != NONE]
    lines = [
        f"| features, setting, classifier | none | {' | '.join(COMPARED[name].title for name in names)} |",
        f"|---|---|{'---|' * len(names)}",
    ]
    for cell in summary["cells"]:
        ways = cell["ways"]
        best = max(ways, key=lambda name: ways[name]["UA"])
        none = f"{100 * ways[NONE]['UA']:.1f}"
        gains = [_bold(_gain(ways[name]), name == best) for name in names]
        title = f"{cell['representation']}, {cell['setting']}, {cell['classifier']}"
        lines.append(f"| {title} | {_bold(none, best == NONE)} | {' | '.join(gains)} |")
    for kind, title in (("first", "Highest"), ("first_matched", "With MI matched in SERMI's place, highest")):
        counts = ", ".join(f"{COMPARED[name].title} {n}" for name, n in summary[kind].items() if n)
        lines += ["", f"{title}, of {summary['n_cells']}: {counts}."]
    return "\n".join(lines)


def _gain(way: dict[str, Any]) -> str:
    low, high = way["gain_interval_95"]
    return f"{100 * way['gain']:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


def _bold(text: str, is_best: bool) -> str:
    return f"**{text}**" if is_best else text
