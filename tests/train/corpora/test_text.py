"""GoEmotions and MELD."""

from pathlib import Path

import pytest

from sermi.errors import CorpusError
from train.corpora import TEXT_COLUMNS, TEXT_READERS, read_text
from train.corpora.plain_text import plain


@pytest.fixture
def goemotions(tmp_path) -> Path:
    (tmp_path / "labels.txt").write_text("anger\ndisgust\nfear\njoy\nneutral\nsadness\nsurprise", encoding="utf-8")
    (tmp_path / "train.tsv").write_text(
        'He said "no\t0\tid1\n\'Both’ of them\t3,4\tid2\nA "quoted" one, with a comma 😂\t4\tid3\n', encoding="utf-8"
    )
    (tmp_path / "dev.tsv").write_text("Yuck\t1\tid4\n Help  me\t2\tid5\n", encoding="utf-8")
    (tmp_path / "test.tsv").write_text('"Yay!"\t3\tid6\nOh…\t5\tid7\nWhat?\t6\tid8\n', encoding="utf-8")
    return tmp_path


HEADER = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime\r\n"


def write_meld(folder: Path, split: str, *rows: tuple[str, str], encoding: str = "utf-8") -> None:
    lines = [
        f'{i},"{text}",Ross,{emotion},x,0,0,4,7,"0:20:57,256","0:21:00,0"\r\n' for i, (text, emotion) in enumerate(rows)
    ]
    (folder / f"{split}_sent_emo.csv").write_bytes((HEADER + "".join(lines)).encode(encoding))


@pytest.fixture
def meld(tmp_path) -> Path:
    write_meld(tmp_path, "train", ("It’s late,  Ross…", "joy"), ("NA", "neutral"), ('Say ""hi""', "anger"))
    write_meld(tmp_path, "dev", ("You\x92re \x93here\x94", "surprise"), ("Adiós", "sadness"))
    write_meld(tmp_path, "test", ("Wait—what?", "fear"), ("Eww", "disgust"))
    return tmp_path


def rows(table) -> list[tuple]:
    return list(table.itertuples(index=False, name=None))


def test_goemotions(goemotions):
    table = read_text("goemotions", goemotions)
    assert tuple(table.columns) == TEXT_COLUMNS
    assert rows(table) == [
        ('He said "no', "goemotions", "angry", "en", "train"),
        ('A "quoted" one, with a comma 😂', "goemotions", "neutral", "en", "train"),
        ("Yuck", "goemotions", "disgust", "en", "dev"),
        ("Help me", "goemotions", "fearful", "en", "dev"),
        ('"Yay!"', "goemotions", "happy", "en", "test"),
        ("Oh...", "goemotions", "sad", "en", "test"),
        ("What?", "goemotions", "surprised", "en", "test"),
    ]


def test_goemotions_ids_follow_labels_txt(goemotions):
    (goemotions / "labels.txt").write_text("surprise\nsadness\nneutral\njoy\nfear\ndisgust\nanger\n", encoding="utf-8")
    assert read_text("goemotions", goemotions)["emotion"].tolist() == [
        "surprised",
        "fearful",
        "sad",
        "neutral",
        "happy",
        "disgust",
        "angry",
    ]


@pytest.mark.parametrize("code", ["7", "3,7", "-1", "x", ""])
def test_goemotions_unknown_label_id(goemotions, code):
    (goemotions / "dev.tsv").write_text(f"Hm\t{code}\tid\n", encoding="utf-8")
    with pytest.raises(CorpusError) as error:
        read_text("goemotions", goemotions)
    unknown = code.split(",")[-1]
    assert str(error.value) == f"'dev.tsv' has the label id '{unknown}', which labels.txt does not name."


def test_goemotions_with_its_ungrouped_labels(goemotions):
    (goemotions / "labels.txt").write_text("admiration\n" * 7, encoding="utf-8")
    with pytest.raises(CorpusError, match=r"^goemotions, train: 'admiration' is not a known emotion; use one of"):
        read_text("goemotions", goemotions)


@pytest.mark.parametrize("name", ["labels.txt", "train.tsv", "dev.tsv", "test.tsv"])
def test_goemotions_incomplete_or_empty(goemotions, name):
    (goemotions / name).write_text("", encoding="utf-8")
    with pytest.raises(CorpusError, match=f"'{name}' is empty; it needs at least one row."):
        read_text("goemotions", goemotions)
    (goemotions / name).unlink()
    with pytest.raises(CorpusError) as error:
        read_text("goemotions", goemotions)
    assert str(error.value) == (
        f"There is no file '{goemotions / name}'; check the path and that the corpus is complete."
    )


def test_meld(meld):
    table = read_text("meld", meld)
    assert tuple(table.columns) == TEXT_COLUMNS
    assert rows(table) == [
        ("It's late, Ross...", "meld", "happy", "en", "train"),
        ("NA", "meld", "neutral", "en", "train"),
        ('Say "hi"', "meld", "angry", "en", "train"),
        ('You\'re "here"', "meld", "surprised", "en", "dev"),
        ("Adiós", "meld", "sad", "en", "dev"),
        ("Wait - what?", "meld", "fearful", "en", "test"),
        ("Eww", "meld", "disgust", "en", "test"),
    ]


def test_meld_in_windows_1252(meld):
    write_meld(meld, "dev", ("It’s a café", "joy"), encoding="cp1252")
    table = read_text("meld", meld)
    assert table.loc[table["split"] == "dev", "text"].tolist() == ["It's a café"]


def test_meld_unknown_emotion(meld):
    write_meld(meld, "dev", ("Hm", "grumpy"))
    with pytest.raises(CorpusError, match=r"^meld, dev: 'grumpy' is not a known emotion; use one of angry,"):
        read_text("meld", meld)


def test_meld_lacks_a_column(meld):
    (meld / "test_sent_emo.csv").write_text("Utterance,Sentiment\nHi,positive\n", encoding="utf-8")
    with pytest.raises(CorpusError) as error:
        read_text("meld", meld)
    assert str(error.value) == "'test_sent_emo.csv' lacks the column Emotion; its header is Utterance,Sentiment."


@pytest.mark.parametrize(("name", "title"), [("goemotions", "GoEmotions"), ("meld", "MELD")])
def test_missing_folder(tmp_path, name, title):
    with pytest.raises(CorpusError) as error:
        read_text(name, tmp_path / "nowhere")
    assert str(error.value) == f"There is no folder '{tmp_path}/nowhere'; give the folder that holds {title}."


def test_unknown_corpus_lists_the_known_ones(tmp_path):
    with pytest.raises(CorpusError) as error:
        read_text("ravdess", tmp_path)
    assert str(error.value) == "'ravdess' is not a text corpus; use one of goemotions, meld."
    assert tuple(TEXT_READERS) == ("goemotions", "meld")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("‘a’ “b” c–d e—f g… h\u00a0i", "'a' \"b\" c-d e - f g... h i"),
        ("\x91a\x92 \x93b\x94 c\x96d e\x97f g\x85", "'a' \"b\" c-d e - f g..."),
        ("  one\ttwo \r\n three ", "one two three"),
        ("\x81café 👩\u200d🚀 Žluť", "café 👩\u200d🚀 Žluť"),
        ("", ""),
    ],
)
def test_plain(text, expected):
    assert plain(text) == expected
    assert plain(expected) == expected
