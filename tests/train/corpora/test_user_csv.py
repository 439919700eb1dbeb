"""People's own recordings in a CSV file."""

from pathlib import Path

import pytest

from sermi.errors import CorpusError
from train.corpora import COLUMNS, read_audio


@pytest.fixture
def folder(tmp_path) -> Path:
    for name in ("a.wav", "b.wav", "sub/c.webm"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    file = folder / "mine.csv"
    file.write_text(text, encoding=encoding)
    return file


def error_of(file: Path) -> str:
    with pytest.raises(CorpusError) as error:
        read_audio("csv", file)
    return str(error.value)


def test_every_column_in_any_order(folder):
    table = read_audio(
        "csv",
        write(
            folder,
            "note, speaker ,emotion , path,text,gender,language\n"
            "x,Zoë,Joy,sub/c.webm,Já?,F,cs\n"
            'x,bob , anger , b.wav , "Oh, no",male,en\n',
        ),
    )
    assert tuple(table.columns) == COLUMNS
    assert list(table.itertuples(index=False, name=None)) == [
        (str(folder / "b.wav"), "mine", "mine_bob", "male", "angry", "Oh, no", "en", ""),
        (str(folder / "sub/c.webm"), "mine", "mine_Zoë", "female", "happy", "Já?", "cs", ""),
    ]


def test_without_speakers_the_file_is_one_speaker(folder):
    table = read_audio("csv", write(folder, "path,emotion\na.wav,happy\nb.wav,sad\n"))
    assert table["speaker"].tolist() == ["mine_unknown", "mine_unknown"]
    assert table[["gender", "text", "language"]].to_numpy().tolist() == [["", "", ""]] * 2


def test_an_empty_speaker_column_is_no_speaker_column(folder):
    table = read_audio("csv", write(folder, "path,emotion,speaker\na.wav,happy,\nb.wav,sad, \n"))
    assert set(table["speaker"]) == {"mine_unknown"}


def test_some_speakers_missing_is_refused(folder):
    file = write(folder, "path,emotion,speaker\na.wav,happy,ann\nb.wav,sad,\nsub/c.webm,sad\n")
    assert error_of(file) == (
        "'mine.csv' gives no speaker for 2 of 3 recordings, such as 'b.wav'; "
        "name every speaker, or leave the column out."
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_byte_order_mark(folder, encoding):
    table = read_audio("csv", write(folder, "path,emotion,text\na.wav,happy,Žluť\n", encoding))
    assert table["text"].tolist() == ["Žluť"]


def test_windows_line_ends_blank_lines_and_quoted_newlines(folder):
    (folder / "mine.csv").write_bytes(b'path,emotion,text\r\n\r\na.wav,happy,"two\nlines"\r\n\r\nb.wav,sad,\r\n')
    assert read_audio("csv", folder / "mine.csv")["text"].tolist() == ["two\nlines", ""]


def test_paths_are_relative_to_the_file_not_to_the_caller(folder, monkeypatch):
    write(folder, f"path,emotion\nsub/../a.wav,happy\n{folder}/b.wav,sad\n")
    monkeypatch.chdir(folder / "sub")
    assert read_audio("csv", Path("../mine.csv"))["path"].tolist() == [str(folder / "a.wav"), str(folder / "b.wav")]


def test_one_missing_recording(folder):
    assert error_of(write(folder, "path,emotion\na.wav,happy\nx.wav,sad\n")) == (
        f"'x.wav', named in 'mine.csv', can't be found; paths are relative to '{folder}'."
    )


def test_several_missing_recordings(folder):
    assert error_of(write(folder, "path,emotion\nx.wav,sad\na.wav,sad\nsub,sad\n,sad\n")) == (
        f"'x.wav' and 2 more, named in 'mine.csv', can't be found; paths are relative to '{folder}'."
    )


def test_a_recording_named_twice(folder):
    assert error_of(write(folder, "path,emotion\na.wav,happy\nb.wav,sad\nsub/../a.wav,sad\n")) == (
        "'mine.csv' names 'sub/../a.wav' twice; keep one row for each recording."
    )


def test_unknown_emotion(folder):
    message = error_of(write(folder, "path,emotion\na.wav,happy\nb.wav,grumpy\n"))
    assert message.startswith("b.wav: 'grumpy' is not a known emotion; use one of angry, happy,")


def test_no_emotion(folder):
    assert error_of(write(folder, "path,emotion\na.wav\n")).startswith("a.wav: '' is not a known emotion")


def test_missing_columns(folder):
    assert error_of(write(folder, "file,label\na.wav,happy\n")) == (
        "'mine.csv' lacks the column path and emotion; its header is file,label."
    )
    assert error_of(write(folder, "path|emotion\na.wav|happy\n")) == (
        "'mine.csv' lacks the column path and emotion; its header is path|emotion."
    )


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_what_a_spreadsheet_separates_columns_with(folder, separator):
    lines = ["path,speaker,emotion,text", 'a.wav,ann,happy,"Oh, no; never"', "b.wav,bob,sad,fine", ",,,", ",,,,,"]
    text = "\n".join(lines).replace(",", separator).replace(f"Oh{separator} no", "Oh, no")
    table = read_audio("csv", write(folder, text))
    assert table["text"].tolist() == ["Oh, no; never", "fine"]
    assert table["speaker"].tolist() == ["mine_ann", "mine_bob"]


@pytest.mark.parametrize("rest", ["\n,,\n , ,\n", "\n\n,,,,,,\n"])
def test_a_spreadsheets_empty_last_rows(folder, rest):
    assert len(read_audio("csv", write(folder, "path,emotion,speaker\na.wav,happy,ann" + rest))) == 1


@pytest.mark.parametrize("text", ["", "\n", "path,emotion\n", "path,emotion\n\n\n"])
def test_empty(folder, text):
    assert error_of(write(folder, text)) == "'mine.csv' is empty; it needs at least one row."


def test_unquoted_comma(folder):
    assert error_of(write(folder, "path,emotion,text\na.wav,happy,fine\nb.wav,sad,Oh, no\n")) == (
        "Line 3 of 'mine.csv' has more fields than there are columns; "
        "put a text that contains the separator between double quotes."
    )


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_other_encodings(folder, encoding):
    assert error_of(write(folder, "path,emotion,text\na.wav,happy,café\n", encoding)) == (
        "'mine.csv' is not UTF-8 text; save it again with that encoding."
    )


def test_a_quote_that_never_ends(folder):
    message = error_of(write(folder, 'path,emotion,text\na.wav,happy,"' + "x\n" * 100_000))
    assert message.endswith("of 'mine.csv' can't be read: field larger than field limit (131072).")


@pytest.mark.parametrize("name", ["b" * 300, "b\0", '"b\nc"'])
def test_names_that_no_file_has(folder, name):
    """And a sentence is one line, whatever is in them."""
    message = error_of(write(folder, f"path,emotion\n{name}.wav,happy\n"))
    assert "can't be found" in message
    assert message.isprintable()


def test_a_header_that_is_no_header(folder):
    message = error_of(write(folder, "a,b\x1b[2J," + "x" * 5_000 + "\n1,2,3\n"))
    assert message.startswith("'mine.csv' lacks the column path and emotion; its header is a,b\\x1b[2J,xxx")
    assert len(message) < 1_000
    assert "field larger" in error_of(write(folder, "path," + "x" * 200_000 + "\n1,2\n"))


def test_no_such_file(folder):
    expected = "There is no file '{}'; check the path and that the corpus is complete."
    assert error_of(folder / "other.csv") == expected.format(folder / "other.csv")
    assert error_of(folder) == f"'{folder}' is a folder; give the file in it."
