import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sermi.errors import SermiError
from train.comparison import compare as comparison
from train.comparison.augmenters import NONE, AugmenterSpec
from train.comparison.choice import Choice, choose
from train.comparison.compare import SCHEMA, compare
from train.comparison.references import REFERENCES
from train.comparison.report import summarise, write_report
from train.comparison.tasks import ComparisonTask, tasks

RESULTS = Path(__file__).resolve().parents[3] / "docs" / "results"


@pytest.fixture(scope="module")
def toy_tasks(speech_like):
    """Two folds and two seeds over the toy speakers."""
    planned = []
    for fold, speakers in (("fold1", ("s0", "s1")), ("fold2", ("s2", "s3"))):
        held_out = np.isin(speech_like.speaker, speakers)
        for seed in (0, 1):
            train, test = speech_like.where(~held_out), speech_like.where(held_out)
            planned.append(ComparisonTask("toy", fold, seed, draw=0, classes=("a", "b", "c"), train=train, test=test))
    return planned


@pytest.fixture(scope="module", autouse=True)
def toy(toy_tasks):
    """Those in place of a corpus."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparison, "tasks", lambda _, __, seeds, ___: [t for t in toy_tasks if t.seed in seeds])
        yield


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A first run of two augmenters and one seed."""
    folder = tmp_path_factory.mktemp("first")
    return compare("toy", folder, folder, augmenters=["gaussian", "smote"], seeds=[0])


def test_there_is_a_row_for_each_fold_seed_and_augmenter(first):
    assert set(first["augmenter"]) == {NONE, "gaussian", "smote", *REFERENCES}
    assert len(first) == 2 * 6
    assert first["UA"].between(0.6, 1).all()
    assert (first.loc[first["augmenter"] == "gaussian", "n_generated"] > 10 * 200).all()
    assert tuple(first.columns[: len(SCHEMA)]) == SCHEMA
    assert not first[list(SCHEMA)].isna().any(axis=None)


def test_a_second_run_adds_only_what_is_missing(first, tmp_path):
    first.assign(UA=-1.0).to_csv(
        tmp_path / "toy.csv", index=False
    )  # no run gives that: so rows that are kept are known
    rows = compare("toy", tmp_path, tmp_path, augmenters=["gaussian"], seeds=[0, 1])
    assert len(rows) == len(first) + 2 * 5
    assert (rows.loc[rows["seed"] == 0, "UA"] == -1).all()
    assert rows.loc[rows["seed"] == 1, "UA"].between(0.6, 1).all()
    assert pd.read_csv(tmp_path / "toy.csv").shape == rows.shape
    assert len(compare("toy", tmp_path, tmp_path, augmenters=["gaussian"], seeds=[0, 1])) == len(rows)


def test_a_row_that_lacks_a_column_is_made_again_with_the_choice_that_it_records(first, tmp_path):
    choice = Choice({}, noise_scale=2.0, penalty=0.5, inner_ua=-1.0)  # what no run would choose
    gaussian = first["augmenter"] == "gaussian"
    lacking = {"UA": -1.0, "chosen": choice.to_json(), "inner_UA": -1.0, "confusion": np.nan}
    earlier = first.copy()
    earlier.loc[gaussian, list(lacking)] = list(lacking.values())
    earlier.to_csv(tmp_path / "toy.csv", index=False)
    rows = compare("toy", tmp_path, tmp_path, augmenters=["gaussian"], seeds=[0])
    assert len(rows) == len(first)
    again = rows[rows["augmenter"] == "gaussian"]
    assert again["UA"].between(0.3, 1).all()
    assert (again["chosen"] == choice.to_json()).all()
    assert (again["inner_UA"] == -1).all()


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*/*.csv")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_published_tables_have_the_columns_of_today(path):
    rows = pd.read_csv(path)
    assert not rows[list(SCHEMA)].isna().any(axis=None)
    for name in rows["augmenter"].unique():
        assert name in REFERENCES or AugmenterSpec.parse(name).name == name


def test_a_report_holds_what_was_run_and_draws_it(first, tmp_path):
    text = write_report("toy", first, tmp_path, command="python -m train compare toy")
    assert "Class-conditional Gaussian" in text
    assert "None (logistic regression)" in text
    record = json.loads((tmp_path / "toy.json").read_text())
    assert record["command"] == "python -m train compare toy"
    assert set(record["summary"]) == {NONE, "gaussian", "smote", *REFERENCES}
    assert np.sum(record["summary"]["gaussian"]["confusion"]) == 2 * 72  # rows of each fold
    assert "gain in UA" in (tmp_path / "toy.plotly.json").read_text()


def test_what_is_chosen_never_depends_on_the_test_rows(toy_tasks):
    task, gaussian = toy_tasks[0], AugmenterSpec.parse("gaussian")
    blind = replace(task, test=task.test.where(np.zeros(len(task.test), bool)))
    assert choose(task, gaussian) == choose(blind, gaussian)


def test_a_choice_is_recorded_as_json():
    choice = Choice({"steps": 60, "radii": [1.0, 1.0]}, noise_scale=1.4, penalty=0.001, inner_ua=0.7)
    assert choice.to_json() == '{"steps": 60, "radii": [1.0, 1.0], "spread": 1.4, "penalty": 0.001}'
    assert Choice.from_json(choice.to_json(), 0.7) == choice


def test_gains_are_paired_and_their_interval_holds_the_truth():
    rng = np.random.default_rng(0)
    rows = []
    for fold in range(6):
        level = rng.uniform(0.6, 0.9)
        for seed in range(5):
            rows.append((f"fold{fold}", seed, NONE, level))
            rows.append((f"fold{fold}", seed, "better", level + 0.03 + 0.002 * rng.normal()))
    summary = summarise(pd.DataFrame(rows, columns=["fold", "seed", "augmenter", "UA"]))
    low, high = summary["better"]["gain_interval_95"]
    assert low < 0.03 < high
    assert high - low < 0.006  # folds differ by 30 points, which pairing takes out
    assert summary[NONE]["gain"] == 0
    assert summary[NONE]["interval_95"][1] - summary[NONE]["interval_95"][0] > 0.05


def test_a_summary_without_the_baseline_is_refused():
    rows = pd.DataFrame({"fold": ["fold1"], "seed": [0], "augmenter": ["smote"], "UA": [0.5]})
    with pytest.raises(SermiError, match="none"):
        summarise(rows)


def test_unknown_names_are_one_sentence(tmp_path):
    with pytest.raises(SermiError, match="low-resource"):
        list(tasks("iemocap-of-my-own", tmp_path, [0]))
    with pytest.raises(SermiError, match="sermi-match"):
        compare("ravdess", tmp_path, tmp_path, augmenters=["magic"], seeds=[0])
