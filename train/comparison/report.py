"""The result of a comparison as JSON, a table in words and a plotly figure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sermi import outputs, plots
from sermi.errors import SermiError
from sermi.quality import MEASURES
from train.comparison.augmenters import NONE, AugmenterSpec
from train.comparison.references import REFERENCES

INFORMATION = ("information", "text_information", "pair_information", "pair_information_by_emotion")
"""Columns of `train.comparison.measures`, in nats."""


def write_report(protocol: str, rows: pd.DataFrame, out: Path, *, command: str) -> str:
    """Write `protocol`.json and `protocol`.plotly.json into `out`, and return the table as text.

    rows: the table of `compare`; command: what made it.
    """
    summary = {
        name: {"title": title(name), **values, **_set_measures(rows[rows["augmenter"] == name])}
        for name, values in sorted(summarise(rows).items(), key=lambda item: item[1]["UA"])
    }
    record = {
        "protocol": protocol,
        "command": command,
        "folds": int(rows["fold"].nunique()),
        "seeds": sorted(int(seed) for seed in rows["seed"].unique()),
        "interval": "95 %, bootstrap over folds and seeds within them; gains are paired with `none`",
        "n_train": round(float(rows.loc[rows["augmenter"] == NONE, "n_train"].mean()), 1),
        "classes": str(rows["classes"].iloc[0]).split() if "classes" in rows else [],
        "summary": summary,
    }
    outputs.write_atomic(out / f"{protocol}.json", (json.dumps(record, indent=1) + "\n").encode())
    gains = {v["title"]: (v["gain"], *v["gain_interval_95"]) for name, v in summary.items() if name != NONE}
    figure = plots.gains(gains).update_layout(meta={"description": plots.describe_gains(gains)})
    outputs.write_atomic(out / f"{protocol}.plotly.json", (figure.to_json() + "\n").encode())
    return _as_text(summary)


def summarise(rows: pd.DataFrame, n_draws: int = 10_000) -> dict[str, dict[str, Any]]:
    """Mean UA of each augmenter and its paired difference to `none`, with 95 % bootstrap intervals over (fold, seed).

    Folds are drawn first and seeds within them, so that seeds of one fold don't pass for new speakers. Raises SermiError for
    a table without `none`.
    """
    table = rows.pivot_table(index=["fold", "seed"], columns="augmenter", values="UA")
    if NONE not in table:
        raise SermiError("The table has no row of `none`; run `compare` again to fill it.")
    folds = [group.to_numpy() for _, group in table.groupby("fold")]
    rng = np.random.default_rng(0)
    means = np.stack(
        [
            np.mean([f[rng.integers(len(f), size=len(f))].mean(axis=0) for f in _redraw(folds, rng)], axis=0)
            for _ in range(n_draws // 10)
        ]
    )
    base = list(table.columns).index(NONE)
    summary = {}
    for column, name in enumerate(table.columns):
        gain = means[:, column] - means[:, base]
        summary[str(name)] = {
            "UA": round(float(table[name].mean()), 4),
            "interval_95": [round(float(v), 4) for v in np.nanpercentile(means[:, column], [2.5, 97.5])],
            "gain": round(float((table[name] - table[NONE]).mean()), 4),
            "gain_interval_95": [round(float(v), 4) for v in np.nanpercentile(gain, [2.5, 97.5])],
            "runs": int(table[name].notna().sum()),
        }
    return summary


def _redraw(folds: list[np.ndarray], rng: np.random.Generator) -> list[np.ndarray]:
    return [folds[i] for i in rng.integers(len(folds), size=len(folds))]


def _set_measures(rows: pd.DataFrame) -> dict[str, Any]:
    """Means over runs of what was measured of the sets: information, and quality with what real data reaches; and the sum of
    the confusion matrices, rows true."""
    values: dict[str, Any] = {"information": _means(rows, INFORMATION)}
    values["quality"] = _means(rows, [f"{name}{end}" for name in MEASURES for end in ("", "_real")])
    counts = [json.loads(text) for text in rows["confusion"].dropna()] if "confusion" in rows else []
    values["confusion"] = np.sum(counts, axis=0).tolist() if len(counts) == len(rows) else []
    return {name: value for name, value in values.items() if value}


def _means(rows: pd.DataFrame, columns: Sequence[str]) -> dict[str, float]:
    means = rows.reindex(columns=list(columns)).mean().dropna()
    return {str(name): round(float(value), 4) for name, value in means.items()}


def _as_text(summary: Mapping[str, Mapping[str, Any]]) -> str:
    """A line for each augmenter, UA and gains in points."""
    lines = [f"{'':42} {'UA':>6}  {'gain over none':>22}  runs"]
    for values in summary.values():
        low, high = values["gain_interval_95"]
        gain = f"{100 * values['gain']:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"
        lines.append(f"{values['title']:42} {100 * values['UA']:6.1f}  {gain:>22}  {values['runs']}")
    return "\n".join(lines)


def title(name: str) -> str:
    """An augmenter's or reference's name for people."""
    return name[0].upper() + name[1:] if name in REFERENCES else AugmenterSpec.parse(name).title
