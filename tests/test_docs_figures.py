"""Figures in README and docs/results.md are those of the files that they name."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from train.comparison import sampler_summary, set_study_summary
from train.comparison.report import summarise

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "docs" / "results"
PROTOCOLS = ("ravdess", "low-resource", "imbalance", "paired")
README_COLUMNS = ("none", "sermi-match", "sermi-maximise", "gaussian", "reference: shrinkage LDA")
ALPHAS = ("label-free", "0.0", "0.1", "1.0")


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def rows(document: str, header: str) -> list[list[str]]:
    """Cells of the table whose first line starts with `header`, without emphasis and links."""
    lines = (ROOT / document).read_text(encoding="utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(header))
    end = next(i for i in range(start, len(lines)) if not lines[i].startswith("|"))
    return [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in lines[start + 2 : end]]


def gain(values: dict[str, Any]) -> str:
    low, high = values["gain_interval_95"]
    return f"{100 * values['gain']:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


@pytest.fixture(scope="module")
def summaries() -> dict[str, dict[str, Any]]:
    return {name: read(RESULTS / "compare" / f"{name}.json")["summary"] for name in PROTOCOLS}


def test_the_table_of_the_readme(summaries):
    table = rows("README.md", "| RAVDESS, other speakers")
    for (_, *cells), protocol in zip(table, PROTOCOLS, strict=True):
        alone, *others = (summaries[protocol][name] for name in README_COLUMNS)
        assert cells == [f"{100 * alone['UA']:.1f}", *map(gain, others)]


def test_the_table_of_other_clips_of_an_actor():
    voices = read(RESULTS / "ravdess.json")["known_voices"]
    values, gains = rows("docs/results.md", "| other clips of the actor")
    assert values[1:] == [f"{100 * row['UA']:.1f}" for row in voices.values()]
    assert gains[2:] == [gain(row) for row in voices.values()][1:]


def test_the_line_of_compare_in_the_readme(summaries):
    values = summaries["ravdess"]["sermi-match"]
    seconds = values.get("tuning", {}).get("seconds", "")
    line = (
        f"{values['title']:42} {100 * values['UA']:6.1f}  {gain(values):>22}  {values['runs']:4}  {seconds:>9}".rstrip()
    )
    assert line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()


def test_the_table_of_gains(summaries):
    table = {name: cells for name, *cells in rows("docs/results.md", "| augmenter |")}
    for column, protocol in enumerate(PROTOCOLS):
        for name, values in summaries[protocol].items():
            expected = f"{100 * values['UA']:.1f}" + ("" if name == "none" else f", {gain(values)}")
            assert table[values["title"]][column] == expected
    assert len(table) == len(summaries["ravdess"])


@pytest.mark.parametrize(
    ("row", "name"), enumerate(("ravdess", "ravdess-whisper", "ravdess-mean", "leave-one-corpus-out"))
)
def test_the_table_of_protocols(row, name):
    result = read(RESULTS / f"{name}.json")
    low, high = (f"{100 * end:.1f}" for end in result["interval_95"]["UA"])
    _, cell, folds, _ = rows("docs/results.md", "| protocol |")[row]
    assert cell.replace("*", "") == f"{100 * result['mean']['UA']:.1f} (95 % {low} to {high})"
    by_fold = pd.DataFrame(result["runs"]).groupby("fold", sort=False)["UA"].mean() * 100
    assert not folds or re.findall(r"\d+\.\d", folds) == [f"{ua:.1f}" for ua in by_fold]


def checkpoint_cells(metrics: dict[str, Any]) -> list[str]:
    others, held_out, sure = (metrics[key] for key in ("other_speakers_and_corpora", "held_out_speakers", "sure"))
    pairs = held_out["label_matched_pairs"]["fused"]
    return [
        f"{100 * others['UA']:.1f} / {100 * others['ECE']:.1f}",
        f"{100 * held_out['audio']['UA']:.1f} / {100 * held_out['audio']['ECE']:.1f}",
        f"{100 * pairs['UA']:.1f}",
        f"{100 * sure['accuracy']:.1f} / {100 * sure['coverage']:.1f}",
    ]


def generator_cells(metrics: dict[str, Any]) -> dict[str, list[str]]:
    generators, table = metrics["generators"], {}
    for key in ("real", "match", "maximise", "off"):
        generated, side = generators["match" if key == "real" else key], "real" if key == "real" else "value"
        (low, high), value = generators[key]["information"]["interval"], generators[key]["information"]["value"]
        quality = {measure: scored[side] for measure, scored in generated["quality"].items()}
        judged = generated["verdict"]
        verdict = ["", "1"] if key == "real" else [judged["word"], f"{judged['headline']:.2f}"]
        table[key if key == "real" else f"MI {key}"] = [
            f"{value:.2f} ({low:.2f} to {high:.2f})",
            f"{generators[key]['pair_information_by_emotion']:.2f}",
            *verdict,
            f"{100 * quality['taught']:.1f}",
            *(f"{quality[measure]:.2f}" for measure in ("precision", "recall", "density", "coverage")),
            *(f"{quality[measure]:.2f}" for measure in ("spread_classes", "spread_voices", "spread_rest", "closeness")),
            f"{100 * quality['copies']:.0f}",
        ]
    return table


@pytest.mark.parametrize("name", ["open4", "open7", "open4-whisper"])
def test_the_tables_of_checkpoints(name):
    folder = ROOT / "checkpoints" / name
    if not folder.is_dir():
        pytest.skip("not trained yet")
    metrics = read(folder / "metrics.json")
    cells = next(cells for first, *cells in rows("docs/results.md", "| checkpoint |") if first == name)
    assert cells == checkpoint_cells(metrics)
    table = {first: cells for first, *cells in rows("docs/results.md", "| | I(c; h), nats")}
    for row, cells in generator_cells(metrics).items():
        assert table[f"{name}, {row}"] == cells


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


def difference(values: dict[str, Any], name: str) -> str:
    low, high = values["interval_95"]
    return f"{100 * values[name]:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


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


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_differences_and_what_they_show(summaries, protocol):
    """Level is claimed where the test of equivalence says so, and nowhere else."""
    titles = {values["title"].removeprefix("Reference: "): name for name, values in summaries[protocol].items()}
    table = rows("docs/results.md", "| difference, and what it shows |")
    assert len(table) == 6
    for pair, *cells in table:
        one, other = (titles[title] for title in pair.split(" - "))
        shown = summaries[protocol][one]["against"][other]
        low, high = (100 * end for end in shown["interval_95"])
        expected = f"{100 * shown['difference']:+.1f} ({low:+.1f} to {high:+.1f}), {shown['verdict']}"
        assert cells[PROTOCOLS.index(protocol)] == expected


@pytest.mark.parametrize(
    ("protocol", "label", "words"),
    [
        ("low-resource", "four actors", "by {lead:.1f} with four actors"),
        (
            "imbalance",
            "three classes cut to a tenth",
            "by {lead:.1f} with three classes cut, {gain} over real alone, {over} over the LDA",
        ),
    ],
)
def test_the_tables_of_twenty_splits(protocol, label, words):
    summary = read(RESULTS / "splits" / f"{protocol}.json")["summary"]
    by_title = {values["title"]: (name, values) for name, values in summary.items()}
    table = rows("docs/results.md", f"| 20 splits, {label} |")
    ours, others = (
        [values for name, values in summary.items() if name.startswith("sermi") == is_ours] for is_ours in (True, False)
    )
    best = max(ours, key=lambda values: values["UA"])
    sentence = words.format(
        lead=100 * (best["UA"] - max(values["UA"] for values in others)),
        gain=gain(best),
        over=difference(best["against"]["reference: shrinkage LDA"], "difference"),
    )
    assert sentence in re.sub(r"\s+", " ", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert [title for title, *_ in table] == sorted(by_title, key=lambda title: -by_title[title][1]["UA"])
    for title, *cells in table:
        name, values = by_title[title]
        expected = [f"{100 * values['UA']:.1f}", "" if name == "none" else gain(values)]
        if over := values.get("against", {}).get("reference: shrinkage LDA"):
            low, high = (100 * end for end in over["interval_95"])
            expected.append(f"{100 * over['difference']:+.1f} ({low:+.1f} to {high:+.1f}), {over['verdict']}")
        else:
            expected.append("")
        assert cells == [*expected, f"{values['tuning']['seconds']:.1f} s" if "tuning" in values else ""]


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*/*.csv")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_summaries_are_those_of_their_rows(path):
    recorded = read(path.with_suffix(".json"))["summary"]
    for name, values in summarise(pd.read_csv(path)).items():
        assert {key: recorded[name][key] for key in values} == values


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


def test_every_result_stands_beside_the_command_that_made_it():
    """As it is recorded in the file."""
    table = {
        cells[1].split("(")[1].rstrip(")"): cells[2]
        for cells in rows("docs/results/REPRODUCE.md", "| what |")
        if "(" in cells[1]
    }
    results = [path for path in RESULTS.rglob("*.json") if ".plotly." not in path.name]
    made = {path.relative_to(RESULTS).as_posix(): read(path)["command"] for path in results}
    assert {file: command for file, command in table.items() if file != "alignment.csv"} == {
        file: f"`{command}`" for file, command in made.items()
    }


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


def test_the_speed_of_a_prediction_is_that_of_the_last_run():
    lines = (RESULTS / "benchmarks.jsonl").read_text(encoding="utf-8").splitlines()
    *_, run = (record for record in map(json.loads, lines) if "times_faster" in record)
    expected = (
        f"{run['times_faster']} times faster than one forward pass of wav2vec2-base (idle machine, "
        f"{run['median_ms']['sermi_predict']:.0f} ms); "
        f"{run['context']} other clips of the voice add {run['context_adds_ms']} ms"
    )
    assert [figure for what, figure, *_ in rows("docs/results.md", "| what | figure |") if "3 s file" in what] == [
        expected
    ]
