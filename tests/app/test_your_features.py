"""The tab "Your features" in a real browser: from a table to a report and two files, and nothing of it left."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from sermi.ui.limits import MAX_TABLE_BYTES
from tests.app.conftest import recordings
from tests.app.test_accessibility import serious_violations
from tests.sermi.own_features.tables import features

ANSWER_MS = 120_000
expect.set_options(timeout=60_000)


@pytest.fixture
def visit(open_page):
    """A function that opens the tab."""

    def open_tab(**options) -> Page:
        page = open_page(link="#your-features", **options)
        expect(page.locator("#own-example")).to_be_visible()
        return page

    return open_tab


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Two speakers, so that there are two folds."""
    path = tmp_path_factory.mktemp("tables") / "mine.csv"
    frame = features(60, 2)
    frame.assign(speaker=np.where(np.arange(60) % 20 < 10, "ann", "bob")).to_csv(path, index=False)
    return path


def send(page: Page, path) -> None:
    page.locator("#own-file input[type=file]").set_input_files(path)


def understood(page: Page):
    return page.locator("#own-understood")


def test_from_a_table_to_a_report_and_two_files_on_a_phone_in_the_dark(visit, server, table):
    page, earlier = visit(width=390, theme="dark"), {*recordings(server.cache)}
    send(page, table)
    expect(understood(page)).to_contain_text("60 rows, 3 features, label column emotion (3 classes: angry 36")
    expect(understood(page)).to_contain_text("speakers in speaker (2), left out: file (text).")
    page.get_by_role("button", name="More settings").locator("visible=true").click()
    steps = page.locator("#own-steps input[type=number]")
    steps.fill("2")
    steps.press("Tab")
    go = page.locator("#own-go")
    go.focus()
    page.keyboard.press("Enter")
    expect(go).to_be_disabled()
    expect(page.locator("#own-status .bought")).to_contain_text("SERMI's rows", timeout=ANSWER_MS)
    expect(page.locator("#own-status")).to_be_in_viewport()
    expect(page.locator("#own-bought .main-svg").first).to_be_visible()
    expect(page.locator("#own-bought")).to_have_attribute("aria-labelledby", "own-bought-caption")
    expect(page.get_by_role("cell", name="Borderline SMOTE")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert serious_violations(page) == []
    with page.expect_download() as waiting:
        page.locator("#own-table").first.click()
    assert waiting.value.suggested_filename == "mine-augmented.csv"
    assert pd.read_csv(waiting.value.path())["generated"].sum() == 156
    with page.expect_download() as waiting:
        page.locator("#own-report").first.click()
    assert "What it bought" in waiting.value.path().read_text(encoding="utf-8")
    page.locator("#own-file").get_by_role("button", name="Clear").click()
    expect(page.locator("#own-status")).to_contain_text("No report yet")
    expect(page.locator("#own-bought")).to_have_count(0)
    assert not [path for path in {*recordings(server.cache)} - earlier if path.name.startswith("mine")]


def test_what_is_removed_while_it_is_under_way_does_not_come_back(visit, server):
    page = visit()
    page.get_by_role("button", name="Try it with an example").click()
    expect(understood(page)).to_contain_text("208 rows, 12 features")
    expect(page.locator("#own-stop")).to_be_visible()
    page.locator("#own-file").get_by_role("button", name="Clear").click()
    expect(page.locator("#own-status")).to_contain_text("No report yet")
    page.wait_for_timeout(2_000)
    expect(page.locator("#own-status")).to_contain_text("Drop a table")
    expect(understood(page)).to_be_empty()
    assert not [path for path in recordings(server.cache) if path.name.startswith("example")]


def test_a_mistake_is_one_sentence(visit, server, tmp_path):
    large, text = tmp_path / "large.csv", tmp_path / "notes.parquet"
    with large.open("wb") as file:
        file.truncate(MAX_TABLE_BYTES + 1)
    text.write_text("not a table")
    page = visit()
    expect(page.locator("#own-limits")).to_contain_text("up to 50 MB, 20,000 rows, 5,000 columns")
    send(page, large)
    expect(understood(page)).to_contain_text("'large.csv' holds 51 MB; at most 50 can be read")
    assert not [path for path in recordings(server.cache) if path.name == large.name]
    send(page, text)
    expect(understood(page)).to_contain_text(
        re.compile(r"'notes\.parquet' can't be read as PARQUET \(.*\); save it again\.")
    )
    expect(page.locator(".toast-body")).to_have_count(0)
    expect(page.locator("#own-go")).to_be_hidden()
