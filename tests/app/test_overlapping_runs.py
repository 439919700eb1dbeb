"""What was asked for last is what stands on the page, and no card shows parts of two answers."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.app.generate_page import dots, expect_status, press, wait_until_measured
from tests.app.recognise_page import ANSWER_MS, answered, button, upload, verdict

expect.set_options(timeout=60_000)


_NOTE = """([place, words]) => {
    const element = document.querySelector(place);
    window.wasSeen = false;
    const note = () => { window.wasSeen ||= element.textContent.includes(words); };
    new MutationObserver(note).observe(element, { subtree: true, childList: true, characterData: true });
}"""
"""On an idle machine work is under way for less time than between two looks."""


def test_generating_again_while_a_run_is_under_way(visit_generate):
    page = visit_generate()
    number = page.get_by_label("How many of each")
    for pause_ms, before, last in ((0, 125, 70), (700, 90, 60)):
        number.fill(str(before))
        press(page)
        page.wait_for_timeout(pause_ms)  # that is being drawn, or being measured
        number.fill(str(last))
        press(page)
        expect_status(page, f"{4 * last} samples")
        wait_until_measured(page)
        expect(page.locator("#gen-table tbody tr")).to_have_count(4 * last)
        assert len(dots(page)) == 4 * last
        expect(page.locator("#sample-map-caption")).to_contain_text(f"{4 * last} generated")
        expect(page.locator("#scores-caption")).to_contain_text(f"of {4 * last}")
        counts = page.locator("#scores .js-plotly-plot").evaluate(
            "plot => plot._fullData.flatMap(bars => [...bars.y]).reduce((a, b) => a + b)"
        )
        assert counts == 4 * last
        expect(page.locator("#gen-outdated")).to_be_empty()


def test_what_the_controls_no_longer_say_is_marked(visit_generate):
    page = visit_generate()
    page.get_by_label("How many of each").fill("20")
    press(page)
    wait_until_measured(page)
    sign = page.locator("#gen-outdated")
    for change, back in (("Off: a plain", "Match: "), ("My transcript", "None")):
        page.get_by_role("radio", name=change).check()
        expect(sign).to_contain_text("press Generate for what they say now")
        expect(page.locator(".details")).to_have_css("opacity", re.compile(r"0\.\d"))
        page.get_by_role("radio", name=back).check()
        expect(sign).to_be_empty()
    # what is measured of one set isn't shown of the next
    page.evaluate(_NOTE, ["#quality", "Measuring"])
    page.get_by_role("button", name="Measure the quality").click()
    page.wait_for_function("window.wasSeen")
    press(page)
    expect(page.locator("#quality")).to_be_empty()
    page.evaluate(_NOTE, ["#learning-curve-text", "Fitting"])
    page.get_by_role("button", name="Fit with and without").click()
    page.wait_for_function("window.wasSeen")
    page.get_by_label("Off: a plain").check()
    expect(page.locator("#learning-curve-caption")).to_be_visible(timeout=ANSWER_MS)
    expect(page.locator("#learning-curve-text h3")).to_contain_text("match")
    expect(page.locator("#curve-outdated")).to_contain_text("press Fit with and without")
    expect(button(page, "Measure the quality")).to_be_enabled(timeout=ANSWER_MS)
    expect(page.locator("#quality")).to_be_empty()


def test_evidence_is_of_the_setting_that_was_chosen_last(open_page):
    page = open_page(link="#evidence")
    expect(page.locator("#ev-speaker .main-svg").first).to_be_visible()
    for title in ("All training actors", "Three classes cut to 10 %", "Four training actors"):
        page.get_by_label(title, exact=True).check()  # while the one before is being drawn
    of_last = page.get_by_text("compare low-resource")
    for figure in ("ev-gains", "ev-information", "ev-quality", "ev-after"):
        expect(page.locator(".card", has=page.locator(f"#{figure}")).locator(of_last).first).to_be_visible()
    expect(page.locator("#ev-status")).to_be_empty()
    expect(page.get_by_text("compare imbalance")).to_have_count(0)


def test_the_last_recording_and_the_last_words_are_answered(visit, encoded, long_file):
    page = visit()
    upload(page, long_file(420))
    expect(verdict(page)).to_contain_text("of 7 min", timeout=ANSWER_MS)
    button(page, "Clear").click()
    upload(page, encoded("flac"))
    expect(answered(page)).to_contain_text("speech in 10")
    for words in ("I am so happy, this is wonderful", "I hate you, leave me alone"):
        page.get_by_label("What was said").fill(words)
        button(page, "Recognise").click()
    expect(answered(page)).to_contain_text("I hate you")
