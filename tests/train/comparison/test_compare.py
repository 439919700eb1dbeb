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
        patch.setattr(comparison, "tasks", lambda _, __, seeds, *___: [t for t in toy_tasks if t.seed in seeds])
        yield


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A first run of two augmenters and one seed."""
    folder = tmp_path_factory.mktemp("first")
    return compare("toy", folder, folder, augmenters=["gaussian", "smote"], seeds=[0])


def test_there_is_a_row_for_each_fold_seed_and_augmenter(first):
    assert set(first["augmenter"]) == {NONE, "gaussian", "smote", *REFERENCES}
    assert len(first) == 2 * (3 + len(REFERENCES))
    assert first["UA"].between(0.6, 1).all()
    assert (first.loc[first["augmenter"] == "gaussian", "n_generated"] > 10 * 200).all()
    assert tuple(first.columns[: len(SCHEMA)]) == SCHEMA
    assert not first[list(SCHEMA)].isna().any(axis=None)


@pytest.fixture(scope="module")
def second(first, tmp_path_factory):
    """A second run, of a seed more, that goes on in the table of the first. No run gives a UA of -1, so that rows that are kept
    are known."""
    folder = tmp_path_factory.mktemp("second")
    first.assign(UA=-1.0).to_csv(folder / "toy.csv", index=False)
    rows = compare("toy", folder, folder, augmenters=["gaussian"], seeds=[0, 1])
    assert pd.read_csv(folder / "toy.csv").shape == rows.shape
    assert len(compare("toy", folder, folder, augmenters=["gaussian"], seeds=[0, 1])) == len(rows)
    return rows


def test_a_second_run_adds_only_what_is_missing(first, second):
    assert len(second) == len(first) + 2 * (2 + len(REFERENCES))
    assert (second.loc[second["seed"] == 0, "UA"] == -1).all()
    assert second.loc[second["seed"] == 1, "UA"].between(0.6, 1).all()


def test_seeds_that_share_a_training_set_share_what_is_chosen_and_tuned_on_it(second):
    for _, same in second[second["augmenter"] == "gaussian"].groupby("fold"):
        assert same["chosen"].nunique() == same["tuning_s"].nunique() == 1
    assert second["fold"].is_monotonic_increasing


def test_a_run_that_is_stopped_keeps_every_row_that_was_done(first, toy_tasks, tmp_path, monkeypatch):
    """Stopped at the second fold, whose features can't be fitted on."""
    first[first["augmenter"] != "gaussian"].to_csv(tmp_path / "toy.csv", index=False)
    fold1, fold2 = (task for task in toy_tasks if task.seed == 0)
    broken = replace(fold2, train=replace(fold2.train, h=fold2.train.h * np.nan))
    monkeypatch.setattr(comparison, "tasks", lambda *_: [fold1, broken])
    with pytest.raises(SermiError, match="NaN"):
        compare("toy", tmp_path, tmp_path, augmenters=["gaussian"], seeds=[0])
    done = pd.read_csv(tmp_path / "toy.csv")
    assert len(done) == len(first) - 1
    assert done[done["augmenter"] == "gaussian"]["fold"].tolist() == ["fold1"]


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


def test_rows_of_other_features_are_not_mixed_in(first, tmp_path):
    first.assign(features="of an earlier front end").to_csv(tmp_path / "toy.csv", index=False)
    with pytest.raises(SermiError, match="other features or folds"):
        compare("toy", tmp_path, tmp_path, augmenters=["gaussian"], seeds=[0])


def test_rows_say_whom_they_tested_and_how_long_tuning_took(first):
    assert set(first["tested"]) == {"s0 s1", "s2 s3"}
    assert (first["tuning_s"] >= 0).all()
    gaussian = first[first["augmenter"] == "gaussian"]
    assert all(set(json.loads(text)) <= {"spread", "penalty"} for text in gaussian["widened"])


def test_a_report_holds_what_was_run_and_draws_it(first, tmp_path):
    text = write_report("toy", first, tmp_path, command="python -m train compare toy")
    assert "Class-conditional Gaussian" in text
    assert "None (logistic regression)" in text
    record = json.loads((tmp_path / "toy.json").read_text())
    assert record["command"] == "python -m train compare toy"
    assert set(record["summary"]) == {NONE, "gaussian", "smote", *REFERENCES}
    assert np.sum(record["summary"]["gaussian"]["confusion"]) == 2 * 72  # rows of each fold
    tuning = record["summary"]["gaussian"]["tuning"]
    assert tuning["seconds"] >= 0
    assert 0 <= tuning["widened"] <= 1
    assert "tuning, s" in text.splitlines()[0]
    assert "gain in UA" in (tmp_path / "toy.plotly.json").read_text()


def test_what_is_chosen_never_depends_on_the_test_rows(toy_tasks):
    task, gaussian = toy_tasks[0], AugmenterSpec.parse("gaussian")
    blind = replace(task, test=task.test.where(np.zeros(len(task.test), bool)))
    assert choose(task, gaussian) == choose(blind, gaussian)


def test_a_choice_is_recorded_as_json():
    choice = Choice({"steps": 60, "base_spread": 1.0}, noise_scale=1.4, penalty=0.001, inner_ua=0.7, tuning_s=2.0)
    assert choice.to_json() == '{"steps": 60, "base_spread": 1.0, "spread": 1.4, "penalty": 0.001}'
    again = Choice.from_row(
        {"chosen": choice.to_json(), "inner_UA": 0.7, "widened": "{}", "at_edge": "", "tuning_s": 2.0}
    )
    assert again == choice


def gains(n_folds=20, n_seeds=3, spread=0.01, **means):
    """A table of augmenters that gain so much on average, over folds that differ by 30 points."""
    rng, rows = np.random.default_rng(0), []
    for fold in range(n_folds):
        level = rng.uniform(0.6, 0.9)
        for name, mean in {NONE: 0.0, **means}.items():
            of_fold = level + mean + (0 if name == NONE else spread * rng.normal())
            rows += [(f"fold{fold:02d}", seed, name, of_fold + 0.002 * rng.normal()) for seed in range(n_seeds)]
    return pd.DataFrame(rows, columns=["fold", "seed", "augmenter", "UA"])


def test_gains_are_paired_and_seeds_are_no_more_folds():
    summary = summarise(gains(n_folds=6, n_seeds=50, better=0.03))
    low, high = summary["better"]["gain_interval_95"]
    assert low < 0.03 < high
    assert (
        0.008 < high - low < 0.04
    )  # by six folds that spread by a point, whatever the seeds; their levels are taken out
    assert summary["better"]["verdict"] == "higher"
    assert summary[NONE]["gain"] == 0
    assert summary[NONE]["interval_95"][1] - summary[NONE]["interval_95"][0] > 0.05


def test_splits_that_share_speakers_count_for_less_than_folds():
    rows = gains(better=0.03)
    numbers = rows["fold"].str[-2:].astype(int)
    apart, shared = (rows.assign(tested=[" ".join(names(n)) for n in numbers]) for names in (
        lambda n: [f"a{n}", f"b{n}"], lambda n: [f"a{n % 5}", f"b{n % 3}"]))  # fmt: skip
    widths = [np.diff(summarise(table)["better"]["gain_interval_95"])[0] for table in (rows, apart, shared)]
    assert widths[0] == widths[1] < widths[2] / 1.5


def test_level_is_claimed_by_a_test_of_equivalence_alone(tmp_path):
    rows = gains(gaussian=0.03, same=0.0301, unclear=0.02).replace({"same": "cgan", "unclear": "smote"})
    noisy = rows["augmenter"] == "smote"
    rows.loc[noisy, "UA"] += np.repeat(np.random.default_rng(1).normal(size=20), 3) * 0.08
    rows = rows.assign(n_train=100, classes="a b")
    against = {name: values["against"] for name, values in summarise(rows).items()}
    assert against["cgan"]["gaussian"]["verdict"] == "level"
    assert against["smote"]["gaussian"]["verdict"] == "open"
    text = write_report("toy", rows, tmp_path, command="")
    assert "level, within 1 point: Conditional GAN" in text
    assert "not settled: SMOTE" in text


def test_a_summary_without_the_baseline_is_refused():
    rows = pd.DataFrame({"fold": ["fold1"], "seed": [0], "augmenter": ["smote"], "UA": [0.5]})
    with pytest.raises(SermiError, match="none"):
        summarise(rows)


def test_unknown_names_are_one_sentence(tmp_path):
    with pytest.raises(SermiError, match="low-resource"):
        list(tasks("iemocap-of-my-own", tmp_path, [0]))
    with pytest.raises(SermiError, match="sermi-match"):
        compare("ravdess", tmp_path, tmp_path, augmenters=["magic"], seeds=[0])
