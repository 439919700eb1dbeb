"""What `python -m train sets` ends in: how well each measure of a set ranks sets by what they buy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sermi.outputs import write_atomic
from sermi.stats.intervals import Design
from train.comparison.set_study import CORPORA, FEATURE_DIM, N_FOLDS, PROTOCOL, RATIO, fingerprints

MEASURES: Mapping[str, tuple[str, int]] = {
    "information": ("I(c; ĥ), as much as can be", 1),
    "information_gap": ("I(c; ĥ) as near as can be to real's", -1),
    "sample_score": ("mean score of the samples", 1),
    "taught": ("UA when taught by it alone", 1),
    "frechet": ("Fréchet distance, low", -1),
    "precision": ("precision", 1),
    "recall": ("recall", 1),
    "density": ("density", 1),
    "coverage": ("coverage", 1),
    "two_sample": ("C2ST, low", -1),
}
"""By column: what it is, and whether more or less of it is to be better."""
INTERVAL = "95 %, Student's t over corpora, within which folds are averaged"


def summarise(rows: pd.DataFrame) -> dict[str, Any]:
    """Of the table of `set_study.run`.

    Returns:
        n_sets: how many sets there are, a recipe in a corpus being one. gain: mean, lowest and highest over sets.
        measures: of each, the Spearman correlation with the gain over a corpus's sets, mean of the corpora, its interval, by
        corpus; and the gain of the set that it would pick, less that of a set at random, with its interval.
    """
    sets = rows.groupby(["corpus", "recipe"], sort=False).mean(numeric_only=True).reset_index()
    design = Design.disjoint(sets["corpus"].nunique())
    summary = {}
    for name, (title, sign) in MEASURES.items():
        correlations, picks = {}, []
        for corpus, of_corpus in sets.groupby("corpus", sort=False):
            value = sign * of_corpus[name]
            correlations[str(corpus)] = round(float(value.corr(of_corpus["gain"], method="spearman")), 3)
            bought = of_corpus["gain"].to_numpy()
            picks.append(bought[int(value.to_numpy().argmax())] - bought.mean())
        over = pd.Series(correlations).to_numpy()
        picked = pd.Series(picks).to_numpy()
        summary[name] = {
            "title": title,
            "rank_correlation": round(float(over.mean()), 3),
            "interval_95": design.interval(over).ends(),
            "by_corpus": correlations,
            "picked_over_random": round(float(picked.mean()), 4),
            "picked_interval_95": design.interval(picked).ends(),
        }
    gains = sets["gain"]
    of_recipe = sets.groupby("recipe", sort=False)["gain"].mean()
    return {
        "n_sets": len(sets),
        "gain": {"mean": round(float(gains.mean()), 4), "lowest": float(gains.min()), "highest": float(gains.max())},
        "measures": summary,
        "gain_by_recipe": {str(name): round(float(gain), 4) for name, gain in of_recipe.items()},
    }


def write(rows: pd.DataFrame, path: Path, *, command: str) -> str:
    """Write the summary as JSON, and return the table as Markdown.

    Args:
        rows: of `set_study.run`.
        path: of the file.
        command: that made the rows.
    """
    record = {
        "protocol": PROTOCOL,
        "command": command,
        "interval": INTERVAL,
        "corpora": list(CORPORA),
        "folds": N_FOLDS,
        "feature_dim": FEATURE_DIM,
        "ratio": RATIO,
        **summarise(rows),
        "features": fingerprints(),
    }
    write_atomic(path, (json.dumps(record, indent=1, ensure_ascii=False) + "\n").encode())
    lines = [
        "| measure | rank correlation with the gain (95 %) | gain of its pick over a set at random (95 %) |",
        "|---|---|---|",
    ]
    lines += ["| " + " | ".join(cells(measure)) + " |" for measure in record["measures"].values()]
    return "\n".join(lines)


def cells(measure: Mapping[str, Any]) -> list[str]:
    """Of a measure's row."""
    low, high = measure["interval_95"]
    worse, better = (100 * end for end in measure["picked_interval_95"])
    return [
        measure["title"],
        f"{measure['rank_correlation']:+.2f} ({low:+.2f} to {high:+.2f})",
        f"{100 * measure['picked_over_random']:+.1f} ({worse:+.1f} to {better:+.1f})",
    ]
