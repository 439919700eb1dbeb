"""`python -m benchmarks.live`: how far the emotion is behind while visitors speak at once, on the running page.

One visitor is a browser, whose microphone hears a reader; the others send the same windows as its page does, since several
browsers that draw their recorders keep two cores busy by themselves. The lag is the time from sending the last two seconds,
which end then, to their emotion being on the page, or with a visitor without one. A JSON line for each number of visitors.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.live_session import HOP_S, WINDOW_S, LiveSession

if TYPE_CHECKING:
    from playwright.sync_api import Browser

VISITORS = (1, 4, 8)
SECONDS = 20
RATE = 16_000
_NOTE = """() => {
    window.lags = [];
    const note = () => {
        const element = document.querySelector("#live [data-lag]");
        const moment = element?.querySelector(".moment");
        if (!moment || moment.dataset.end === window.lastEnd) return;
        window.lastEnd = moment.dataset.end;
        window.lags.push(Number(element.dataset.lag) / 1000);
    };
    new MutationObserver(note).observe(document.querySelector("#live"), { subtree: true, childList: true, attributes: true });
}"""


class Speaker(threading.Thread):
    """A visitor without a browser, who speaks until told to stop."""

    def __init__(self, url: str, speech: np.ndarray) -> None:
        """speech: (samples,) int16 at 16 kHz, again and again."""
        super().__init__(daemon=True)
        self.lags: list[float] = []
        self.ended = threading.Event()
        self._visit = LiveSession(url)
        self._speech = speech

    def run(self) -> None:
        """One window at a time, as the page does."""
        begun, at = time.monotonic(), 0
        while not self.ended.is_set():
            at += 1
            self.ended.wait(max(0.0, begun + at * HOP_S - time.monotonic()))
            end = int((time.monotonic() - begun) * RATE)
            samples = np.take(self._speech, range(end - WINDOW_S * RATE, end), mode="wrap")
            sent = time.monotonic()
            self._visit.ask(samples, end / RATE, RATE)
            self.lags.append(time.monotonic() - sent)


def main() -> None:
    """Measure and print."""
    from playwright.sync_api import sync_playwright

    from sermi import audio
    from sermi.encoders.moonshine import assets_folder
    from tests.app.conftest import run_server

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, nargs="*", default=VISITORS)
    arguments = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.exit("no Chromium: install it ('apt-get install chromium')")
    reader = assets_folder() / "beckett.wav"
    speech = (audio.read(reader).waveform * 32_767).astype("<i2")
    flags = ["--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    flags.append(f"--use-file-for-fake-audio-capture={reader}")
    with TemporaryDirectory() as folder, run_server(Path(folder)) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        for visitors in arguments.visitors:
            on_page, others = _lags(browser, server.url, visitors, speech)
            figures = {"visitors": visitors, "on_page": _summary(on_page)}
            print(json.dumps({"live": figures | ({"without_browser": _summary(others)} if others else {})}), flush=True)
        browser.close()


def _summary(lags: list[float]) -> dict[str, float]:
    ranked = sorted(lags)
    return {
        "answers": len(lags),
        "median_s": round(statistics.median(lags), 3),
        "p95_s": round(ranked[int(0.95 * (len(ranked) - 1))], 3),
    }


def _lags(browser: Browser, url: str, visitors: int, speech: np.ndarray) -> tuple[list[float], list[float]]:
    """Seconds, of every answer that the browser showed and that the others got."""
    page = browser.new_context(permissions=["microphone"]).new_page()
    page.goto(url)
    page.locator("#recording .record-button").wait_for(timeout=60_000)
    page.evaluate(_NOTE)
    page.locator("#recording .record-button").click()
    page.locator("#live .moment[data-emotion]").wait_for(timeout=60_000)
    others = [Speaker(url, np.roll(speech, 20_000 * i)) for i in range(visitors - 1)]
    for other in others:
        other.start()
        time.sleep(HOP_S / visitors)
    page.evaluate("window.lags = []")
    page.wait_for_timeout(1000 * SECONDS)
    lags = page.evaluate("window.lags")
    for other in others:
        other.ended.set()
    for other in others:
        other.join()
    page.context.close()
    return lags, [lag for other in others for lag in other.lags]


if __name__ == "__main__":
    main()
