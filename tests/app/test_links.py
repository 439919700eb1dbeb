"""Addresses of tabs, and links that hold settings, in a real browser."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.app.generate_page import expect_status
from tests.app.recognise_page import button
from tests.app.test_accessibility import serious_violations

expect.set_options(timeout=60_000)


def test_a_link_to_settings_is_copied_and_followed(visit_generate, open_page):
    page = visit_generate()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_label("How many of each").fill("20")
    page.get_by_label("Seed").fill("7")
    page.get_by_label("Off: a plain").check()
    page.locator("#gen-emotion input").click()
    page.get_by_role("option", name="Sad").click()
    button(page, "Copy a link to these settings").click()
    expect(button(page, "Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.endswith("#generate?checkpoint=open4&emotion=sad&n=20&regulariser=off&noise_scale=1&seed=7")
    assert serious_violations(page) == []
    other = open_page(link=f"#{link.split('#')[1]}", width=390)
    expect(other.locator("#gen-link-status")).to_contain_text("The settings are those of the link; press Generate.")
    expect(other.locator("#gen-emotion input")).to_have_value("Sad")
    expect(other.get_by_label("How many of each")).to_have_value("20")
    assert other.evaluate("document.documentElement.scrollWidth") <= 390
    button(other, "Generate").click()
    expect_status(other, "20 samples")
    expect_status(other, "seed 7")


def test_hostile_links_set_nothing(open_page):
    page = open_page(link="#generate?emotion=<img src=x onerror=alert(1)>&checkpoint=/etc/passwd&n=5&seed=x")
    status = page.locator("#gen-link-status")
    expect(status).to_contain_text("What it says of checkpoint, emotion, seed isn't to be had here.")
    expect(page.get_by_label("How many of each")).to_have_value("5")
    expect(page.locator("#gen-emotion input")).to_have_value("All emotions")
    expect(page.locator("img[src=x]")).to_have_count(0)


def test_every_tab_has_an_address(open_page):
    page = open_page(link="#evidence")
    for name in ("Evidence", "Your features", "About", "Recognise"):
        page.evaluate("name => { location.hash = name }", name.lower().replace(" ", "-"))
        expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="Generate").click()
    expect(page).to_have_url(re.compile("#generate$"))
