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
from tests.app.recognise_page import button
from tests.app.test_accessibility import serious_violations

ANSWER_MS = 120_000  # the first who comes waits for the models


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
        names = [name.strip() for name in rows.locator("td:first-child").all_text_contents()]
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


def test_speakers_are_known_corrected_and_taken_from_a_table_and_two_takes_compared(visit, server, files, tmp_path):
    page = visit(width=390)
    page.get_by_role("button", name="Many files at once").click()
    page.get_by_label("The name up to the first").check()
    status, context = page.locator("#many-status"), page.locator("#many-table tbody td:nth-child(9)")
    page.locator("#many-files input[type=file]").set_input_files(files[:4])
    expect(status).to_contain_text("1 speaker: take (3); of 1 nobody knows.", timeout=ANSWER_MS)
    expect(context).to_have_text(["2", "2", "2", ""])
    # two rows side by side, by the keyboard
    for name in ("take-0.wav", "take-1.wav"):
        page.get_by_label(f"Compare {name}").focus()
        page.keyboard.press("Space")
    compared = page.locator("#many-comparison")
    expect(compared.locator("thead th")).to_have_text(["take-0.wav", "take-1.wav"])
    expect(compared.locator(".share")).to_have_count(8)
    # typed over
    page.get_by_label("Speaker of take-2.wav").fill("<b>someone else")
    page.keyboard.press("Enter")
    expect(status).to_contain_text("2 speakers, as typed: take (2), <b>someone else (1)")
    expect(context).to_have_text(["1", "1", "0", ""])
    expect(page.get_by_label("Compare take-0.wav")).to_be_checked()
    # a table that comes afterwards
    table = tmp_path / "who.csv"
    table.write_text("file,speaker\ntake-0.wav,Anna\ntake-2.wav,Anna\n")
    page.locator("#many-files input[type=file]").set_input_files(table)
    expect(status).to_contain_text("1 speaker: Anna (2); of 2 nobody knows.")
    expect(context).to_have_text(["1", "0", "1", ""])
    assert serious_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_label("Not known: each file by itself").check()
    expect(context).to_have_text(["0", "0", "0", ""])
    button(page, "Remove all").click()
    for place in ("table", "comparison", "status"):
        expect(page.locator(f"#many-{place}")).to_be_empty()
    assert not [path for path in recordings(server.cache) if "emotions" in path.name]
