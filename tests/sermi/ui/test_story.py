"""Every figure in the sentences of the walkthrough and of the summary stands in the tables."""

from __future__ import annotations

import json
import re
from html import escape

import pytest

from sermi import shipped
from sermi.generate import generate
from sermi.ui.evidence_summary import lines
from sermi.ui.explorer import verdict
from sermi.ui.sample_request import SampleRequest
from sermi.ui.walkthrough_print import MAX_BYTES, defaults, document
from sermi.ui.walkthrough_results import NO_HELP
from sermi.ui.walkthrough_steps import STEPS

NUMBER = re.compile(r"[+-]?\d+\.\d+")


@pytest.fixture(scope="module")
def tables():
    """Summaries of the comparisons by protocol; of new voices, with eight clips known."""
    folder = shipped.results_folder() / "compare"
    records = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json") if "plotly" not in path.name}
    summaries = {name: record["summary"] for name, record in records.items() if "summary" in record}
    return summaries | {"new-voice": records["new-voice"]["contexts"]["8"]["methods"]}


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


SETTINGS = ["ravdess", "low-resource", "imbalance", "paired", "new-voice"]


@pytest.mark.parametrize("protocol", SETTINGS)
def test_what_the_walkthrough_says_of_a_setting(engine, tables, protocol):
    summary = tables[protocol]
    scarce, better = STEPS[0].render(engine, protocol), STEPS[5].render(engine, protocol)
    assert round(100 * summary["none"]["UA"], 1) in written(scarce.sentence)
    assert written(better.sentence) == gains(summary, best_reference(summary))
    assert "<b>SERMI, MI matched</b>" in better.figure.data[0].y
    (line,) = (one.text for one in better.figure.layout.annotations)
    assert written(line) == [gains(summary, best_reference(summary))[3]]


@pytest.mark.parametrize("protocol", SETTINGS)
def test_what_is_said_to_who_speaks(engine, tables, protocol):
    summary = tables[protocol]
    none, ours, rival = (summary[name] for name in ("none", "sermi-match", best_reference(summary)))
    generated = [name for name in summary if name != "none" and not name.startswith(("reference", "sermi"))]
    other = max(generated, key=lambda name: summary[name]["UA"])
    scarce, better = STEPS[0].render(engine, protocol).notes, STEPS[5].render(engine, protocol).notes
    record = json.loads((shipped.results_folder() / "compare" / f"{protocol}.json").read_text())
    assert written(scarce) == [round(100 / len(record["classes"]), 1), round(100 * rival["UA"], 1)]
    lead = 100 * (ours["gain"] - rival["gain"])
    points = [100 * none["UA"], 100 * ours["UA"], abs(lead), 100 * summary[other]["gain"]]
    assert written(better) == [round(one, 1) for one in points]
    assert summary[other]["title"] in better
    low, high = ours["gain_interval_95"]
    assert ("do help here" in better) == (low > 0)
    assert ("don't claim a lead" in better) == (low <= rival["gain"] <= high)
    assert ("behind" in better) == (lead < 0)


def test_what_is_said_of_the_generator_and_of_information(engine):
    checkpoint = engine.explorer(engine.default).checkpoint
    measured = checkpoint.metrics["generators"]
    assert f"into {checkpoint.config.shape.feature_dim} numbers" in STEPS[1].render(engine, "all").sentence
    for name in engine.summary(engine.default).regularisers:
        pairs = [measured[one]["pair_information_by_emotion"] for one in ("real", name)]
        assert written(STEPS[2].render(engine, name).notes)[:2] == [round(value, 2) for value in pairs]
    step = STEPS[3].render(engine, 25)
    generated = generate(checkpoint, list(checkpoint.config.classes), 25, seed=0)
    assert written(step.sentence) == [round(100 * float((generated.score > 0).mean()), 1)]
    explorer, gauge = engine.explorer(engine.default), STEPS[4].render(engine, 1.0)
    of_samples = engine.information(SampleRequest(engine.default, explorer.classes, n=1))
    values = [explorer.real_information.value, of_samples.value, explorer.ceiling]
    assert written(gauge.notes) == [round(value, 2) for value in values]
    assert verdict(of_samples.value, values[0], values[2]).title in gauge.sentence


def test_all_slides_as_one_file_for_the_printer(engine):
    page = document(engine, defaults(engine))
    assert len(page) < MAX_BYTES
    assert page.count("<section>") == len(STEPS)
    assert not re.search(r"<(script|link|img) [^>]*(src|href)=", page.split("<body>")[1])
    for step, value in zip(STEPS, defaults(engine), strict=True):
        slide = step.render(engine, value)
        for text in (step.title, slide.sentence, slide.notes, slide.caption):
            assert escape(text) in page


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


def test_the_set_that_says_most_is_not_the_one_that_helps_most(engine):
    """As the tab Evidence says of every setting."""
    evidence = engine.evidence("open4")
    settings = [one for one in (*evidence.comparisons, *evidence.ablations) if one.keeps_sets]
    assert settings
    for one in settings:
        ways = [way for way in one.ways if way.generates and not way.partial and way.information is not None]
        most = max(ways, key=lambda way: way.information)
        assert most.name != max(ways, key=lambda way: way.gain).name
