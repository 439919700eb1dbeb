"""`python -m benchmarks.click_to_map`: from the click on Generate to 500 drawn dots, in a browser, on the running page.

Each round takes another seed, so nothing is cached. `longest_block` is the longest time for which the page could not answer the
visitor, counted until everything that follows by itself (table, histogram, information) was there too. One JSON line.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROUNDS = 7
CLICK = """async () => {
    const blocks = [];
    new PerformanceObserver(list => blocks.push(...list.getEntries())).observe({ type: "longtask" });
    const drawn = () => {
        const plot = document.querySelector("#sample-map .js-plotly-plot");
        const status = document.querySelector("#gen-status").textContent;
        const seed = document.querySelector("#gen-seed input").value;
        const dots = plot?.querySelectorAll(".scatterlayer path.point").length ?? 0;
        return status.includes(`seed ${seed}.`) && dots >= 1300;
    };
    const start = performance.now();
    document.querySelector("#gen-go").click();
    while (!drawn()) await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    const map = performance.now() - start;
    const done = () => /As informative|Over|blurred/.test(document.querySelector("#gen-verdict").textContent)
        && document.querySelector("#gauge .scatterlayer");
    await new Promise(resolve => setTimeout(resolve, 300));
    while (!done()) await new Promise(requestAnimationFrame);
    const all = performance.now() - start;
    return [map, all, Math.max(0, ...blocks.map(block => block.duration))];
}"""
"""Milliseconds to the map, to all that follows by itself, and of the longest block; run in the page."""


def main() -> None:
    """Measure and print."""
    from playwright.sync_api import sync_playwright

    from tests.app.conftest import run_server

    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.exit("no Chromium: install it ('apt-get install chromium')")
    with TemporaryDirectory() as folder, run_server(Path(folder)) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(server.url)
        page.get_by_role("tab", name="Generate").click()
        page.locator("#sample-map .scatterlayer").first.wait_for(timeout=120_000)
        times = []
        for seed in range(ROUNDS):
            page.get_by_label("Seed").fill(str(seed))
            page.wait_for_timeout(500)
            times.append(page.evaluate(CLICK))
        browser.close()
    names = ("map", "everything", "longest_block")
    seconds = {name: [round(row[i] / 1000, 2) for row in times] for i, name in enumerate(names)}
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    print(json.dumps({"samples": 500, "rounds": ROUNDS, "median_s": medians, "s": seconds}))


if __name__ == "__main__":
    main()
