"""`sermi augment` from a file to a file and a report."""

import re

import pandas as pd
import pytest
from typer.testing import CliRunner

from sermi import cli
from sermi.errors import SermiError
from sermi.own_features.plan import spelt
from sermi.own_features.report import MAX_BYTES
from tests.sermi.own_features.tables import features

NASTY = "<script>alert(1)</script>"


def run(*arguments):
    return CliRunner().invoke(cli.app, ["augment", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """With a table in which a name would be a script if it weren't escaped."""
    folder = tmp_path_factory.mktemp("augment")
    features().replace({"emotion": {"sad": NASTY}}).to_csv(folder / "features.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def done(folder):
    return run(folder / "features.csv", "--out", folder / "more.parquet", "--report", folder / "report.html",
               "--folds", 2, "--repeats", 1, "--steps", 2)  # fmt: skip


def test_rows_are_added_and_marked(done, folder):
    assert done.exit_code == 0
    real, frame = pd.read_csv(folder / "features.csv"), pd.read_parquet(folder / "more.parquet")
    assert frame[~frame["generated"]].drop(columns="generated").equals(real.astype(frame.dtypes.drop("generated")))
    new = frame[frame["generated"]]
    assert frame.groupby("emotion").size().tolist() == [144] * 3
    assert new["speaker"].unique().tolist() == ["generated"]
    assert new["pauses"].isin(range(5)).all()
    assert new["file"].isna().all()
    assert "120 real rows and 312 generated ones; they carry" in done.output


def test_the_report_is_one_page_that_asks_for_nothing(done, folder):
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert len(page.encode()) < MAX_BYTES
    own = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert NASTY not in own
    assert "&lt;script&gt;alert(1)" in own
    assert not re.search(r'(src|href)="', own)
    for heading in ("What was generated", "How informative it is", "How close to real rows it is", "What it bought"):
        assert f"<h2>{heading}</h2>" in own
    for title in (
        "Nothing",
        "Random oversampling",
        "SMOTE",
        "Borderline SMOTE",
        "ADASYN",
        "Gaussian of each class",
        "SERMI",
    ):
        assert f"<td>{title}</td>" in own
    assert "@media print" in own
    assert "prefers-color-scheme: dark" in own
    headline = re.search(r"<strong>(.*?)</strong>", own)[1].replace("&#x27;", "'")
    assert headline in done.output


def test_a_plan_writes_nothing(folder):
    plan = run(folder / "features.csv", "--out", folder / "none.csv", "--plan", "--steps", 2)
    assert plan.exit_code == 0
    assert "angry: 72 real rows, 72 to generate" in plan.output
    assert re.search(r"about \d+ (seconds|minutes?)", plan.output)
    assert not (folder / "none.csv").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--out", "features.csv"), "is the table itself"),
        (("--out", "more.txt"), "should end in"),
        (("--out", "more.csv", "--report", "report.pdf"), "should end in .html"),
        (("--out", "more.csv", "--group", "speaker", "--no-group"), "not both"),
        (("--out", "more.csv", "--label", "mood"), "no column 'mood'"),
    ],
)
def test_a_mistake_is_one_sentence_before_the_work(options, message, folder, monkeypatch):
    monkeypatch.chdir(folder)
    with pytest.raises(SermiError, match=message):
        run("features.csv", *options)
    assert not (folder / "more.csv").exists()


def test_what_is_missing_is_named_with_its_extra(folder, monkeypatch):
    monkeypatch.setattr("sermi.own_features.command.find_spec", lambda module: None if module == "pyarrow" else module)
    with pytest.raises(SermiError, match=r"needs pyarrow, which the extra 'augment' brings"):
        run(folder / "features.csv", "--out", folder / "more.feather")


def test_equal_classes_without_more_to_add_are_one_sentence(folder, tmp_path):
    frame = features()
    frame.groupby("emotion").head(12).to_csv(tmp_path / "equal.csv", index=False)
    with pytest.raises(SermiError, match="equal already"):
        run(tmp_path / "equal.csv", "--out", tmp_path / "more.csv", "--ratio", 0)


def test_durations_are_as_exact_as_they_are_known():
    assert [spelt(s) for s in (1, 61, 600, 9_000)] == ["5 seconds", "1 minute", "10 minutes", "2.5 hours"]
