"""Who speaks in which of many files, answers that draw on it, and two takes side by side."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
import soundfile

from sermi import audio, predictor
from sermi.errors import SermiError
from sermi.speakers import Request, recognise
from sermi.ui.recognise.batch import Batch, Take
from sermi.ui.recognise.bundle import Row
from sermi.ui.recognise.many import ManyCard
from sermi.ui.recognise.many_events import ManyEvents
from sermi.ui.recognise.takes import comparison, describe, table
from sermi.ui.recognise.whose import ALONE, FOLDER, START, TABLE, SpeakerTable
from sermi.ui.uploads import Uploads
from tests.sermi.ui.recognise.stand_in import ME, FakeEngine
from tests.sermi.ui.recognise.test_bundle import PREDICTION

CLASSES = ("happy", "sad")


def batch_of(*names: str) -> Batch:
    return Batch(1, "open4", [Take(name, alone=PREDICTION) for name in names])


def speakers(batch: Batch) -> list[str]:
    return [batch.speaker(place) for place in range(len(batch.takes))]


def test_speakers_by_folder_by_name_and_as_typed():
    batch = batch_of("anna/b-1.wav", "ben/b_2.wav", "c.wav")
    assert speakers(batch) == ["", "", ""]
    assert batch.understood() == ""
    batch.way = FOLDER
    assert speakers(batch) == ["anna", "ben", ""]
    batch.way = START
    assert speakers(batch) == ["b", "b", ""]
    assert batch.understood().startswith("1 speaker: b (2); of 1 nobody knows.")
    batch.correct({0: "b", 1: " carl ", 2: "x" * 200, 7: "nobody"})
    assert speakers(batch) == ["b", "carl", "x" * 80]
    assert "as typed" in batch.understood()


def test_a_table_of_speakers(tmp_path):
    path = tmp_path / "who.csv"
    path.write_text("file;speaker;known_emotion\nanna/1.wav;Anna ;sad\n2.wav;Ben;\n")
    batch = replace(batch_of("anna/1.wav", "later/2.wav", "3.wav"), way=TABLE)
    batch.table = SpeakerTable.read(path, "who.csv", CLASSES)
    assert speakers(batch) == ["Anna", "Ben", ""]
    assert [batch.known_emotion(place) for place in range(3)] == ["sad", None, None]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("file,who\na.wav,b", "lacks the column speaker"),
        ("clip,speaker\na.wav,b", "call that column file"),
        ("file,speaker,known_emotion\na.wav,b,joy", "isn't an emotion of this model"),
        ("", "is empty"),
    ],
)
def test_a_table_that_is_none_is_one_sentence(tmp_path, content, sentence):
    path = tmp_path / "who.csv"
    path.write_text(content)
    with pytest.raises(SermiError, match=sentence):
        SpeakerTable.read(path, "who.csv", CLASSES)


def test_files_of_one_speaker_are_answered_as_the_command_answers_them(checkpoints, speech_parts):
    model = predictor.load(checkpoints / "open4")
    batch = Batch(1, "open4", way=START)
    for path in speech_parts:
        clip = model.encode(audio.read(path))
        batch.takes.append(Take(path.name, clip, model.answer(clip)))
    rows = batch.rows(model)
    assert [row.prediction.context for row in rows] == [1, 1, 0]
    assert [row.prediction.context for row in batch.rows_alone()] == [0, 0, 0]
    request = Request([str(path) for path in speech_parts[:2]], same_speaker=True)
    lines = list(recognise(request, lambda: model, lambda _: None, no_progress))
    for row, (_, prediction) in zip(rows, lines, strict=False):
        assert row.prediction.probabilities == prediction.probabilities


@pytest.fixture
def speech_parts(tmp_path):
    from sermi.encoders.moonshine import assets_folder

    samples, rate = soundfile.read(assets_folder() / "beckett.wav")
    paths = []
    for name, part in zip(("reader-1", "reader-2", "other"), np.array_split(samples, 3), strict=True):
        paths.append(tmp_path / f"{name}.wav")
        soundfile.write(paths[-1], part, rate)
    return paths


@contextmanager
def no_progress(name, duration_s):
    yield lambda done_s: None


def test_two_takes_side_by_side():
    other = replace(
        PREDICTION, emotion="sad", confidence=0.6, probabilities={"happy": 0.4, "sad": 0.6}, transcript=None
    )
    text = describe("one.wav", PREDICTION, "two.wav", other)
    assert text == (
        "one.wav is happy (80\N{NO-BREAK SPACE}%), two.wav sad (60\N{NO-BREAK SPACE}%). What differs most: happy is 40 points "
        "likelier in one.wav than in two.wav."
    ).replace("\N{NO-BREAK SPACE}", text[text.index("80") + 2])
    assert "no emotion differs by 5 points" in describe("one.wav", PREDICTION, "two.wav", PREDICTION)
    markup = comparison(Row("<b>.wav", PREDICTION), Row("two.wav", other))
    assert "<b>.wav" not in markup
    assert markup.count("--share: 0.4000") == 1
    assert "lovely, day" in markup
    assert "not known" in markup


def test_names_in_the_table_are_text():
    markup = table([Row('"><i>.wav', PREDICTION, speaker='"><i>')], can_correct=True)
    assert "<i>" not in markup


class Encoding(FakeEngine):
    """Encodes at once."""

    def encode(self, path, transcript, name):
        return path

    def predictor(self, name):
        return SimpleNamespace(answer=lambda clip: PREDICTION)


@pytest.fixture
def card(tmp_path):
    """The handlers, what is kept of files, and three that were sent."""
    uploads = Uploads(tmp_path / "kept")
    place = uploads.new_place()
    paths = [str(place / f"s-{i}.wav") for i in range(3)]
    for path in paths:
        Path(path).write_bytes(b"sound")
        uploads.add([path], ME.session_hash)
    with gr.Blocks():
        return ManyEvents(Encoding(), uploads, ManyCard.build()), uploads, paths


@pytest.mark.parametrize("end", ["on_remove", "on_stop", "leave"])
def test_what_is_removed_while_it_is_under_way_leaves_nothing(card, end):
    events, uploads, paths = card
    run = events.on_files(paths, False, "open4", ALONE, ME)
    next(run)
    next(run)
    getattr(events, end)(ME.session_hash if end == "leave" else ME)
    assert list(run) == []
    kept = [path.name for path in uploads.folder.rglob("*") if path.is_file()]
    if end == "on_stop":  # the row that was there stays, with its files
        assert sorted(kept) == ["emotions.csv", "emotions.json"]
    else:
        assert kept == []
        assert events.on_compare([0, 1], ME) == ""


def test_other_files_take_the_place_of_those_before(card):
    events, _, paths = card
    first = events.on_files(paths[:1], False, "open4", ALONE, ME)
    next(first)
    *_, last = events.on_files(paths[1:], False, "open4", ALONE, ME)
    assert list(first) == []
    (status,) = (value for value in last.values() if isinstance(value, str) and "recognised" in value)
    assert "2 of 2" in status
