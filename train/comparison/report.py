"""What a comparison found, as JSON, a table in words and a plotly figure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sermi import plots
from sermi.quality import MEASURES
from train.comparison.augmenters import augmenter_named
from train.comparison.compare import LATEST, NONE, summarise
from train.comparison.references import REFERENCES

INFORMATION = ("information", "text_information", "pair_information", "pair_information_by_emotion")
"""Columns of `train.comparison.measures`, in nats."""


def write_report(protocol: str, rows: pd.DataFrame, out: Path, *, command: str) -> str:
    """Write `protocol`.json and `protocol`.plotly.json into `out`, and return the table as text."""
    summary = summarise(rows)
    ordered = {
        name: {"title": title(name), **values, **_sets(rows[rows["augmenter"] == name])}
        for name, values in sorted(summary.items(), key=lambda item: item[1]["UA"])
    }
    titled = {title(name): values for name, values in ordered.items()}
    record = {
        "protocol": protocol,
        "command": command,
        "folds": int(rows["fold"].nunique()),
        "seeds": sorted(int(seed) for seed in rows["seed"].unique()),
        "interval": "95 %, bootstrap over folds and seeds within them; gains are paired with `none`",
        "n_train": round(float(rows.loc[rows["augmenter"] == NONE, "n_train"].mean()), 1),
        "classes": str(rows["classes"].iloc[0]).split() if "classes" in rows else [],
        "summary": ordered,
    }
    (out / f"{protocol}.json").write_text(json.dumps(record, indent=1) + "\n")
    found = {name: (v["gain"], *v["gain_interval_95"]) for name, v in titled.items() if name != title(NONE)}
    figure = plots.gains(found).update_layout(meta={"description": plots.describe_gains(found)})
    (out / f"{protocol}.plotly.json").write_text(figure.to_json() + "\n")
    lines = [f"{'':42} {'UA':>6}  {'gain over none':>22}  runs"]
    for name, v in titled.items():
        low, high = v["gain_interval_95"]
        gain = f"{100 * v['gain']:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"
        lines.append(f"{name:42} {100 * v['UA']:6.1f}  {gain:>22}  {v['runs']}")
    return "\n".join(lines)


def _sets(rows: pd.DataFrame) -> dict[str, Any]:
    """Means over runs of what was measured of the sets: information, and quality with what real data reaches; and the sum of
    the confusion matrices, rows true."""
    sets: dict[str, Any] = {"information": _mean(rows, INFORMATION)}
    sets["quality"] = _mean(rows, [f"{name}{end}" for name in MEASURES for end in ("", "_real")])
    counts = [json.loads(text) for text in rows.reindex(columns=[LATEST])[LATEST].dropna()]
    sets["confusion"] = np.sum(counts, axis=0).tolist() if len(counts) == len(rows) else []
    return {name: values for name, values in sets.items() if values}


def _mean(rows: pd.DataFrame, columns: Sequence[str]) -> dict[str, float]:
    means = rows.reindex(columns=columns).mean().dropna()
    return {str(name): round(float(value), 4) for name, value in means.items()}


def title(name: str) -> str:
    """An augmenter's or reference's name for people."""
    if name == NONE:
        return "None (logistic regression)"
    return name[0].upper() + name[1:] if name in REFERENCES else augmenter_named(name).title
