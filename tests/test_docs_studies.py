"""Figures of the studies in docs/results.md are those of the files that they name."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from tests.docs_tables import RESULTS, ROOT, difference, read, rows
from train.comparison import sampler_summary, set_study_summary

CRITICS = (
    "last layer",
    "logistic, training speakers",
    "discriminant, training speakers",
    "logistic, speakers kept out",
)
ALPHAS = ("label-free", "0.0", "0.1", "1.0")


def test_the_table_of_impostors():
    """Every verdict is right, and real speech passes with every seed."""
    result = read(RESULTS / "impostors.json")
    assert result["right"] == f"{len(result['runs'])} of {len(result['runs'])}"
    by_set: dict[str, list[dict[str, Any]]] = {}
    for run in result["runs"]:
        by_set.setdefault(run["set"], []).append(run)
    table = {name: cells for name, *cells in rows("docs/results.md", "| set | verdict |")}
    assert list(table) == list(by_set)
    for name, runs in by_set.items():
        words = ", ".join(dict.fromkeys(run["word"] for run in runs))
        assert table[name] == [words, ", ".join(f"{run['headline']:.2f}" for run in runs), runs[0]["reason"]]


def test_the_table_of_stage_a():
    means = pd.read_csv(RESULTS / "alignment.csv", dtype={"alpha": str}).groupby("alpha").mean(numeric_only=True)
    table = rows("docs/results.md", "| | UA voice")
    for (_, *cells), alpha in zip(table, ALPHAS, strict=True):
        row = means.loc[alpha]
        assert cells == [
            *(f"{100 * row[f'UA_{side}']:.1f}" for side in ("audio", "text", "fused")),
            *(f"{row[name]:.2f}" for name in ("information", "pair_information")),
            *(f"{100 * row[f'within_share_{part}']:.0f}" for part in ("train", "test")),
        ]


def test_the_tables_of_scores():
    result = read(RESULTS / "scores.json")["checkpoints"]
    for critic, *cells in rows("docs/results.md", "| critic |"):
        of = [result[name]["all"][kind][critic] for kind in ("errors", "flipped labels") for name in result]
        beside = [f"; {difference(values, 'beside the last layer')}" for values in of]
        expected = [f"{100 * values['AUROC']:.1f}" for values in of]
        assert cells == [a + b if critic != "last layer" else a for a, b in zip(expected, beside, strict=True)]
    for what, *cells in rows("docs/results.md", "| kept by the last layer's score |"):
        name, generator = what.split(", MI ")
        kept = [
            row
            for row in result[name]["filtering"]
            if (row["generator"], row["critic"], row["way"]) == (generator, "last layer", "one threshold")
        ]
        assert cells == [f"{100 * row['random']:.1f}; {difference(row, 'difference')}" for row in kept]


def test_what_is_said_of_filters():
    result = read(RESULTS / "scores.json")["checkpoints"]
    text = re.sub(r"\s+", " ", (ROOT / "docs" / "results.md").read_text(encoding="utf-8"))
    shipped = [of["shipped"]["errors"]["logistic, speakers kept out"] for of in result.values()]
    assert f"an AUROC of {100 * shipped[0]:.0f} and {100 * shipped[1]:.0f}" in text
    filters = [row for of in result.values() for row in of["filtering"]]
    below = {critic: sum(row["interval_95"][1] < 0 for row in filters if row["critic"] == critic) for critic in CRITICS}
    layer, logistic, discriminant, kept_out = (below[critic] for critic in CRITICS)
    n = len(filters) // len(CRITICS)
    assert f"({logistic} and {discriminant} of {n} filters are below random by more than their interval" in text
    assert f"the last layer's {layer}), those of speakers kept out worse ({kept_out} of {n})" in text
    costs = {
        way: [
            -100 * row["difference"]
            for row in filters
            if (row["critic"], row["way"], row["share"]) == ("last layer", way, 0.25)
        ]
        for way in ("one threshold", "in each class")
    }
    least, most = (end(costs["one threshold"]) for end in (min, max))
    assert f"a quarter alone costs {least:.0f} to {most:.0f} UA" in text
    assert f"still up to {max(costs['in each class']):.0f}" in text


def test_the_table_of_words_left_out():
    summary = read(RESULTS / "words" / "left-out.json")["summary"]
    table = {name: cells for name, *cells in rows("docs/results.md", "| encoder and last layer |")}
    assert list(table) == list(summary)
    for name, by_corpus in summary.items():
        expected = []
        for corpus in ("meld", "goemotions"):
            values = by_corpus[corpus]
            low, high = values["interval_95"]["UA"]
            expected.append(f"{100 * values['UA']:.1f} ({100 * low:.1f} to {100 * high:.1f})")
            expected += [f"{100 * values[ece]:.1f}" for ece in ("ECE_own_temperature", "ECE_shipped_rule")]
        assert table[name] == expected


def test_the_figures_of_languages():
    measured = read(RESULTS / "words" / "languages.json")
    english, other, cost = measured["english"], measured["other"], measured["cost"]
    for words, *cells in rows("docs/results.md", "| English sentences, words |"):
        counts = [english[corpus][words] for corpus in ("meld", "goemotions")]
        assert cells == [f"{count['left_out']} of {count['n']:,}" for count in counts]
    text = re.sub(r"\s+", " ", (ROOT / "docs" / "results.md").read_text(encoding="utf-8"))
    for corpus, where in {
        "emodb": "in EmoDB",
        "nemo": "in nEMO",
        "emotts": "in EmotionTTS",
        "turev": "of TurEV",
    }.items():
        assert f"{other[corpus]['left_out']} of {other[corpus]['n']} {where}" in text
    assert f"{other['everyday']['left_out']} of {other['everyday']['n']} everyday sentences" in text
    assert f"takes {cost['load_s']:.1f} s and {cost['load_mb']} MB" in text


def test_the_table_of_samplers():
    record = read(RESULTS / "samplers.json")
    made = sampler_summary.summarise(pd.read_csv(RESULTS / "samplers.csv"))
    assert {key: record[key] for key in made} == made
    text = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    for line in sampler_summary.as_markdown(record).splitlines():
        assert line in text
    first = record["first"]
    assert f"is first in {first['sermi']}, plain Gaussians of each class in {first['gaussian']}" in text
    assert record["below_none"]["sermi"] == 0  # "is so in no cell"
    assert f"with MI matched it is in {record['below_none']['sermi-match']}." in text
    beside = [cell["ways"]["gaussian"]["sermi_interval_95"] for cell in record["cells"]]
    settled = [sum(low > 0 for low, _ in beside), sum(high <= 0 for _, high in beside)]
    assert settled == [1, 1]  # "two are settled, one for SERMI ... and one, of 0.4, against it"
    few = [cell["ways"] for cell in record["cells"] if cell["setting"] == "low-resource"]
    behind = [min(way["sermi_over_it"] for name, way in ways.items() if not name.startswith("sermi")) for ways in few]
    assert f"with four actors in {sum(lead > 0 for lead in behind)} of {len(few)}" in text
    assert sum(lead < -0.005 for lead in behind) == 1  # "within half a point of the best in all but one"
    rare = [cell["ways"] for cell in record["cells"] if cell["setting"] == "imbalance"]
    leads = [min(way["sermi_over_it"] for name, way in ways.items() if not name.startswith("sermi")) for ways in rare]
    assert f"Where classes are rare it is first in {sum(lead > 0 for lead in leads)} of {len(rare)}" in text
    assert all(ways["gaussian"]["sermi_over_it"] > -0.01 for ways in rare)  # "within a point of the Gaussians"


def test_the_table_of_what_tells_which_set_helps():
    record = read(RESULTS / "sets.json")
    made = set_study_summary.summarise(pd.read_csv(RESULTS / "sets.csv"))
    assert {key: record[key] for key in made} == made
    table = rows("docs/results.md", "| measure | rank correlation")
    assert table == [set_study_summary.cells(measure) for measure in record["measures"].values()]
    text = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    gains = record["gain"]
    assert (
        f"from {100 * gains['lowest']:.1f} to {100 * gains['highest']:+.1f} UA, mean {100 * gains['mean']:.1f}" in text
    )
    assert f"{record['n_sets']} generated sets" in text


def test_the_table_of_spaces():
    record = read(RESULTS / "spaces.json")
    columns = [
        ("none", 0), ("sermi-match", 0), ("reference: closed form", 0),
        ("sermi-match", 8), ("reference: closed form", 8), ("reference: speaker mean subtracted", 8),
    ]  # fmt: skip
    table = rows("docs/results.md", "| space | d |")
    assert len(table) == len(record["spaces"])
    for cells, space in zip(table, record["spaces"], strict=True):
        recalls = [f"{100 * space[f'{method}, {known}']:.1f}" for method, known in columns]
        expected = [record["titles"][space["kind"]], str(space["dim"]), *recalls]
        assert list(cells) == [*expected, space["verdict"], f"{space['headline']:.2f}"]
