"""What is measured on the tab "Generate", and how its figures look, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.app.generate_page import (
    ANSWER_MS,
    MAPS,
    generate,
    slide,
    wait_until_measured,
)


def test_quality_beside_real_features(visit_generate):
    page = visit_generate()
    page.get_by_label("How many of each").fill("50")
    generate(page, "200 samples")
    page.get_by_role("button", name="Measure the quality").click()
    expect(page.locator("#quality")).to_contain_text("Real against real", timeout=ANSWER_MS)
    expect(page.locator("#quality tbody tr").first).to_contain_text(re.compile(r"\d"))


def test_what_it_buys(visit_generate):
    page = visit_generate()
    slide(page, "#gen-real", 5)
    page.get_by_role("button", name="Fit with and without").click()
    expect(page.locator("#learning-curve-caption")).to_contain_text(
        "With 5 real samples of each class", timeout=ANSWER_MS
    )
    expect(page.locator("#learning-curve .scatterlayer")).to_be_visible()


def test_every_figure_is_one_image_with_a_name(visit_generate):
    page = visit_generate()
    page.get_by_label("How many of each").fill("20")
    generate(page, "80 samples")
    wait_until_measured(page)
    for figure in ("sample-map", "gauge", "scores"):
        expect(page.get_by_role("img", name=re.compile(r"\w{3}")).and_(page.locator(f"#{figure}"))).to_be_visible()
    expect(page.locator("#sample-map-caption")).to_contain_text(re.compile(r"\d+ % of them lie within the line"))
    # hard words are explained where they stand, and in a list
    expect(page.locator("#scores-caption abbr", has_text="critic")).to_have_attribute(
        "title", re.compile("small model")
    )
    page.get_by_text("What the words mean").click()
    expect(page.locator(".glossary dl")).to_contain_text("A unit of information")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_nothing_sticks_out(visit_generate, theme):
    page = visit_generate(width=390, theme=theme)
    page.get_by_label("Compare all regularisers").check()
    page.get_by_label("How many of each").fill("20")
    generate(page, "80 samples")
    wait_until_measured(page)
    page.get_by_role("button", name="Fit with and without").click()
    expect(page.locator("#learning-curve .scatterlayer")).to_be_visible(timeout=ANSWER_MS)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    cut = page.locator(".studio :is(label > span, button:not(.label-wrap)):visible").evaluate_all(
        "all => all.filter(one => one.scrollWidth > one.clientWidth + 1 && one.clientWidth).map(one => one.textContent)"
    )
    assert cut == []
    for figure in (*MAPS, "#gauge", "#scores", "#learning-curve"):
        box = page.locator(f"{figure} .main-svg").first.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_no_traceback_was_logged(server):
    assert "Traceback" not in server.log.read_text()
