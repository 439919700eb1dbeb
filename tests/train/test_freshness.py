"""Which committed results are older than the code that their features depend on, and that the docs say so of each."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sermi.errors import SermiError
from sermi.frontend import FrontendConfig
from train import fingerprints, freshness
from train.comparison import tasks
from train.reproduce import RESULTS as REPRODUCED

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "docs" / "results"
WITHOUT_FEATURES = {"words/languages.json"}
"""Of texts alone, with an installed detector."""


def committed():
    """Files that hold a result, as they are called in the folder of results."""
    files = [path.relative_to(RESULTS).as_posix() for path in RESULTS.rglob("*.json")]
    return sorted({name for name in files if ".plotly." not in name} - WITHOUT_FEATURES | {"alignment.csv"})


def called_older():
    """Files that docs/results.md calls older than the code."""
    text = re.sub(r"\s+", " ", (ROOT / "docs" / "results.md").read_text(encoding="utf-8"))
    sentence = re.search(r"Older than the code that their features depend on: (.*?)\. ", text)
    return sorted(re.findall(r"\(results/([^)]+)\)", sentence[1])) if sentence else []


def test_results_that_are_older_than_the_code_are_called_so_in_the_docs():
    ages = {}
    for name in committed():
        try:
            ages[name] = freshness.older(RESULTS / name)
        except SermiError:  # of an encoder that isn't here
            ages[name] = [freshness.UNKNOWN] if name in called_older() else []
    assert sorted(name for name, parts in ages.items() if parts) == called_older(), ages


def test_every_committed_result_is_one_that_reproduce_makes():
    assert set(committed()) == {result.file for result in REPRODUCED}


@pytest.fixture
def result(tmp_path):
    """A comparison as it would be reported today."""
    path = tmp_path / "ravdess.json"
    path.write_text(json.dumps({"protocol": "ravdess", **tasks.described("ravdess", n_splits=20)}))
    return path


def changed(path, **values):
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    return path


def test_what_was_made_by_todays_code_is_not_older(result):
    assert freshness.older(result) == []


@pytest.mark.parametrize("part", ["front end", "code", "folds", "options"])
def test_it_is_older_in_the_part_that_changed(result, part):
    then = json.loads(result.read_text())["features"]
    assert freshness.older(changed(result, features=then | {part: "what it was"})) == [part]


def test_folds_and_front_ends_are_parts(result):
    splits = tasks.fingerprints("ravdess", n_splits=20)
    folds = tasks.fingerprints("ravdess")
    means = tasks.fingerprints("ravdess", tasks.TaskConfig(FrontendConfig()), 20)
    assert {part for part in splits if splits[part] != folds[part]} == {"folds"}
    assert {part for part in splits if splits[part] != means[part]} == {"front end"}
    assert tasks.fingerprints("ravdess", n_splits=6) == splits  # more of the same splits can be added
    assert {*tasks.fingerprints("paired")} - {*splits} == {"words"}


def test_a_result_without_fingerprints_is_of_unknown_age(result):
    record = json.loads(result.read_text())
    del record["features"]
    result.write_text(json.dumps(record))
    assert freshness.older(result) == [freshness.UNKNOWN]


def test_rows_carry_one_digest(tmp_path):
    path = tmp_path / "rows.csv"
    for features, age in (("now", []), ("then", ["features"]), (np.nan, [freshness.UNKNOWN])):
        pd.DataFrame({"UA": [0.5], "features": [features]}).to_csv(path, index=False)
        assert freshness.older_rows(path, "now") == age


def test_code_is_its_statements_and_not_its_words():
    def plain(x):
        return x + 1

    explained = plain

    def plain(x):
        """Adds one."""
        # really
        return x + 1

    def other(x):
        return x + 2

    assert fingerprints.of_code(plain) == fingerprints.of_code(explained)
    assert fingerprints.of_code(other) != fingerprints.of_code(plain)
