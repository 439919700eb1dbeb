"""The result of a comparison as JSON, a table in words and a plotly figure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd

from sermi import outputs, plots
from sermi.errors import SermiError
from sermi.quality import MEASURES
from sermi.stats.intervals import MARGIN, Design, Verdict
from train.comparison.augmenters import NONE, AugmenterSpec
from train.comparison.augmenters.gaussian import Gaussian
from train.comparison.references import REFERENCES

AGAINST = (NONE, "reference: balanced logistic regression", "reference: shrinkage LDA", Gaussian.name)
"""What every other is paired with."""
INTERVAL = (
    "95 %, Student's t over folds or splits, of which seeds are averaged, corrected for the speakers that splits share "
    "(Nadeau and Bengio 2003); gains are paired; level: within the margin by two one-sided tests at 5 %"
)
_WORDS = {verdict: verdict for verdict in get_args(Verdict)} | {
    "level": f"level, within {100 * MARGIN:.0f} point",
    "open": "not settled",
}
INFORMATION = ("information", "text_information", "pair_information", "pair_information_by_emotion")
"""Columns of `train.comparison.measures`, in nats."""


def write_report(
    protocol: str, rows: pd.DataFrame, out: Path, *, command: str, features: Mapping[str, Any] | None = None
) -> str:
    """Write `protocol`.json and `protocol`.plotly.json into `out`, and return the table as text.

    Args:
        protocol: Of the comparison.
        rows: The table of `compare`.
        out: Folder of both files.
        command: What made the table.
        features: What its features depend on, and were made with.
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
        "interval": INTERVAL,
        "margin": MARGIN,
        "n_train": round(float(rows.loc[rows["augmenter"] == NONE, "n_train"].mean()), 1),
        "classes": str(rows["classes"].iloc[0]).split() if "classes" in rows else [],
        **(features or {}),
        "summary": summary,
    }
    outputs.write_atomic(out / f"{protocol}.json", (json.dumps(record, indent=1) + "\n").encode())
    gains = {v["title"]: (v["gain"], *v["gain_interval_95"]) for name, v in summary.items() if name != NONE}
    figure = plots.gains(gains).update_layout(meta={"description": plots.describe_gains(gains)})
    outputs.write_atomic(out / f"{protocol}.plotly.json", (figure.to_json() + "\n").encode())
    return _as_text(summary)


def summarise(rows: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Mean UA of each augmenter and its paired differences to `none` and to the others of `AGAINST`, with 95 % intervals.

    Seeds are averaged within their fold, since they are no new speakers, and folds are related by whom they test: the column
    `tested`, without which no fold tests a speaker of another. Raises SermiError for a table without `none`.
    """
    table = rows.pivot_table(index="fold", columns="augmenter", values="UA")
    if NONE not in table:
        raise SermiError("The table has no row of `none`; run `compare` again to fill it.")
    tested = _tested(rows)
    runs = rows.groupby("augmenter")["UA"].count()
    summary = {}
    for name in table.columns:
        alone = table[name].dropna()
        gain = _difference(table, str(name), NONE, tested)
        summary[str(name)] = {
            "UA": round(float(alone.mean()), 4),
            "interval_95": _design(alone, tested).interval(alone.to_numpy()).ends(0.0),
            "gain": gain["difference"],
            "gain_interval_95": gain["interval_95"],
            "verdict": gain["verdict"],
            "against": {
                other: _difference(table, str(name), other, tested)
                for other in AGAINST
                if other in table and other != name
            },
            "runs": int(runs[name]),
        }
    return summary


def difference_of(rows: pd.DataFrame, name: str, other: str) -> dict[str, Any]:
    """As `summarise` has it, of any two augmenters."""
    return _difference(rows.pivot_table(index="fold", columns="augmenter", values="UA"), name, other, _tested(rows))


def _tested(rows: pd.DataFrame) -> dict[str, set[str]]:
    """Fold -> the speakers that it tests."""
    if "tested" not in rows:
        return {fold: {fold} for fold in rows["fold"].unique()}
    return {str(fold): set(str(group.iloc[0]).split()) for fold, group in rows.groupby("fold")["tested"]}


def _design(values: pd.Series, tested: Mapping[str, set[str]]) -> Design:
    return Design.of([tested[fold] for fold in values.index])


def _difference(table: pd.DataFrame, name: str, other: str, tested: Mapping[str, set[str]]) -> dict[str, Any]:
    """How much better an augmenter is than another, over the folds that have both, and what that shows."""
    paired = (table[name] - table[other]).dropna()
    design, values = _design(paired, tested), paired.to_numpy()
    return {
        "difference": round(float(values.mean()), 4),
        "interval_95": design.interval(values).ends(),
        "verdict": design.verdict(values),
    }


def _set_measures(rows: pd.DataFrame) -> dict[str, Any]:
    """Means over runs of what was measured of the sets: information, and quality with what real data reaches; and the sum of
    the confusion matrices, rows true."""
    values: dict[str, Any] = {"information": _means(rows, INFORMATION)}
    values["quality"] = _means(rows, [f"{name}{end}" for name in MEASURES for end in ("", "_real")])
    counts = [json.loads(text) for text in rows["confusion"].dropna()] if "confusion" in rows else []
    values["tuning"] = _tuning(rows)
    values["confusion"] = np.sum(counts, axis=0).tolist() if len(counts) == len(rows) else []
    return {name: value for name, value in values.items() if value}


def _tuning(rows: pd.DataFrame) -> dict[str, Any]:
    """Seconds of one core that a fold's choices took, and the shares of folds in which a grid was widened, and in which a
    choice lies where nothing further out was left to try."""
    if "tuning_s" not in rows or rows["tuning_s"].isna().all():
        return {}
    by_fold = rows.drop_duplicates(["fold", "tuning_s", "chosen"])
    edges = by_fold["at_edge"].fillna("").str.split()
    axes = sorted({axis for one in edges for axis in one})
    return {
        "seconds": round(float(by_fold["tuning_s"].mean()), 1),
        "widened": round(float((by_fold["widened"] != "{}").mean()), 3),
        "at_edge": {axis: round(sum(axis in one for one in edges) / len(edges), 3) for axis in axes},
    }


def _means(rows: pd.DataFrame, columns: Sequence[str]) -> dict[str, float]:
    means = rows.reindex(columns=list(columns)).mean().dropna()
    return {str(name): round(float(value), 4) for name, value in means.items()}


def _as_text(summary: Mapping[str, Mapping[str, Any]]) -> str:
    """A line for each augmenter, UA and gains in points, and the seconds that tuning took in a fold."""
    lines = [f"{'':42} {'UA':>6}  {'gain over none':>22}  runs  tuning, s"]
    for values in summary.values():
        low, high = values["gain_interval_95"]
        gain = f"{100 * values['gain']:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"
        seconds = values.get("tuning", {}).get("seconds", "")
        lines.append(
            f"{values['title']:42} {100 * values['UA']:6.1f}  {gain:>22}  {values['runs']:4}  {seconds:>9}".rstrip()
        )
    return "\n".join([*lines, *_settled(summary)])


def _settled(summary: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What the differences between augmenters show, a paragraph for each of `AGAINST`."""
    lines = []
    for other in (name for name in AGAINST if name in summary):
        shown: dict[str, list[str]] = {}
        for values in summary.values():
            if other in values["against"]:
                shown.setdefault(values["against"][other]["verdict"], []).append(values["title"])
        lines += ["", f"beside: {summary[other]['title']}"]
        lines += [
            f"  {_WORDS[verdict]}: {'; '.join(shown[verdict])}" for verdict in get_args(Verdict) if verdict in shown
        ]
    return lines


def title(name: str) -> str:
    """An augmenter's or reference's name for people."""
    return name[0].upper() + name[1:] if name in REFERENCES else AugmenterSpec.parse(name).title
