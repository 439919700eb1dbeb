"""The snippets for programs, as the page shows them, run against the server that shows them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from sermi.ui.programs import ENDPOINTS


@pytest.fixture
def desk(tmp_path, speech):
    """A folder with a clip, where snippets run."""
    shutil.copy(speech, tmp_path / "clip.wav")
    return tmp_path


def run(command: list[str], folder) -> str:
    environment = {**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_snippets_of_the_page_run(open_page, server, desk):
    page = open_page(link="#about")
    python, curl = page.locator("#snippet-python"), page.locator("#snippet-curl")
    expect(python).to_contain_text(server.url)
    for name in ENDPOINTS:
        expect(page.locator(".programs")).to_contain_text(name)
    *_, answer, words, samples = run([sys.executable, "-c", python.inner_text()], desk).strip().splitlines()
    assert answer.split()[0] in ("angry", "happy", "neutral", "sad")
    assert "tried" in words
    assert samples.startswith("5 ")
    events = run(["sh", "-c", curl.inner_text()], desk)
    assert "event: complete" in events
    assert f'"emotion": "{answer.split()[0]}"' in events
