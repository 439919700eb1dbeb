"""The handlers behind the tab "Your features", without a server: what a table is taken for, limits, and what is void."""

from __future__ import annotations

import html
import json
import re
import shlex
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pandas as pd
import pytest

from sermi.errors import SermiError
from sermi.ui import limits
from sermi.ui.features import work
from sermi.ui.features.choices import Choices, Dropped, on_the_page
from sermi.ui.features.components import Answer, Form
from sermi.ui.features.desk import Desk
from sermi.ui.features.events import Events, holders
from sermi.ui.sessions import Sessions
from sermi.ui.uploads import Uploads
from tests.sermi.own_features.tables import features

ME = SimpleNamespace(session_hash="me")


class Page:
    """One visitor's tab: what its components hold after what the handlers gave."""

    def __init__(self, folder, layout):
        self.uploads = Uploads(folder)
        self.form, self.answer = layout
        self.events = Events(self.uploads, Sessions(Desk), self.form, self.answer)
        self.values = {control: control.value for control in self.form.controls}
        self.shown = {}

    def take(self, updates):
        for component, update in updates.items():
            if isinstance(update, dict) and "__type__" in update:
                if "value" in update:
                    self.shown[component] = update["value"]
            else:
                self.shown[component] = update
            if component in self.values and component in self.shown:
                self.values[component] = self.shown[component]
        return updates

    def drop(self, content, name="features.csv"):
        """Send a file and let it be read."""
        path = self.uploads.new_place() / name
        if isinstance(content, pd.DataFrame):
            content.to_csv(path, index=False)
        else:
            path.write_bytes(content)
        self.uploads.add([path], "me")
        for updates in self.events.on_file(str(path), ME):
            self.take(updates)
        return path

    def choose(self, **values):
        self.values |= {getattr(self.form, name): value for name, value in values.items()}
        return self.take(self.events.on_choice(self.values, ME))

    @property
    def understood(self):
        return plain(self.shown[self.form.understood])

    @property
    def status(self):
        return plain(self.shown[self.answer.status])


def plain(markup):
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


def small():
    """As few as information can be measured of."""
    return features(90, 2)


@pytest.fixture(scope="module")
def layout():
    with gr.Blocks():
        return Form.build(), Answer.build()


@pytest.fixture
def page(tmp_path, layout):
    return Page(tmp_path, layout)


def files(page):
    return [path.name for path in page.uploads.folder.rglob("*") if path.is_file()]


def test_what_was_understood_is_said_at_once(page):
    page.drop(features().rename(columns={"file": "<b>path"}))
    assert page.understood == (
        "120 rows, 5 features, label column emotion (3 classes: angry 72, happy 36, sad 12), speakers in speaker (6), "
        "left out: <b>path (text)."
    )
    assert page.values[page.form.label] == "emotion"
    assert page.values[page.form.group] == "speaker"


def test_columns_can_be_chosen(page):
    page.drop(features().rename(columns={"emotion": "mood"}))
    assert "choose one with “Label”" in page.understood
    page.choose(label="mood", group="", text="f0, f1", ignore="pause*")
    assert "2 features, label column mood" in page.understood
    assert "no speakers" in page.understood
    assert "2 text features" in page.understood
    assert "pauses (as chosen)" in page.understood
    assert "“Leave out” names" in plain(page.choose(ignore="nothing*")[page.form.understood])


BAD = {
    "empty": (b"", "features.csv", "is empty"),
    "rows": (b"emotion,a\n", "features.csv", "has no rows"),
    "parquet": (b"a,emotion\n1,x\n", "features.parquet", "can't be read as PARQUET"),
    "kind": (b"a,emotion\n1,x\n", "features.docx", "should end in"),
    "numbers": (features()[["file", "emotion", "speaker"]], "features.csv", "No column of numbers"),
    "one class": (features().assign(emotion="sad"), "features.csv", "one class alone"),
    "NaN": (features().assign(f0=np.nan), "features.csv", "missing or infinite, such as in column 'f0'"),
    "two rows": (features(7).iloc[[0, 6]].drop(columns="speaker"), "features.csv", "one row of"),
    "values": (
        features(1_000).assign(emotion=[f"e{i}" for i in range(1_000)]),
        "features.csv",
        "1,000 different values",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_can_not_be_used_is_one_sentence(page, name, caplog):
    content, file, sentence = BAD[name]
    page.drop(content, file)
    assert sentence in page.understood
    assert ". " not in page.understood
    assert "--" not in page.understood
    assert not caplog.records


def test_limits_are_kept_before_anything_is_decoded(page, monkeypatch):
    monkeypatch.setattr(limits, "MAX_TABLE_BYTES", 2_000)
    page.drop(features())
    assert "sermi augment" in page.understood
    monkeypatch.setattr(limits, "MAX_TABLE_BYTES", 50 * 2**20)
    for name, most, words in (("MAX_COLUMNS", 3, "8 columns; at most 3"), ("MAX_NUMBERS", 80, "more than 10 rows")):
        monkeypatch.setattr(limits, name, most)
        page.drop(features())
        assert words in page.understood
        assert "or run sermi augment on a machine of your own" in page.understood
        monkeypatch.undo()
    page.take(page.events.on_refused(json.dumps(["big.csv", 60 * 2**20])))
    assert "'big.csv' holds 60 MB; at most 50" in page.understood
    assert page.events.on_refused("{") == {page.form.understood: gr.skip()}


def test_what_would_take_too_long_or_be_too_much_is_not_begun(tmp_path, monkeypatch):
    dropped = Dropped("features.csv", features(), {})
    choices = Choices("emotion", "speaker", steps=2)
    reports = []

    def report(*place):
        reports.append(place)

    monkeypatch.setattr(work, "EXPECTED_S", 0)
    with pytest.raises(SermiError, match=r"would take about .* “Training steps”.* or run sermi augment"):
        work.augmented(dropped, choices, tmp_path, report)
    monkeypatch.setattr(work, "MAX_GENERATED", 1_000)
    with pytest.raises(SermiError, match="312 rows of 5 features would be generated"):
        work.augmented(dropped, choices, tmp_path, report)
    assert [what for *_, what in reports] == ["Working out how long it takes…"] * 2
    assert on_the_page("lower --ratio") == "lower “Rows to add”"


@pytest.fixture(scope="module")
def answered(tmp_path_factory, layout):
    """A page with a report."""
    page = Page(tmp_path_factory.mktemp("answered"), layout)
    page.drop(small())
    page.values[page.form.steps] = 2
    assert page.form.go in page.take(page.events.on_press(ME))
    again = page.events.on_press(ME)
    steps = [page.take(updates) for updates in page.events.on_augment(page.values, ME)]
    assert again == {page.answer.status: gr.skip()}
    assert list(page.events.on_augment(page.values, ME)) == [{page.answer.status: gr.skip()}]
    page.steps = [plain(step[page.answer.status]) for step in steps]
    return page


def test_it_says_how_far_it_is(answered):
    assert answered.steps[0] == "Working out how long it takes…"
    assert "Generating rows…" in answered.steps
    assert "Comparing: split 5 of 5…" in answered.steps


def test_the_report_has_its_verdict_on_top_and_all_parts(answered):
    page = answered
    assert re.search(r"SERMI's rows (raised|lowered|changed) UA by", page.status)
    titles = [re.search("<h3>(.*?)</h3>", page.shown[place])[1] for place in page.answer.above]
    assert titles == ["What was generated", "How informative it is", "How close to real rows it is", "What it bought"]
    assert [page.shown[figure] is not None for figure in page.answer.figures] == [False, True, False, True]
    assert "Borderline SMOTE" in page.shown[page.answer.below[3]]


def test_both_files_are_there_and_name_the_command(answered):
    table, report = (answered.shown[download] for download in answered.answer.downloads)
    frame = pd.read_csv(table)
    assert len(frame[~frame["generated"]]) == 90
    assert frame.groupby("emotion").size().nunique() == 1
    written = Path(report).read_text(encoding="utf-8")
    command = re.search(r"By <code>(.*?)</code>", written)[1]
    assert shlex.split(command)[:7] == ["sermi", "augment", "features.csv", "--label", "emotion", "--group", "speaker"]
    assert "--steps 2" in command
    assert "--repeats 1" in command


def test_other_choices_mark_the_report_as_outdated(answered):
    assert "press Augment" in answered.choose(ratio=2)[answered.answer.outdated]
    assert answered.choose(ratio=1)[answered.answer.outdated] == ""


def test_nothing_is_left_when_the_table_is_removed(page, monkeypatch):
    page.drop(small())
    for made in holders("me")[1:]:
        path = page.uploads.new_place() / f"{made}.csv"
        path.touch()
        page.uploads.keep(made, path)
    assert len(files(page)) == 3
    page.take(page.events.on_clear(ME))
    assert files(page) == []
    assert "No report yet" in page.status
    assert page.events.on_press(ME) == {page.answer.status: gr.skip()}


@pytest.mark.parametrize("how", ["removed", "replaced", "left", "stopped"])
def test_what_is_under_way_is_void_once_its_table_is_gone(page, how):
    page.drop(small())
    page.take(page.events.on_press(ME))
    answer = page.events.on_augment(page.values, ME)
    next(answer)
    if how == "replaced":
        page.drop(small(), "other.csv")
    else:
        {"removed": page.events.on_clear, "stopped": page.events.on_stop}.get(how, lambda _: page.events.leave("me"))(
            ME
        )
    assert list(answer) == [{page.answer.status: gr.skip()}]
    left = {"replaced": ["other.csv"], "stopped": ["features.csv"]}.get(how, [])
    assert files(page) == left


def test_work_that_takes_too_long_is_ended(page, monkeypatch):
    monkeypatch.setattr("sermi.ui.features.events.STOPPED_S", 0)
    page.drop(small())
    page.take(page.events.on_press(ME))
    for updates in page.events.on_augment(page.values, ME):
        page.take(updates)
    assert "was ended" in page.status
    assert page.form.go in page.take(page.events.on_press(ME))


def test_the_example_asks_for_a_report_of_itself(page):
    for updates in page.events.on_example(ME):
        page.take(updates)
    assert "208 rows, 12 features, label column emotion (4 classes: neutral 96" in page.understood
    assert page.shown[page.form.file].endswith("example.csv")
    assert page.form.go in page.events.on_press(ME)
