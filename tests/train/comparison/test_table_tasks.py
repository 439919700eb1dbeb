"""A comparison on somebody else's features: folds that keep speakers whole, and nothing of test rows in the space."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from sermi.errors import SermiError
from tests.sermi.own_features.tables import features
from train.cli import app
from train.comparison.references import REFERENCES
from train.comparison.table_tasks import TableSource


def source(tmp_path, frame, **columns):
    frame.to_csv(tmp_path / "mine.csv", index=False)
    return TableSource.read(tmp_path / "mine.csv", **({"label": None, "group": None, "fold": None} | columns))


def by_speaker(frame):
    """Three folds of two speakers."""
    return frame.assign(part=frame["speaker"].str[1:].astype(int) // 2)


def test_folds_are_those_of_a_column_or_of_speakers(tmp_path):
    frame = by_speaker(features())
    given = source(tmp_path, frame, fold="part").tasks([0, 1])
    assert [(task.fold, task.seed) for task in given] == [(fold, seed) for fold in "012" for seed in (0, 1)]
    assert set(given[0].test.speaker) == {"s0", "s1"}
    dealt = source(tmp_path, frame.drop(columns="part")).tasks([0])
    assert len(dealt) == 5
    assert sum(len(task.test) for task in dealt) == 120
    for task in (*given, *dealt):
        assert not set(task.train.speaker) & set(task.test.speaker)
        assert task.classes == ("angry", "happy", "sad")
        assert np.mean((task.train.h - task.train.h.mean(axis=0)) ** 2) == pytest.approx(1, abs=1e-4)


def test_the_space_knows_nothing_of_test_rows(tmp_path):
    frame = by_speaker(features())
    other = frame.copy()
    other.loc[other["part"] == 0, ["f0", "f1"]] *= 100
    first, changed = (source(tmp_path, one, fold="part").tasks([0])[0] for one in (frame, other))
    np.testing.assert_array_equal(first.train.h, changed.train.h)
    assert first.features != changed.features


@pytest.mark.parametrize(
    ("change", "columns", "message"),
    [
        ({"part": 1}, {"fold": "part"}, "one fold alone"),
        ({"part": np.arange(120) % 2}, {"fold": "part"}, "'s0' is both trained on and tested in fold '0'"),
        ({"speaker": np.arange(120) % 2}, {}, "fewer than 3 groups"),
        ({"speaker": "all"}, {}, "needs their column"),
    ],
)
def test_folds_that_say_nothing_are_one_sentence(change, columns, message, tmp_path):
    with pytest.raises(SermiError, match=message):
        source(tmp_path, features().assign(**change), **columns).tasks([0])


def test_the_command_writes_the_rows_and_the_report_of_every_comparison(tmp_path):
    frame = features(80).assign(
        part=lambda table: table["speaker"].isin(["s0", "s1", "s2"]).map({True: "a", False: "b"})
    )
    frame.to_parquet(tmp_path / "mine.parquet")
    command = ["compare", "table", str(tmp_path / "mine.parquet"), "--label", "emotion", "--group", "speaker",
               "--fold", "part", "--augmenters", "oversampling", "--seeds", "1", "--out", str(tmp_path)]  # fmt: skip
    done = CliRunner().invoke(app, command, catch_exceptions=False)
    assert done.exit_code == 0
    assert "Oversampling" in done.output
    rows = pd.read_csv(tmp_path / "table-mine.csv")
    assert len(rows) == 2 * (2 + len(REFERENCES))
    record = json.loads((tmp_path / "table-mine.json").read_text())
    assert (record["label"], record["group"], record["fold"], record["folds"]) == ("emotion", "speaker", "part", 2)
    assert (tmp_path / "table-mine.plotly.json").is_file()


def test_a_fold_that_is_no_column_is_one_sentence(tmp_path):
    features(80).to_csv(tmp_path / "mine.csv", index=False)
    with pytest.raises(SermiError, match=r"There is no column 'part' for --fold; there are file"):
        TableSource.read(tmp_path / "mine.csv", label="emotion", group="speaker", fold="part")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["table"], "Give the table's file"),
        (["ravdess"], "give their folder as --data"),
        (["ravdess", "mine.csv", "--data", "x"], "and no file"),
    ],
)
def test_what_to_compare_on_has_to_be_given(arguments, message, tmp_path):
    with pytest.raises(SermiError, match=message):
        CliRunner().invoke(app, ["compare", *arguments, "--out", str(tmp_path)], catch_exceptions=False)
