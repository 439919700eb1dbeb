"""Many files in a real browser: a table as soon as they are there, and one bad file doesn't stop it."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import expect

from tests.app.conftest import recordings

ANSWER_MS = 60_000


@pytest.fixture(scope="module")
def files(speech, tmp_path_factory) -> list[Path]:
    """Three takes, a damaged one, and a zip of two more."""
    folder = tmp_path_factory.mktemp("many")
    samples, rate = soundfile.read(speech)
    for i in range(5):
        soundfile.write(folder / f"take-{i}.wav", np.roll(samples, i * rate)[: 3 * rate], rate)
    (folder / "damaged.wav").write_bytes(b"RIFF" + bytes(2_000))
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        for i in (3, 4):
            archive.write(folder / f"take-{i}.wav", f"later/take-{i}.wav")
    return [*(folder / f"take-{i}.wav" for i in range(3)), folder / "damaged.wav", folder / "more.zip"]


def test_a_table_of_many_files_to_sort_and_take_along(visit, server, files):
    page, earlier = visit(), {*recordings(server.cache)}
    page.get_by_role("button", name="Many files at once").click()
    page.locator("#many-files input[type=file]").set_input_files(files)
    expect(page.locator("#many-status")).to_contain_text("5 of 6 recordings recognised", timeout=ANSWER_MS)
    expect(page.locator("#many-status")).to_contain_text("Not usable: damaged.wav.")
    rows = page.locator("#many-table tbody tr")
    expect(rows).to_have_count(6)
    expect(rows.filter(has_text="damaged.wav")).to_contain_text("is not an audio file that can be read")
    expect(rows.filter(has_text="later/take-4.wav")).to_contain_text("0.")
    sent = {*recordings(server.cache)} - earlier
    assert not [path for path in sent if path.suffix in (".wav", ".zip")]  # none is kept
    for reverse in (False, True):
        page.locator("#many-table").get_by_role("button", name="File").click()
        names = rows.locator("td:first-child").all_text_contents()
        assert names == sorted(names, reverse=reverse)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download CSV").or_(page.locator("#many-csv")).first.click()
    table = list(csv.DictReader(waiting.value.path().open(newline="")))
    assert [row["File"] for row in table][-2:] == ["later/take-3.wav", "later/take-4.wav"]
    with page.expect_download() as waiting:
        page.locator("#many-json").first.click()
    records = json.loads(waiting.value.path().read_text())
    assert [bool(record["error"]) for record in records] == [row["Emotion"] == "" for row in table]
    for row, record in zip(table, records, strict=True):
        assert row["Emotion"] == record.get("emotion", "")
