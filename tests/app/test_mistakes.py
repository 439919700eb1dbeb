"""What visitors get wrong, or wait for: a sentence once, boxes that agree with results, and a sign in view."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from sermi.ui.limits import MAX_BYTES
from tests.app.generate_page import expect_status, press
from tests.app.recognise_page import answered, button, upload

expect.set_options(timeout=60_000)


def test_a_file_that_is_too_large_leaves_the_recorder_as_it_was(visit, speech, tmp_path):
    large = tmp_path / "hours.wav"
    with large.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    page = visit()
    upload(page, large)
    expect(page.locator("#refusal")).to_contain_text("'hours.wav' has 120 MB; send up to 10 minutes and 120 MB")
    expect(page.locator(".toast-body")).to_have_count(0)
    expect(page.locator("#recording")).not_to_contain_text("Error")
    page.locator("#recording input[type=file]").set_input_files(speech)
    answered(page)
    expect(page.locator("#refusal")).to_be_empty()
    button(page, "Clear").click()
    expect(page.locator("#verdict")).to_contain_text("No recording yet")
    page.locator("#recording input[type=file]").set_input_files(large)
    expect(page.locator("#refusal")).to_contain_text("'hours.wav' has 120 MB")  # once more


def test_number_boxes_agree_with_what_is_generated(visit_generate):
    page = visit_generate()
    page.get_by_label("How many of each").fill("2.5")
    press(page)
    expect_status(page, "The number of samples should be a whole number")
    expect(page.locator(".toast-body")).to_have_count(0)  # the sentence is there once
    page.get_by_label("How many of each").fill("5")
    scale = page.locator("#gen-noise-scale input[type=number]")
    for typed, held in (("5", "3"), ("-1", "0.25"), ("1.5", "1.5"), ("", "1.5")):
        scale.fill(typed)
        press(page)
        expect_status(page, f"noise scale {held},")
        expect(scale).to_have_value(held)


def test_on_a_phone_the_answer_to_a_press_is_in_view(visit_generate):
    page = visit_generate(width=390)
    button(page, "Generate").click()
    expect(page.locator("#gen-status")).to_be_in_viewport(ratio=1)
    expect_status(page, "500 samples")
    expect(page.locator("#gen-status")).to_be_in_viewport(ratio=1)


def test_evidence_says_that_it_is_on_its_way(open_page):
    page = open_page()
    page.get_by_role("tab", name="Evidence").click()
    expect(page.locator("#ev-status")).to_contain_text(re.compile("Reading|Drawing"))
    expect(page.locator("#ev-new-voice .main-svg").first).to_be_visible()
    expect(page.locator("#ev-speaker .main-svg").first).to_be_visible()
    expect(page.locator("#ev-status")).to_be_empty()
