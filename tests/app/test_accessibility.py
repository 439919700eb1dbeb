"""axe-core finds nothing serious that is ours, on any tab, light and dark."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

READY = {
    "Recognise": "#recording",
    "Generate": "#sample-map .main-svg",
    "Your features": "#own-example",
    "Evidence": "#ev-speaker .main-svg",
    "Walkthrough": "#step-1-figure .main-svg",
    "About": "#card h1",
}
FRAMEWORK = ("footer", ".svelte-select", "#recording")
"""Gradio's own markup, which we can't change: its footer and the innards of its recorder."""


def serious_violations(page: Page) -> list[str]:
    """What axe-core finds that is serious and ours."""
    result = Axe().run(page, context={"exclude": [[selector] for selector in FRAMEWORK]})
    return [
        f"{violation['id']}: {node['html'][:200]} {node['failureSummary']}"
        for violation in result.response["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("tab", READY)
def test_no_serious_violation(browser, server, tab, theme):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{server.url}/?__theme={theme}")
    page.get_by_role("tab", name=tab).click()
    expect(page.locator(READY[tab]).first).to_be_visible(timeout=60_000)
    serious = serious_violations(page)
    context.close()
    assert serious == []
