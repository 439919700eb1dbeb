"""`python -m benchmarks.live [--visitors N]`: how far the emotion is behind while visitors speak, on the running page.

Each visitor's microphone hears the same reader. The lag is the time from sending the last two seconds, which end then, to their
emotion being on the page. One JSON line.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

VISITORS = (1, 4)
SECONDS = 15
_NOTE = """() => {
    window.lags = [];
    const note = () => {
        const element = document.querySelector("#live [data-lag]") ?? document.querySelector("#live[data-lag]");
        const moment = element?.querySelector(".moment");
        if (!moment || moment.dataset.end === window.lastEnd) return;
        window.lastEnd = moment.dataset.end;
        window.lags.push(Number(element.dataset.lag));
    };
    new MutationObserver(note).observe(document.querySelector("#live"), { subtree: true, childList: true, attributes: true });
}"""


def main() -> None:
    """Measure and print."""
    from playwright.sync_api import sync_playwright

    from sermi.encoders.moonshine import assets_folder
    from tests.app.conftest import run_server

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, nargs="*", default=VISITORS)
    arguments = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.exit("no Chromium: install it ('apt-get install chromium')")
    flags = ["--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    flags.append(f"--use-file-for-fake-audio-capture={assets_folder() / 'beckett.wav'}")
    with TemporaryDirectory() as folder, run_server(Path(folder)) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        for visitors in arguments.visitors:
            lags = _lags(browser, server.url, visitors)
            ranked = sorted(lags)
            print(
                json.dumps(
                    {
                        "visitors": visitors,
                        "answers": len(lags),
                        "answers_per_s_and_visitor": round(len(lags) / SECONDS / visitors, 2),
                        "median_s": round(statistics.median(lags), 3),
                        "p95_s": round(ranked[int(0.95 * (len(ranked) - 1))], 3),
                    }
                )
            )
        browser.close()


def _lags(browser: Browser, url: str, visitors: int) -> list[float]:
    """Seconds, of every answer that one of several visitors at once was shown."""
    pages = [browser.new_context(permissions=["microphone"]).new_page() for _ in range(visitors)]
    for page in pages:
        page.goto(url)
        page.locator("#recording .record-button").wait_for(timeout=60_000)
    for page in pages:
        page.evaluate(_NOTE)
        page.locator("#recording .record-button").click()
    for page in pages:
        page.locator("#live .moment[data-emotion]").wait_for(timeout=60_000)
        page.evaluate("window.lags = []")
    pages[0].wait_for_timeout(1000 * SECONDS)
    lags = [lag / 1000 for page in pages for lag in page.evaluate("window.lags")]
    for page in pages:
        page.context.close()
    return lags


if __name__ == "__main__":
    main()
