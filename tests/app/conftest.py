"""A running server and a real browser, shared by all tests of the app."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, expect, sync_playwright

from sermi import shipped
from sermi.encoders.moonshine import assets_folder
from tests.app import recognise_page

ENDS_IN_S = 5
ROOT = Path(__file__).resolve().parents[2]


def missing(reason: str) -> None:
    """What a test needs is not here: skip on somebody's laptop, fail where everything must run."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass(frozen=True)
class Server:
    url: str
    cache: Path
    log: Path
    startup_s: float
    process: subprocess.Popen


@contextmanager
def run_server(folder: Path, checkpoints: Path | None = None, **settings: str) -> Iterator[Server]:
    """`python app.py` on a free port, from its first answer with status 200 on.

    checkpoints: None for the shipped ones. settings: further environment variables.
    """
    folder.mkdir(exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cache, log = folder / "gradio", folder / "server.log"
    environment = {
        **os.environ,
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(cache),
        "HF_HUB_OFFLINE": "1",
        "PYTHONUNBUFFERED": "1",
        **({"SERMI_CHECKPOINTS": str(checkpoints)} if checkpoints else {}),
        **settings,
    }
    url, begun = f"http://127.0.0.1:{port}", time.monotonic()
    with log.open("w") as output:
        process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        while not _answers(url):
            if process.poll() is not None or time.monotonic() - begun > 120:
                raise RuntimeError(f"the server did not start:\n{log.read_text()}")
            time.sleep(0.05)
        yield Server(url, cache, log, time.monotonic() - begun, process)
    finally:
        is_up = process.poll() is None
        process.terminate()
        try:
            process.wait(2 * ENDS_IN_S)  # neighbours may keep the machine busy
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            pytest.fail("the server did not end")
    if is_up:
        assert recordings(cache) == []


def recordings(cache: Path) -> list[Path]:
    """What visitors sent and the server has."""
    return [path for path in cache.rglob("*") if path.is_file() and path.suffix != ".lock"]


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=30, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="session")
def start_server():
    return run_server


@pytest.fixture(scope="session")
def server(tmp_path_factory, checkpoints) -> Iterator[Server]:
    if not shipped.available():
        missing("no checkpoint in checkpoints/: train one with 'python -m train'")
    with run_server(tmp_path_factory.mktemp("server"), checkpoints) as running:
        yield running


@pytest.fixture(scope="session")
def speech() -> Path:
    """Ten seconds of somebody reading Beckett."""
    return assets_folder() / "beckett.wav"


@pytest.fixture(scope="session")
def encoded(tmp_path_factory, speech):
    """A function that gives the same speech in another format."""
    import av
    import soundfile

    folder = tmp_path_factory.mktemp("formats")
    codecs = {"m4a": ("mp4", "aac"), "mp4": ("mp4", "aac"), "webm": ("webm", "libopus")}

    def encode(extension: str) -> Path:
        path = folder / f"speech.{extension}"
        if path.exists():
            return path
        if extension in codecs:
            container, codec = codecs[extension]
            with av.open(str(speech)) as source, av.open(str(path), "w", format=container) as target:
                stream = target.add_stream(codec, rate=48_000, layout="mono")
                for frame in source.decode(audio=0):
                    target.mux(stream.encode(frame))
                target.mux(stream.encode(None))
        else:
            samples, rate = soundfile.read(speech)
            soundfile.write(path, samples, rate)
        return path

    return encode


def chromium() -> str | None:
    """Where Chromium is, if anywhere."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def browser(speech):
    """Headless Chromium whose microphone hears `speech`."""
    path = chromium()
    if path is None:
        missing("no Chromium: install it ('apt-get install chromium') or set CHROMIUM to its path")
    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={speech}",
    ]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=flags)
        yield launched
        launched.close()


ANSWER_MS = 60_000
UNPLAYABLE = "Waveform load error"
"""What Gradio's player logs about a file that no browser can play, as the damaged one of these tests."""


@pytest.fixture
def open_page(browser, server):
    """A function that opens the page; afterwards its console must be clean and all its requests its own."""
    opened = []

    def opener(*, width: int = 1280, theme: str = "light", path: str = "/", link: str = ""):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, permissions=["microphone"], accept_downloads=True
        )
        page = context.new_page()
        page.set_default_timeout(ANSWER_MS)
        complaints, requests = [], []
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        opened.append((context, complaints, requests))
        page.goto(f"{server.url}{path}?__theme={theme}{link}")
        return page

    yield opener
    for context, complaints, requests in opened:
        context.close()
        assert [complaint for complaint in complaints if not complaint.startswith(UNPLAYABLE)] == []
        assert [url for url in requests if not url.startswith((server.url, "data:", "blob:"))] == []


@pytest.fixture
def visit_generate(open_page):
    """A function that opens the tab "Generate", after a recording if wanted."""

    def open_tab(*, speak: bool = False, **options) -> Page:
        page = open_page(**options)
        if speak:
            page.get_by_role("button", name=re.compile("^Beckett")).click()
            expect(page.locator("#verdict h2")).to_contain_text("%", timeout=ANSWER_MS)
        page.get_by_role("tab", name="Generate").click()
        expect(page.locator("#sample-map .scatterlayer").first).to_be_visible(timeout=ANSWER_MS)
        page.get_by_role("button", name="More settings").click()
        return page

    return open_tab


@pytest.fixture
def visit(open_page):
    """A function that opens the page and waits until it can be used."""

    def visited(**options) -> Page:
        page = open_page(**options)
        expect(recognise_page.button(page, "Recognise")).to_be_visible(timeout=recognise_page.ANSWER_MS)
        page.wait_for_function("Boolean(window.sermi && window.sermi.record)")
        return page

    return visited


@pytest.fixture(scope="session")
def long_file(speech, tmp_path_factory):
    """A function that gives the same speech again and again, for some seconds."""

    def make(seconds: int) -> Path:
        samples, rate = soundfile.read(speech)
        path = tmp_path_factory.mktemp("long") / f"{seconds}.flac"
        soundfile.write(path, np.resize(samples, seconds * rate), rate)
        return path

    return make
