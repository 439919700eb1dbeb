"""The tab "Generate" in a real browser: samples, their table and files, and every mistake."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from sermi import checkpoint as checkpoints
from sermi import shipped
from sermi.generate import generate as generate_samples
from tests.app.generate_page import (
    ANSWER_MS,
    dots,
    download,
    expect_status,
    generate,
    press,
    table,
    wait_until_measured,
)


def test_before_anything_was_generated(visit_generate):
    page = visit_generate()
    expect_status(page, "Speak on the tab Recognise first")
    expect(page.locator("#sample-map-caption")).to_contain_text("800 real features of speakers")
    assert dots(page) == {}
    for name in ("Angry", "Happy", "Neutral", "Sad", "Real"):
        expect(page.locator("#gen-key")).to_contain_text(name)
    expect(page.locator("#gen-table")).not_to_be_visible()


def test_map_table_and_download_agree_with_the_generator(visit_generate):
    page = visit_generate()
    page.get_by_label("Seed").fill("7")
    generate(page)
    checkpoint = checkpoints.load("open4")
    expected = generate_samples(checkpoint, checkpoint.config.classes, 125, seed=7, regulariser="match")
    on_map, rows = dots(page), table(page)
    assert len(on_map) == len(rows) == 500
    for number in (0, 131, 499):
        assert on_map[number][2] == rows[number][1] == checkpoint.config.classes[expected.c[number]]
        assert on_map[number][3] == pytest.approx(expected.score[number], abs=1e-3)
        assert float(rows[number][2]) == pytest.approx(expected.score[number], abs=1e-3)
    for name, read in {"CSV": pd.read_csv, "Parquet": pd.read_parquet}.items():
        frame, sheet = download(page, name, read)
        assert np.allclose(frame["mi_nats"], expected.score, atol=1e-3)
        assert np.allclose(frame["h0"], expected.h[:, 0], atol=1e-3)
        assert sheet["settings"]["seed"] == 7
    arrays, _ = download(page, "NPZ", lambda file: dict(np.load(file, allow_pickle=False)))
    assert np.allclose(arrays["h"], expected.h, atol=1e-3)
    tops = [row.bounding_box()["y"] for row in page.locator("table.shares tr").all()]
    assert len(tops) == 4
    assert np.diff(tops).min() > 10  # px: one below the other
    against = int((expected.log_q.argmax(axis=1) != expected.c).sum())
    expect(page.locator("#scores-caption")).to_contain_text(
        f"for {against} of 500 its likeliest emotion is another one"
    )
    wait_until_measured(page)
    expect(page.locator("#gen-verdict")).to_contain_text("As informative as real speech features")
    expect(page.locator("#gauge-caption")).to_contain_text("With shuffled labels 0 %")
    expect(page.locator("#gauge-caption")).to_contain_text("not on the 500 shown")


def test_downloads_are_replaced_and_go_when_the_visitor_goes(visit_generate, server):
    page = visit_generate()
    page.get_by_label("Emotion", exact=True).click()
    page.get_by_role("option", name="Sad").click()
    page.get_by_label("Seed").fill("987")
    generate(page, "125 samples, sad")
    for name in ("CSV", "NPZ"):
        download(page, name, lambda file: None)
    expect(page.locator("#gauge-caption")).to_contain_text("one emotion alone can't say which", timeout=ANSWER_MS)
    wait_until_measured(page)  # leaving while an answer is under way aborts it, which the console would show
    files = list(server.cache.rglob("*seed987*"))
    assert [path.suffixes[-2] for path in files] == [".npz"]
    page.goto("about:blank")
    other = visit_generate()
    for _ in range(100):
        if not list(server.cache.rglob("*seed987*")):
            return
        other.wait_for_timeout(100)
    pytest.fail("the download is still on the server")


def test_each_mistake_is_one_sentence_and_nothing_is_lost(visit_generate):
    page = visit_generate()
    page.get_by_label("My transcript").check()
    press(page)
    expect_status(page, "There is no recording yet")
    page.get_by_label("Another sentence").check()
    press(page)
    expect_status(page, "Type the sentence that the samples should go with")
    page.get_by_label("Sentence", exact=True).fill("Leave me <b>alone</b>!")
    page.get_by_label("Make pairs").check()
    press(page)
    expect_status(page, "words or for pairs, not both")
    page.get_by_label("Make pairs").uncheck()
    page.get_by_label("How many of each").fill("501")
    press(page)
    expect_status(page, "Ask for 1 to 500 samples of 4 emotions at a time, not 501.")
    page.get_by_label("How many of each").fill("")
    press(page)
    expect_status(page, "The number of samples should be a whole number")
    page.get_by_label("How many of each").fill("10")
    page.get_by_label("Seed").fill("-4")
    press(page)
    expect_status(page, "The seed should be a whole number from 0")
    page.get_by_label("Seed").fill("1")
    press(page)
    expect_status(page, "with “Leave me <b>alone</b>!”")
    expect(page.locator("body")).not_to_contain_text("Traceback")


def test_sorting_the_table_and_choosing_a_row(visit_generate):
    page = visit_generate()
    generate(page)
    for heading, column in (("Distance", 3), ("I(c; ĥ) nats", 2)):
        for reverse in (False, True):
            page.get_by_role("button", name=heading).click()
            values = [float(row[column]) for row in table(page)]
            assert values == sorted(values, reverse=reverse)
    first = table(page)[0][0]
    page.locator("#gen-table tbody button").first.click()
    expect(page.locator("#gen-sample h4")).to_contain_text(f"No. {first}, ")


def test_another_checkpoint(visit_generate):
    if len(shipped.available()) < 2:
        pytest.skip("only one checkpoint is shipped")
    page = visit_generate()
    generate(page)
    page.locator("#gen-checkpoint input").click()
    page.get_by_role("option", name=re.compile("^open7")).click()
    expect(page.locator("#sample-map-caption")).to_contain_text("disgust", timeout=ANSWER_MS)
    expect(page.locator("#gen-table")).not_to_be_visible()
    page.get_by_label("Emotion", exact=True).click()
    page.get_by_role("option", name="Disgust").click()
    generate(page, "125 samples, disgust")
    assert {row[1] for row in table(page)} == {"disgust"}
