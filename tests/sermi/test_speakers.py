"""`sermi predict` of many files that are each other's context."""

import json

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from sermi import audio, predictor
from sermi.cli import app
from sermi.encoders.moonshine import assets_folder
from sermi.errors import SermiError
from sermi.voice.context import Voice


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Three parts of a reading, and one of a play."""
    folder = tmp_path_factory.mktemp("recordings")
    for file, name, n in (("beckett.wav", "reader", 3), ("endgame_nagg_nell.wav", "player", 6)):
        parts = np.array_split(audio.read(assets_folder() / file).waveform, n)
        for number, part in enumerate(parts[: 3 if name == "reader" else 1]):
            soundfile.write(folder / f"{name}{number}.wav", part, audio.SAMPLE_RATE)
    (folder / "notes.wav").write_text("this is not audio")
    return folder


@pytest.fixture
def predict(checkpoints, files, monkeypatch):
    """Run the command in the folder of the files; its lines."""
    monkeypatch.chdir(files)

    def run(*arguments, code=0):
        done = CliRunner().invoke(
            app, ["predict", *map(str, arguments), "--checkpoint", str(checkpoints / "open4"), "--json"]
        )
        assert done.exit_code == code, done.output
        return [json.loads(line) for line in done.output.splitlines()]

    return run


def test_files_of_the_call_are_each_others_context(predict, checkpoints):
    names = ["reader0.wav", "reader1.wav", "reader2.wav"]
    lines = predict(*names, "notes.wav", "--same-speaker", code=2)
    assert [line["file"] for line in lines] == [*names, "notes.wav"]
    assert [line.get("context") for line in lines] == [2, 2, 2, None]
    assert "is not an audio file" in lines[3]["error"]
    alone = predict(names[0])[0]
    assert (alone["context"], alone["without_context"]) == (0, None)
    assert lines[0]["without_context"] == alone["probabilities"] != lines[0]["probabilities"]
    (given,) = predict(names[0], "--context", names[1], "--context", names[2])
    assert given["probabilities"] == pytest.approx(lines[0]["probabilities"], abs=1e-5)
    model = predictor.load(checkpoints / "open4")
    voice = model.new_voice()
    voice.add(audio.read(names[1]), emotion="neutral")
    (neutral,) = predict(names[0], "--neutral", names[1])
    expected = model.predict(audio.read(names[0]), voice=voice)
    assert neutral["probabilities"] == pytest.approx(dict(expected.probabilities), abs=1e-5)


def test_a_voice_is_kept_for_later_calls(predict, tmp_path):
    path = tmp_path / "kept" / "voice.safetensors"
    assert predict("--context", "reader1.wav", "--save-voice", path) == []
    (later,) = predict("reader0.wav", "--voice", path, "--context", "reader2.wav")
    (at_once,) = predict("reader0.wav", "--context", "reader1.wav", "--context", "reader2.wav")
    assert later["probabilities"] == pytest.approx(at_once["probabilities"], abs=1e-5)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_says_who_speaks(predict, files, separator):
    rows = [("path", "speaker"), ("player0.wav", "B"), ("reader0.wav", "A"), ("reader1.wav", "A"), ("notes.wav", "B")]
    table = files / "speakers.csv"
    table.write_text("\n".join(separator.join(row) for row in rows) + "\n")
    lines = predict("--speakers", table, code=2)
    answered = {line["file"].rsplit("/", 1)[-1]: line.get("context") for line in lines}
    assert answered == {"player0.wav": 0, "notes.wav": None, "reader0.wav": 1, "reader1.wav": 1}
    (asked,) = predict("reader1.wav", "--speakers", table)
    assert (asked["file"], asked["context"]) == ("reader1.wav", 1)


def test_for_people_both_answers_stand_below_each_other(files, checkpoints, monkeypatch):
    monkeypatch.chdir(files)
    options = ["--same-speaker", "--checkpoint", str(checkpoints / "open4")]
    done = CliRunner().invoke(app, ["predict", "reader0.wav", "reader1.wav", *options])
    assert "\n  with 1 other recording of the voice; without: " in done.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "No file is named"),
        (["a.wav", "--speakers", "table.csv", "--context", "b.wav"], "With --speakers each speaker's files"),
        (["--speakers", "absent.csv"], "There is no file 'absent.csv'"),
        (["--speakers", "header.csv"], "lacks the column speaker"),
        (["--speakers", "unnamed.csv"], "gives no speaker for 'reader0.wav'"),
        (["--speakers", "lost.csv"], "'gone.wav', named in 'lost.csv', can't be found"),
        (["reader0.wav", "--speakers", "one.csv"], "'reader0.wav' isn't among the files of 'one.csv'"),
        (["a.wav", "--save-voice", "voice.safetensors"], "--save-voice keeps what"),
        (["a.wav", "--same-speaker", "--save-voice", "."], "'.' is a folder"),
        (["a.wav", "reader0.wav", "--same-speaker", "--save-voice", "reader0.wav"], "should end in .safetensors"),
        (["a.wav", "--voice", "notes.wav"], "can't be read as a voice"),
        (["a.wav", "--voice", "gone.safetensors"], "There is no file 'gone.safetensors'"),
        (["--speakers", "sound.csv"], "has no column of files; call it path, file, filename or name"),
        (["a.wav", "--context", "notes.wav"], "'notes.wav' is not an audio file"),
        (["a.wav", "--context", "reader0.wav", "--neutral", "gone.wav"], "gone.wav"),
    ],
)
def test_a_mistake_is_one_sentence_before_anything_is_encoded(files, checkpoints, monkeypatch, arguments, sentence):
    tables = {
        "header": "path\nreader0.wav\n",
        "unnamed": "path,speaker\nreader0.wav,\n",
        "lost": "path,speaker\ngone.wav,A\n",
        "one": "path,speaker\nreader1.wav,A\n",
        "sound": "sound,speaker\nreader1.wav,A\n",
    }
    for name, text in tables.items():
        (files / f"{name}.csv").write_text(text)
    monkeypatch.chdir(files)
    model = predictor.load(checkpoints / "open4")
    monkeypatch.setattr(model, "encode", lambda *_: pytest.fail("something was encoded"))
    done = CliRunner().invoke(app, ["predict", *arguments, "--checkpoint", str(checkpoints / "open4")])
    assert isinstance(done.exception, SermiError)
    assert sentence in str(done.exception)


def test_known_emotions_of_a_table_tell_the_others_more(predict, checkpoints, files):
    names = [f"reader{i}.wav" for i in range(3)]
    table = files / "known.csv"
    table.write_text(
        "path,speaker,known_emotion\n"
        + "".join(f"{name},me,{e}\n" for name, e in zip(names, ("angry", "sad", ""), strict=True))
    )
    lines = predict("--speakers", table.name)
    model = predictor.load(checkpoints / "open4")
    for number, line in enumerate(lines):
        voice = model.new_voice()
        for other in {0, 1, 2} - {number}:
            voice.add(audio.read(files / names[other]), emotion=("angry", "sad", None)[other])
        expected = model.predict(audio.read(files / names[number]), voice=voice)
        assert line["probabilities"] == pytest.approx(dict(expected.probabilities), abs=1e-5)
    table.write_text(f"path,speaker,known_emotion\n{names[0]},me,bored\n")
    done = CliRunner().invoke(app, ["predict", "--speakers", table.name, "--checkpoint", str(checkpoints / "open4")])
    assert isinstance(done.exception, SermiError)
    assert "says bored of 'reader0.wav'" in str(done.exception)


def test_a_file_that_is_named_in_two_ways_has_two_lines(predict, files):
    table = files / "twice.csv"
    table.write_text("path,speaker\nreader0.wav,A\nreader1.wav,A\n")
    lines = predict("reader1.wav", "./reader1.wav", "--speakers", table)
    assert [line["file"] for line in lines] == ["reader1.wav", "./reader1.wav"]
    assert [line["context"] for line in lines] == [1, 1]
    assert lines[0]["probabilities"] == lines[1]["probabilities"]


def test_a_voice_that_nothing_is_known_of_is_not_kept(predict, files, checkpoints, tmp_path):
    soundfile.write(
        files / "short.wav", audio.read("reader0.wav").waveform[: audio.SAMPLE_RATE // 8], audio.SAMPLE_RATE
    )
    path = tmp_path / "voice.safetensors"
    arguments = ["predict", "reader0.wav", "--checkpoint", str(checkpoints / "open4")]
    done = CliRunner().invoke(app, [*arguments, "--context", "short.wav", "--save-voice", str(path)])
    assert f"Too little is known of the voice to write '{path}'; add" in str(done.exception)
    assert not path.exists()
    kept = predictor.load(checkpoints / "open4").new_voice()
    kept.add("reader0.wav")
    kept.save(path)
    saved = Voice.load(path)
    Voice(saved.classes, source=saved.source).save(path)
    done = CliRunner().invoke(app, [*arguments, "--voice", str(path)])
    assert "knows no clip of its voice" in str(done.exception)
