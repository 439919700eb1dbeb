"""`make screenshots`: every tab, wide and on a phone, light and dark, as docs/screenshots/TAB-WIDTH-THEME.webp.

The top of the tab Generate is also saved by itself, as the README's picture.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from tests.app.conftest import ROOT, chromium, run_server

FOLDER = ROOT / "docs" / "screenshots"
WIDTHS = {"wide": 1280, "phone": 390}
ANSWER_MS = 120_000
PICTURE = "generate-wide-light"
PICTURE_HEIGHT = 1_040
"""Down to the end of the map."""


def recognise(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Beckett")).click()
    expect(page.locator("#timeline .main-svg").first).to_be_visible(timeout=ANSWER_MS)


def generate(page: Page) -> None:
    recognise(page)
    page.get_by_role("tab", name="Generate").click()
    page.locator("#gen-go").click()
    expect(page.locator("#gauge .main-svg").first).to_be_visible(timeout=ANSWER_MS)


def your_features(page: Page) -> None:
    page.get_by_role("tab", name="Your features").click()
    page.get_by_role("button", name="Try it with an example").click()
    expect(page.locator("#own-bought .main-svg").first).to_be_visible(timeout=2 * ANSWER_MS)


def evidence(page: Page) -> None:
    page.get_by_role("tab", name="Evidence").click()
    expect(page.locator("#ev-speaker .main-svg").first).to_be_visible(timeout=ANSWER_MS)


def walkthrough(page: Page) -> None:
    page.get_by_role("tab", name="Walkthrough").click()
    page.locator("#step-number input").fill("4")
    page.keyboard.press("Enter")
    expect(page.locator("#step-4-figure .main-svg").first).to_be_visible(timeout=ANSWER_MS)


def about(page: Page) -> None:
    page.get_by_role("tab", name="About").click()
    expect(page.locator("#card h1")).to_be_visible(timeout=ANSWER_MS)


TABS = (recognise, generate, your_features, evidence, walkthrough, about)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, run_server(Path(folder)) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        for size, width in WIDTHS.items():
            for theme in ("light", "dark"):
                for tab in TABS:
                    page = browser.new_page(viewport={"width": width, "height": 900}, reduced_motion="reduce")
                    page.goto(f"{server.url}/?__theme={theme}")
                    tab(page)
                    page.wait_for_timeout(1_000)
                    raw = Path(folder) / "shot.png"
                    page.screenshot(path=raw, full_page=True)
                    target = FOLDER / f"{tab.__name__}-{size}-{theme}.webp"
                    image = Image.open(raw).convert("RGB")
                    image.save(target, quality=70, method=6)
                    if target.stem == PICTURE:
                        top = image.crop((0, 0, width, PICTURE_HEIGHT))
                        top.save(FOLDER / "readme.webp", quality=70, method=6)
                    print(target.relative_to(ROOT), target.stat().st_size // 1024, "kB", flush=True)
                    page.close()
        browser.close()


if __name__ == "__main__":
    main()
