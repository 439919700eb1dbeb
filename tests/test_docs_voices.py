"""Figures of voices never met, in README and docs/results.md, are those of the files that they name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.docs_tables import RESULTS, ROOT, read, rows

TITLES = {
    "ravdess": "RAVDESS",
    "emodb": "EmoDB",
    "nemo": "nEMO",
    "tess": "TESS",
    "savee": "SAVEE",
    "emotts": "EmotionTTS",
    "turev": "TurEV-DB",
}
OLDER = tuple(TITLES)[:4]
SETTINGS = ("layers", "feature_dim", "shrinkage", "interaction", "score_factor")
ENCODERS = {"new-voice": "", "new-voice-whisper": ", both encoders"}
"""Result -> what its tables are called in docs/results.md."""


def percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}"


def by_corpus(result: Mapping[str, Any], context: str) -> dict[str, float]:
    contexts = {run["fold"]: run["contexts"] for run in result["runs"]}
    return {name: contexts[name][context]["UA"] for name in TITLES if context in contexts[name]}


def context_rows(result: Mapping[str, Any]) -> list[list[str]]:
    """By how much is known of the voice."""
    table = []
    for name, values in result["contexts"].items():
        older = [by_corpus(result, name).get(corpus) for corpus in OLDER]
        (low, high), (least, most) = values["interval_95"], values["gain_interval_95"]
        sure, known = values.get("sure", {}), name != "0"
        gained = f"{100 * values['gain']:+.1f} ({100 * least:+.1f} to {100 * most:+.1f})"
        table.append(
            [
                name.replace(" neutral", ", known to be neutral") if known else "none",
                f"{percent(values['UA'])} ({percent(low)} to {percent(high)})",
                gained if known else "",
                "" if None in older else percent(sum(older) / len(older)),
                percent(values["ECE"]),
                percent(values.get("alone")) if known else "",
                " / ".join(percent(sure[key]) for key in ("coverage", "accuracy", "ECE") if sure),
            ]
        )
    return table


def corpus_rows(result: Mapping[str, Any]) -> list[list[str]]:
    """By corpus that was left out."""
    tables = [by_corpus(result, name) for name in result["contexts"]]
    return [[title, *(percent(table.get(name)) for table in tables)] for name, title in TITLES.items()]


def temperatures(chosen: Mapping[str, Any]) -> str:
    """By number of clips, those whose emotion is known apart."""
    kinds = (chosen["values"], chosen.get("known_values", ()))
    return "; ".join(", ".join(f"{value:.1f}" for value in kind) for kind in kinds if kind)


def chosen_rows(result: Mapping[str, Any]) -> list[list[str]]:
    """What was chosen for each corpus that was left out."""
    runs, table = {run["fold"]: run for run in result["runs"]}, []
    for corpus, title in TITLES.items():
        run = runs[corpus]
        chosen, fit_test = run["chosen"], run["fit_test"]
        table.append(
            [
                title,
                f"{run['contexts']['0']['speakers']}",
                percent(run["inner_UA"]),
                ", ".join(f"{value}" for value in (*(chosen[name] for name in SETTINGS), *chosen["shifts"].values())),
                temperatures(run["temperatures"]),
                f"{100 * fit_test['one_voice_rejected']:.0f}",
                f"{100 * fit_test['mixture_rejected']:.0f}",
            ]
        )
    return table


TABLES = {
    "| other clips of the voice{} |": context_rows,
    "| UA when left out{} |": corpus_rows,
    "| corpus left out{} |": chosen_rows,
}


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("header", TABLES)
def test_tables_of_new_voices(name, header):
    if not (RESULTS / f"{name}.json").is_file():
        pytest.skip("not measured yet")
    result = read(RESULTS / f"{name}.json")
    assert rows("docs/results.md", header.format(ENCODERS[name])) == TABLES[header](result)


def readme_figures(result: Mapping[str, Any]) -> str:
    """UA with one sentence, with eight others and with three neutral ones."""
    one, eight, neutral = (percent(result["contexts"][name]["UA"]) for name in ("0", "8", "3 neutral"))
    return (
        f"{one} UA from one sentence, {eight} with eight others of the voice, {neutral} with three known to be neutral"
    )


@pytest.mark.parametrize("name", ENCODERS)
def test_the_readme_leads_with_them(name):
    if not (RESULTS / f"{name}.json").is_file():
        pytest.skip("not measured yet")
    result = read(RESULTS / f"{name}.json")
    text = re.sub(r"\s+", " ", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert readme_figures(result) in text
    if not ENCODERS[name]:
        assert f"**ECE** of {percent(result['contexts']['0']['ECE'])} (" in text
        assert f"it reaches {percent(read(RESULTS / 'ravdess-mean.json')['mean']['UA'])} UA." in text
    else:
        assert f"({percent(result['contexts']['0']['ECE'])} with Whisper)" in text
