"""The tab "Generate" in a browser: what tests do there, and what they read from it."""

from __future__ import annotations

import io
import json
import zipfile

from playwright.sync_api import Page, expect

ANSWER_MS = 60_000
MAPS = ("#sample-map", "#sample-map-1", "#sample-map-2")


def expect_status(page: Page, sentence: str) -> None:
    expect(page.locator("#gen-status")).to_contain_text(sentence, timeout=ANSWER_MS)


def press(page: Page) -> None:
    page.locator("#gen-go").click()


def generate(page: Page, sentence: str = "500 samples") -> None:
    """Press, and wait until the samples are on the map and in the table."""
    press(page)
    expect_status(page, sentence)
    expect(page.locator("#gen-table tbody tr")).to_have_count(int(sentence.split()[0]))
    expect(page.locator("#gen-sample h4").first).to_be_visible()


def wait_until_measured(page: Page) -> None:
    """Until the information of the samples is there, too."""
    expect(page.locator("#gauge .scatterlayer")).to_be_visible(timeout=ANSWER_MS)
    expect(page.locator("#gen-verdict")).not_to_contain_text("easuring", timeout=ANSWER_MS)


def dots(page: Page, where: str = "#sample-map") -> dict[int, list]:
    """Number -> [x, y, emotion, nats] of every generated dot on a map, as the browser holds them."""
    rows = page.evaluate(
        """where => document.querySelector(where + " .js-plotly-plot").data
            .filter(trace => trace.meta === "generated")
            .flatMap(trace => trace.customdata.map((row, i) => [row[0], trace.x[i], trace.y[i], row[1], row[2]]))""",
        where,
    )
    return {number: rest for number, *rest in rows}


def table(page: Page) -> list[list[str]]:
    return page.locator("#gen-table tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    )


def slide(page: Page, where: str, value: float) -> None:
    """Type a value beside a slider."""
    box = page.locator(f"{where} input[type=number]")
    box.fill(str(value))
    box.press("Enter")


def download(page: Page, name: str, read):
    """What `read` makes of the data in the zip, and its data sheet."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=f"Download {name}").click()
    with zipfile.ZipFile(waiting.value.path()) as archive:
        data, sheet = archive.namelist()
        return read(io.BytesIO(archive.read(data))), json.loads(archive.read(sheet))
