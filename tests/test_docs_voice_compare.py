"""Figures of a voice's own last layer, in docs/results.md, are those of the files that they name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.docs_tables import RESULTS, ROOT, read, rows
from tests.test_docs_voices import TITLES, percent

HEADERS = {"new-voice": "| known clips of the voice |", "few-labels": "| known clips of each emotion of the voice |"}
AT = {"new-voice": "8", "few-labels": "2 a class"}
ORDER = ("none", "augmenter", "sermi", "reference")
"""Families."""


def result(protocol: str) -> Any:
    path = RESULTS / "compare" / f"{protocol}.json"
    if not path.is_file():
        pytest.skip("not measured yet")
    return read(path)


def signed(values: Mapping[str, Any], name: str, ends: str) -> str:
    low, high = values[ends]
    return f"{100 * values[name]:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


def method_rows(record: Mapping[str, Any]) -> list[list[str]]:
    """By method, UA and gain with each number of clips."""
    contexts = record["contexts"]
    names = {name: values for context in contexts.values() for name, values in context["methods"].items()}
    table = []
    for family in ORDER:
        for name in (one for one, values in names.items() if values["family"] == family):
            cells = []
            for context in contexts.values():
                values = context["methods"].get(name)
                if values is None:
                    cells.append("")
                else:
                    gain = f", {signed(values, 'gain', 'gain_interval_95')}" if "gain" in values else ""
                    cells.append(percent(values["UA"]) + gain)
            table.append([names[name]["title"], *cells])
    return table


def corpus_rows(record: Mapping[str, Any], known: str) -> list[list[str]]:
    """By method, UA of each corpus that was left out."""
    context = record["contexts"][known]
    return [
        [values["title"], *(percent(values["by_corpus"].get(corpus)) for corpus in TITLES)]
        for values in context["methods"].values()
    ]


def beside_rows(record: Mapping[str, Any]) -> list[list[str]]:
    """SERMI less the best of the others."""
    return [
        [
            known,
            context["methods"][name]["title"],
            context["methods"][values["best"]]["title"],
            signed(values, "difference", "interval_95"),
            signed(values, "difference", "interval_95_corpora"),
            values["verdict"],
        ]
        for known, context in record["contexts"].items()
        for name, families in context["beside"].items()
        for values in families.values()
    ]


def aim_rows(record: Mapping[str, Any]) -> list[list[str]]:
    """What was aimed at."""
    titles = record["contexts"][AT[record["protocol"].removeprefix("compare ")]]["methods"]
    return [
        [aim["what"], titles[aim["method"]]["title"], f"{100 * aim['value']:+.1f}", "yes" if aim["reached"] else "no"]
        for aim in record["aims"]
    ]


@pytest.mark.parametrize("protocol", HEADERS)
def test_tables_of_a_voices_own_last_layer(protocol):
    record = result(protocol)
    assert rows("docs/results.md", HEADERS[protocol]) == method_rows(record)
    assert rows("docs/results.md", f"| UA by corpus, {AT[protocol]} |") == corpus_rows(record, AT[protocol])
    assert rows("docs/results.md", f"| {protocol}: SERMI less the best other |") == beside_rows(record)
    assert rows("docs/results.md", f"| {protocol}: aim |") == aim_rows(record)


def test_what_is_said_of_ways_that_use_the_same_clips():
    contexts = result("new-voice")["contexts"]
    text = re.sub(r"\s+", " ", (ROOT / "docs" / "results.md").read_text(encoding="utf-8"))
    beside = {known: context["beside"]["sermi-maximise"]["reference"] for known, context in contexts.items()}
    best = {known: contexts[known]["methods"][values["best"]]["title"] for known, values in beside.items()}
    assert (best["3"], best["8"], best["20"]) == ("Voice offset subtracted", *2 * ("Voice model, closed form",))
    behind = {known: f"{-100 * values['difference']:.1f}" for known, values in beside.items()}
    methods = contexts["8"]["methods"]
    mean = 100 * (methods["reference: speaker mean subtracted"]["UA"] - methods["sermi-maximise"]["UA"])
    assert {beside[known]["verdict"] for known in ("8", "20")} == {"open"}
    assert f"({behind['8']} behind the closed form, open; {mean:.1f} behind the speaker's mean subtracted)" in text
    assert f"{behind['20']} behind the closed form with 20 (open) and {behind['3']} behind the voice's offset" in text
    alone = {way: -100 * contexts["0"]["methods"][f"sermi-{way}"]["gain"] for way in ("maximise", "match")}
    assert f"UA is {alone['maximise']:.1f} (maximised) and {alone['match']:.1f} (matched) lower" in text
    chosen = [run["chosen"]["8"]["sermi-match"].get("centred") for run in result("new-voice")["runs"]]
    assert f"in {chosen.count('mean')} of {len(chosen)} choices" in text


def test_what_is_said_of_clips_with_labels():
    contexts = result("few-labels")["contexts"]
    text = re.sub(r"\s+", " ", (ROOT / "docs" / "results.md").read_text(encoding="utf-8"))
    two, five = (contexts[known]["beside"]["sermi-maximise"] for known in ("2 a class", "5 a class"))
    lead = [100 * beside["augmenter"]["difference"] for beside in (two, five)]
    assert f"by {lead[0]:.1f} with two clips of each emotion (open) and by {lead[1]:.1f} with five" in text
    beside = [one["reference"] for one in (two, five)]
    assert {one["best"] for one in beside} == {"reference: speaker mean subtracted"}
    behind, ahead = (100 * sign * one["difference"] for sign, one in zip((-1, 1), beside, strict=True))
    assert f"it is {behind:.1f} behind with two (open) and {ahead:.1f} ahead with five" in text
    closed = [contexts[known]["methods"]["reference: closed form"]["gain"] for known in ("2 a class", "5 a class")]
    assert f"the closed form, gains {100 * closed[0]:.0f} and {100 * closed[1]:.0f} points" in text
