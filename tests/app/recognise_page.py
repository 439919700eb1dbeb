"""What a visitor does on the tab Recognise, and what they see."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

ANSWER_MS = 30_000
PERCENT = re.compile(r"\d\s%")


def button(page: Page, name: str):
    return page.get_by_role("button", name=name, exact=True)


def upload(page: Page, path) -> None:
    button(page, "Upload file").click()
    page.locator("#recording input[type=file]").set_input_files(path)


def answered(page: Page):
    """Wait until the verdict is there; it names a probability."""
    card = page.locator("#verdict .sure, #verdict .unsure")
    expect(card).to_be_visible(timeout=ANSWER_MS)
    expect(card.locator("h2")).to_contain_text(PERCENT)
    return card


def verdict(page: Page):
    """Its place, whatever is in it."""
    return page.locator("#verdict")
