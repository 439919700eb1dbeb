"""Figures of recogniser, comparisons and checkpoints in README and docs/results.md are those of the files that they name."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import pytest

from tests.docs_tables import RESULTS, ROOT, difference, gain, read, rows
from train.comparison.report import difference_of, summarise

PROTOCOLS = ("ravdess", "low-resource", "imbalance", "paired")
README_COLUMNS = ("none", "sermi-match", "sermi-maximise", "gaussian", "reference: shrinkage LDA")


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


def aims_of_generators(metrics: dict[str, Any]) -> dict[str, list[str]]:
    """Where each generator stands by its aims."""
    table = {}
    for key in ("match", "maximise", "off"):
        quality = metrics["generators"][key]["quality"]
        ratios = [
            quality[name]["value"] / quality[name]["real"] for name in ("precision", "recall", "density", "coverage")
        ]
        carried, real = (metrics["generators"][of]["information"]["value"] for of in (key, "real"))
        tests = [quality[name] for name in ("two_sample", "two_sample_mlp", "two_sample_neighbours")]
        apart, spread = max(test["value"] - test["real"] for test in tests), quality["spread_classes"]["value"]
        beyond = quality["beyond"]["value"]
        cells = [
            (f"{min(ratios):.2f}", min(ratios) >= 0.8),
            (f"{max(ratios):.2f}", max(ratios) <= 1.25),
            (f"{100 * (carried / real - 1):+.0f}", abs(carried / real - 1) <= 0.1),
            (f"{spread:.2f}", abs(spread - 1) <= 0.15),
            (f"{apart:+.2f}", apart <= 0.05),
            (f"{100 * beyond:.2f}", beyond < 0.01),
        ]
        table[f"MI {key}"] = [cell if reached else f"{cell}, missed" for cell, reached in cells]
    return table


@pytest.mark.parametrize("name", ["open4", "open7", "open4-whisper"])
def test_the_aims_of_generators(name):
    table = {first: cells for first, *cells in rows("docs/results.md", "| aim, and where each stands |")}
    for row, cells in aims_of_generators(read(ROOT / "checkpoints" / name / "metrics.json")).items():
        assert table[f"{name}, {row}"] == cells


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


def kinds_of_last_layers(report):
    """UA of each kind on what is left out, and what it gains over the best of the simpler ones."""
    cells = [f"{100 * report['options'][0]['UA']:.1f}"]
    for kind in report["kinds"]:
        best, (low, high) = kind["best"], (100 * end for end in kind["interval_95"])
        how = f"{best['ratio']} times `{best['regulariser']}`: " if best["regulariser"] else ""
        cells.append(f"{how}{100 * best['UA']:.1f}, {100 * kind['gain']:+.1f} ({low:+.1f} to {high:+.1f})")
    return cells


@pytest.mark.parametrize("name", ["open4", "open7", "open4-whisper"])
def test_what_generated_features_buy_the_last_layers_that_ship(name):
    report = read(ROOT / "checkpoints" / name / "metrics.json")["last_layer"]
    assert report["chosen"] == {"regulariser": None, "ratio": 0, "penalty": 0}
    table = {first: cells for first, *cells in rows("docs/results.md", "| last layer | discriminant")}
    assert table[name] == kinds_of_last_layers(report)


def test_what_stage_c_is_worth_where_it_had_no_part_in_the_choice():
    text = re.sub(r"\s+", " ", (ROOT / "docs" / "results.md").read_text(encoding="utf-8"))
    result = read(RESULTS / "last-layers.json")
    means = result["mean"]
    assert all(run["chosen"]["penalty"] == 0 for run in result["runs"])
    assert f"keeps the discriminant every time: {100 * means['discriminant']['UA']:.1f} UA" in text
    for kind, before in (("logistic", "on the other corpora has"), ("generated", "with generated features")):
        low, high = (100 * end for end in means[kind]["interval_95"])
        assert f"{before} {100 * means[kind]['UA']:.1f} " in text
        assert (
            f"({100 * means[kind]['gain']:+.1f}, {'95 % ' if kind == 'logistic' else ''}{low:+.1f} to {high:+.1f}"
            in text
        )


def test_matched_generators_reach_every_aim():
    for name in ("open4", "open7", "open4-whisper"):
        assert "missed" not in " ".join(
            aims_of_generators(read(ROOT / "checkpoints" / name / "metrics.json"))["MI match"]
        )


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


def test_who_leads_in_the_readme(summaries):
    """By how much the best of SERMI is ahead of, or behind, the best of the others."""
    text = re.sub(r"[\s*]+", " ", (ROOT / "README.md").read_text(encoding="utf-8"))
    leads = {}
    for protocol in PROTOCOLS:
        ours, others = (
            max(values["UA"] for name, values in summaries[protocol].items() if name.startswith("sermi") == is_ours)
            for is_ours in (True, False)
        )
        leads[protocol] = f"{100 * abs(ours - others):.1f}"
        assert (ours > others) == (protocol != "ravdess")
    lda = "reference: shrinkage LDA"
    over = difference(summaries["imbalance"]["sermi-match"]["against"][lda], "difference")
    behind = summaries["ravdess"]["sermi-match"]["against"]
    for claim in (
        f"by {leads['low-resource']} with four actors and by {leads['imbalance']} with three classes cut",
        f"{over} over the LDA",
        f"plain Gaussians are {leads['ravdess']} ahead of it, and the LDA {-100 * behind[lda]['difference']:.1f}",
    ):
        assert claim in text
    gained = [
        100 * summary[name]["gain"] for summary in summaries.values() for name in ("sermi-match", "sermi-maximise")
    ]
    assert f"By {min(gained):.0f} to {max(gained):.0f} points of recall" in text
    words = [summaries["paired"][name]["UA"] for name in README_COLUMNS[1:]]
    assert f"With words all are within {100 * (max(words) - min(words)):.1f}." in text
    for protocol in PROTOCOLS:
        assert summaries[protocol]["sermi-match"]["against"][lda]["verdict"] == "open"
        assert summaries[protocol]["sermi-match"]["against"]["gaussian"]["verdict"] == "open"


def test_what_maximising_gains_over_none_of_it():
    text = re.sub(r"\s+", " ", (ROOT / "docs" / "results.md").read_text(encoding="utf-8"))
    differences = []
    for protocol in PROTOCOLS:
        ua = 100 * pd.read_csv(RESULTS / "compare" / f"{protocol}.csv").groupby("augmenter")["UA"].mean()
        differences.append(f"{ua['sermi-maximise'] - ua['cgan']:+.1f} on `{protocol}`")
    assert f"against λ = 0 is {', '.join(differences)}" in text


def test_the_table_of_what_information_and_voices_are_worth():
    made = pd.read_csv(RESULTS / "choices" / "low-resource.csv")
    names = {
        "MI maximised": ("sermi-maximise", "sermi-maximise:voices=false"),
        "MI matched": ("sermi-match", "sermi-match:voices=false"),
        "λ = 0": ("cgan:voices=true", "cgan"),
    }
    pairs = {
        f"{one} - λ = 0, {where}": (names[one][place], names["λ = 0"][place])
        for place, where in enumerate(("with voices", "without"))
        for one in ("MI maximised", "MI matched")
    } | {f"with voices - without, {one}": both for one, both in names.items()}
    expected = []
    for what, both in pairs.items():
        shown = difference_of(made, *both)
        low, high = (100 * end for end in shown["interval_95"])
        expected.append([what, f"{100 * shown['difference']:+.1f} ({low:+.1f} to {high:+.1f}), {shown['verdict']}"])
    assert [list(row) for row in rows("docs/results.md", "| four actors: difference |")] == expected
    shared = ["none", "cgan", "sermi-match", "sermi-maximise"]  # rows of the comparison stand in both
    compared = pd.read_csv(RESULTS / "compare" / "low-resource.csv")
    here, there = (
        table[table["augmenter"].isin(shared)].set_index(["augmenter", "fold"])["UA"].sort_index()
        for table in (made, compared)
    )
    assert here.equals(there)


def test_how_far_what_gains_most_lies_from_real_speech(summaries):
    text = re.sub(r"\s+", " ", (ROOT / "docs" / "results.md").read_text(encoding="utf-8"))
    coverage = {}
    for protocol in PROTOCOLS:
        quality = summaries[protocol]["sermi-match"]["quality"]
        coverage[protocol] = [f"{quality[name]:.2f}" for name in ("coverage", "coverage_real")]
    assert coverage["ravdess"] == coverage["paired"]
    (ours, real), four, cut = (coverage[protocol] for protocol in ("ravdess", "low-resource", "imbalance"))
    assert f"coverage by MI matched is {ours}, where other real speech has {real}; with four actors" in text
    assert f"with four actors {four[0]} for {four[1]}, where three classes are cut {cut[0]} for {cut[1]}." in text


def test_how_often_matching_left_the_base_as_it_is():
    text = re.sub(r"\s+", " ", (ROOT / "docs" / "results.md").read_text(encoding="utf-8"))
    counts = []
    for protocol in PROTOCOLS:
        chosen = pd.read_csv(RESULTS / "compare" / f"{protocol}.csv").query("augmenter == 'sermi-match'")["chosen"]
        counts.append(f"{chosen.str.contains('base_spread').sum()} of {len(chosen)}")
    first, *others = (f"{count} of `{protocol}`" for count, protocol in zip(counts, PROTOCOLS, strict=True))
    assert ", ".join([first.replace(" of `", " splits of `"), *others]) in text


def test_the_table_of_what_tuning_takes(summaries):
    table = {name: cells for name, *cells in rows("docs/results.md", "| tuning, seconds a split |")}
    for column, protocol in enumerate(PROTOCOLS):
        for values in summaries[protocol].values():
            seconds = f"{values['tuning']['seconds']:.1f}" if "tuning" in values else ""
            assert table[values["title"]][column] == seconds


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*/*.csv")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_summaries_are_those_of_their_rows(path):
    recorded = read(path.with_suffix(".json"))["summary"]
    for name, values in summarise(pd.read_csv(path)).items():
        assert {key: recorded[name][key] for key in values} == values


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
