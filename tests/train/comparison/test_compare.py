import numpy as np
import pandas as pd
import pytest

from sermi.errors import SermiError
from train.comparison import compare
from train.comparison.compare import NONE, choose, generated_codes, summarise
from train.comparison.compare import compare as run_comparison
from train.comparison.report import write_report
from train.comparison.tasks import Task, tasks


@pytest.fixture
def toy(speech_like, monkeypatch):
    """Two folds and two seeds over the toy speakers in place of a corpus."""
    made = []
    for fold, out in (("fold1", ("s0", "s1")), ("fold2", ("s2", "s3"))):
        held_out = np.isin(speech_like.speaker, out)
        for seed in (0, 1):
            train, test = speech_like.where(~held_out), speech_like.where(held_out)
            made.append(Task("toy", fold, seed, 0, ("a", "b", "c"), train, test))
    monkeypatch.setattr(compare, "tasks", lambda protocol, data, seeds, config: [t for t in made if t.seed in seeds])
    return made


def test_a_row_for_each_fold_seed_and_augmenter_and_a_second_run_adds_only_what_is_missing(toy, tmp_path, monkeypatch):
    first = run_comparison("toy", tmp_path, tmp_path, augmenters=["gaussian", "smote"], seeds=[0])
    names = {NONE, "gaussian", "smote", *(n for n in first["augmenter"] if n.startswith("reference"))}
    assert set(first["augmenter"]) == names
    assert len(names) == 6
    assert len(first) == 2 * 6
    assert first["UA"].between(0.6, 1).all()
    assert (first.loc[first["augmenter"] == "gaussian", "n_generated"] > 10 * 200).all()
    calls = []
    job = compare._job
    monkeypatch.setattr(compare, "_job", lambda given: calls.append(given[1]) or job(given))
    both = run_comparison("toy", tmp_path, tmp_path, augmenters=["gaussian"], seeds=[0, 1])
    assert len(both) == len(first) + 2 * 5
    assert "smote" not in calls
    assert pd.read_csv(tmp_path / "toy.csv").shape == both.shape
    calls.clear()
    run_comparison("toy", tmp_path, tmp_path, augmenters=["gaussian"], seeds=[0, 1])
    assert calls == []


def test_a_report_says_what_was_run_and_draws_it(toy, tmp_path):
    rows = run_comparison("toy", tmp_path, tmp_path, augmenters=["gaussian"], seeds=[0, 1])
    text = write_report("toy", rows, tmp_path, command="python -m train compare toy")
    assert "Class-conditional Gaussian" in text
    assert "None (logistic regression)" in text
    assert (tmp_path / "toy.json").read_text().count("gain_interval_95") == 5
    assert "gain in UA" in (tmp_path / "toy.plotly.json").read_text()


def test_what_is_chosen_never_depends_on_the_test_rows(toy):
    task = toy[0]
    blind = Task("toy", "fold1", 0, 0, task.classes, task.train, task.test.where(np.zeros(len(task.test), bool)))
    assert choose(task, "gaussian") == choose(blind, "gaussian")


def test_generated_samples_even_out_the_classes():
    c = np.array([0] * 90 + [1] * 10 + [2] * 50)
    codes = generated_codes(c, 3, 4)
    total = np.bincount(c) + np.bincount(codes)
    assert total.tolist() == [250, 250, 250]
    assert generated_codes(c, 3, 0).tolist() == [1] * 80 + [2] * 40


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
        run_comparison("ravdess", tmp_path, tmp_path, augmenters=["magic"], seeds=[0])
