"""`python -m benchmarks.page [--rounds 5]`: how long visitors wait, in a browser, on the running page; one JSON line.

| name | from | to |
|---|---|---|
| answer | the press on Stop, after 4 s of speech into the microphone | the emotion |
| map, information | the press on Generate | 500 samples on the map; the verdict on their information |
| evidence | the click on the tab, on a page just opened | its first figure |
| step_2 to step_7 | the press on Next, a second after the slide before was there | the slide with its figure |
| forty_files | 40 recordings of 3 s and a damaged one are dropped | the whole table |

`limit_s` is what each may take on an idle machine of two cores. `damaged_is_named` says whether the damaged file is.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from sermi.encoders.moonshine import assets_folder

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROUNDS = 5
SPOKEN_S, CLIP_S, N_FILES = 4, 3, 40
PATIENCE_MS = 180_000
STEPS = range(2, 8)
_CLICK = """async () => {
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
LIMIT_S = {
    "answer": 1.0,
    "map": 1.0,
    "information": 3.0,
    "evidence": 1.5,
    **{f"step_{step}": 1.0 for step in STEPS},
    "forty_files": 15.0,
}
Open = Callable[[], "Page"]
"""A page that was just opened."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    from playwright.sync_api import sync_playwright

    from tests.app.conftest import chromium, run_server

    path = chromium()
    if path is None:
        sys.exit("no Chromium: install it ('apt-get install chromium')")
    microphone = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={assets_folder() / 'beckett.wav'}",
    ]
    seconds: dict[str, list[float]] = defaultdict(list)
    with TemporaryDirectory() as folder, run_server(Path(folder)) as server, sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", *microphone]
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        open_page = _opener(browser, server.url)
        files = _files(Path(folder))
        # one round more, whose figures are left out: the models are loaded, the disk's cache is warm
        is_named = True
        for i in range(rounds + 1):
            one = _answer(open_page) | _generate(open_page, i) | _evidence(open_page) | _walkthrough(open_page)
            one["forty_files"], named = _forty_files(open_page, files)
            is_named &= named
            for name, value in one.items():
                if i:
                    seconds[name].append(round(value, 2))
        browser.close()
    medians = {name: round(statistics.median(values), 2) for name, values in seconds.items()}
    report = {
        "rounds": rounds,
        "median_s": medians,
        "limit_s": LIMIT_S,
        "over": [name for name, median in medians.items() if median > LIMIT_S[name]],
        "damaged_is_named": is_named,
        "s": seconds,
    }
    print(json.dumps(report))


def _opener(browser: Browser, url: str) -> Open:
    def open_page() -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, permissions=["microphone"])
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(url)
        page.get_by_role("button", name="Recognise", exact=True).wait_for()
        page.wait_for_function("Boolean(window.sermi && window.sermi.record)")
        return page

    return open_page


def _until(page: Page, selector: str, begin: Callable[[], object]) -> float:
    """Seconds from `begin` until something is visible."""
    start = time.perf_counter()
    begin()
    page.locator(selector).first.wait_for()
    return time.perf_counter() - start


def _answer(open_page: Open) -> dict[str, float]:
    page = open_page()
    page.get_by_role("button", name="Record", exact=True).click()
    page.get_by_role("button", name="Stop", exact=True).wait_for()
    page.wait_for_timeout(1_000 * SPOKEN_S)
    stop = page.get_by_role("button", name="Stop", exact=True).first
    took = _until(page, "#verdict :is(.sure, .unsure):has-text('of speech in')", stop.click)
    page.context.close()
    return {"answer": took}


def _generate(open_page: Open, seed: int) -> dict[str, float]:
    page = open_page()
    page.get_by_role("tab", name="Generate").click()
    page.locator("#sample-map .scatterlayer").first.wait_for()
    page.get_by_role("button", name="More settings").click()
    page.get_by_label("Seed").fill(str(1_000 + seed))  # nothing of it was measured before
    page.wait_for_timeout(500)
    on_map, everything, _ = page.evaluate(_CLICK)
    page.context.close()
    return {"map": on_map / 1_000, "information": everything / 1_000}


def _evidence(open_page: Open) -> dict[str, float]:
    page = open_page()
    took = _until(page, "#ev-new-voice .main-svg", page.get_by_role("tab", name="Evidence").click)
    page.context.close()
    return {"evidence": took}


def _walkthrough(open_page: Open) -> dict[str, float]:
    page, took = open_page(), {}
    page.get_by_role("tab", name="Walkthrough").click()
    page.locator("#step-1-figure .main-svg").first.wait_for()
    for step in STEPS:
        page.wait_for_timeout(1_000)
        drawn = f"#step-{step}:not(:has(.busy)) #step-{step}-figure .main-svg"
        took[f"step_{step}"] = _until(page, drawn, page.locator("#step-next").click)
    page.context.close()
    return took


def _forty_files(open_page: Open, files: list[Path]) -> tuple[float, bool]:
    page = open_page()
    page.get_by_role("button", name="Many files at once").click()
    box = page.locator("#many-files input[type=file]")
    done = f"#many-status:has-text('{N_FILES} of {N_FILES + 1} recordings recognised')"
    took = _until(page, done, lambda: box.set_input_files(files))
    is_named = bool(re.search(r"Not usable: damaged\.wav\.", page.locator("#many-status").inner_text()))
    rows = page.locator("#many-table tbody tr").count()
    page.context.close()
    return took, is_named and rows == N_FILES + 1


def _files(folder: Path) -> list[Path]:
    """Recordings of 3 s, all different, and a damaged one among them."""
    samples, rate = soundfile.read(assets_folder() / "two_cities.wav")
    paths = []
    for i in range(N_FILES):
        paths.append(folder / f"take-{i:02d}.wav")
        soundfile.write(paths[-1], np.roll(samples, -i * rate)[: CLIP_S * rate], rate)
    damaged = folder / "damaged.wav"
    damaged.write_bytes(b"RIFF" + bytes(2_000))
    return [*paths[:7], damaged, *paths[7:]]


if __name__ == "__main__":
    main()
