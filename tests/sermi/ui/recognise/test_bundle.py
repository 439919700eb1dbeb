"""Many files become rows, whatever is among them, and nothing of a zip leaves its place."""

from __future__ import annotations

import csv
import json
import zipfile

import pytest

from sermi.prediction import Prediction, Segment
from sermi.ui.recognise import bundle
from sermi.ui.recognise.bundle import COLUMNS, Row, unpacked, write

P = {"happy": 0.8, "sad": 0.2}
PREDICTION = Prediction(
    "happy", 0.8, True, P, P, P, "lovely, day", 1.0, 1.0, [(0.0, 1.0)], [Segment(0, 1, P)], ["Too quiet."]
)


@pytest.fixture
def zipped(tmp_path):
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in (
            "a/one.wav",
            "../../outside.mp3",
            "/etc/three.flac",
            "notes.txt",
            "__MACOSX/._one.wav",
            ".hidden.wav",
        ):
            archive.writestr(name, name)
    return path


def test_recordings_of_a_zip_come_one_after_the_other_and_stay_in_their_place(zipped, tmp_path):
    place = tmp_path / "place"
    place.mkdir()
    names = []
    for recording in unpacked([str(zipped), "/somewhere/four.ogg"], place):
        names.append(recording.name)
        if recording.name != "four.ogg":
            assert recording.path.parent == place
            assert recording.path.read_text() == recording.name
            assert [path for path in tmp_path.rglob("*") if path.is_file()] == [zipped, recording.path]
    assert names == ["a/one.wav", "../../outside.mp3", "/etc/three.flac", "four.ogg"]
    assert list(place.iterdir()) == []


def test_what_is_no_zip_or_unpacks_to_too_much_is_one_row(zipped, tmp_path, monkeypatch):
    broken = tmp_path / "broken.zip"
    broken.write_bytes(zipped.read_bytes()[:60])
    (only,) = unpacked([str(broken)], tmp_path)
    assert only.problem == "'broken.zip' is no zip that can be read."
    empty = tmp_path / "empty.zip"
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("notes.txt", "")
    (only,) = unpacked([str(empty)], tmp_path)
    assert "no recording in this zip" in only.problem
    monkeypatch.setattr(bundle, "MAX_UNPACKED", 10)
    (only,) = unpacked([str(zipped)], tmp_path)
    assert "send less at a time" in only.problem


def test_more_than_are_taken_are_named(zipped, tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "MAX_FILES", 2)
    *_, last = unpacked([str(zipped)], tmp_path)
    assert last.problem == "Only the first 2 files are taken; send the rest after."


def test_the_table_as_files(tmp_path):
    rows = [Row("=one.wav", PREDICTION, speaker="+anna"), Row("two.wav", problem="It is damaged.")]
    paths = write(rows, tmp_path)
    with paths["csv"].open(newline="") as file:
        head, first, second = csv.reader(file)
    assert tuple(head) == COLUMNS
    assert first == ["'=one.wav", "'+anna", "happy", "0.800", "yes", "happy", "lovely, day", "1.0", "0", "Too quiet."]
    assert second == ["two.wav", "", "", "", "", "", "", "", "", "It is damaged."]
    one, two = json.loads(paths["json"].read_text())
    assert one["file"] == "=one.wav"
    assert one["probabilities"] == P
    assert two == {"file": "two.wav", "speaker": None, "error": "It is damaged."}
