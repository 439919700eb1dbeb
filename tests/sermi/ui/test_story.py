"""Every figure in the sentences of the walkthrough and of the summary stands in the tables."""

from __future__ import annotations

import json
import re

import pytest

from sermi import shipped
from sermi.ui.evidence_summary import lines
from sermi.ui.walkthrough_steps import NO_HELP, STEPS

NUMBER = re.compile(r"[+-]?\d+\.\d")


@pytest.fixture(scope="module")
def tables():
    """Summaries of the comparisons by protocol, of which those of voices have none."""
    folder = shipped.results_folder() / "compare"
    records = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json") if "plotly" not in path.name}
    return {name: record["summary"] for name, record in records.items() if "summary" in record}


def written(sentence: str) -> list[float]:
    return [float(number) for number in NUMBER.findall(sentence)]


def gains(summary: dict, rival: str) -> list[float]:
    ours, of_rival = summary["sermi-match"], summary[rival]
    low, high = ours["gain_interval_95"]
    return [round(100 * value, 1) for value in (ours["gain"], low, high, of_rival["gain"])]


def best_reference(summary: dict) -> str:
    return max(
        (name for name in summary if name == "none" or name.startswith("reference")),
        key=lambda name: summary[name]["UA"],
    )


@pytest.mark.parametrize("protocol", ["ravdess", "low-resource", "imbalance", "paired"])
def test_what_the_walkthrough_says_of_a_setting(engine, tables, protocol):
    summary = tables[protocol]
    scarce, better = STEPS[0].render(engine, protocol), STEPS[5].render(engine, protocol)
    assert round(100 * summary["none"]["UA"], 1) in written(scarce.sentence)
    assert written(better.sentence) == gains(summary, best_reference(summary))
    assert "<b>SERMI, MI matched</b>" in better.figure.data[0].y


def test_the_win_and_where_there_is_none(engine, tables):
    summaries = {name: gains(summary, best_reference(summary)) for name, summary in tables.items()}
    most = max(summaries, key=lambda name: summaries[name][0])
    assert STEPS[5].control(engine, "any").value == most
    least = min(summaries, key=lambda name: summaries[name][0] - summaries[name][3])
    no_help = STEPS[6].render(engine, NO_HELP).sentence
    assert written(no_help) == summaries[least]
    assert ("less than" in no_help) == (summaries[least][0] < summaries[least][3])
    first, *others = lines(engine.evidence("open4"))
    assert [written(line) for line in others] == [summaries[most], summaries[least]]
    contexts = json.loads((shipped.results_folder() / "new-voice.json").read_text())["contexts"]
    assert written(first) == [round(100 * contexts[n]["UA"], 1) for n in ("0", "8")]
