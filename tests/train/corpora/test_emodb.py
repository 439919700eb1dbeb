"""EmoDB: what the letters and digits of a name mean."""

from pathlib import Path

import pytest

from sermi.errors import CorpusError
from tests.train.corpora.folders import touch
from train.corpora import read_audio


def test_emotions(tmp_path):
    touch(tmp_path, *(f"wav/16b10{letter}a.wav" for letter in "WLEAFTN"))
    table = read_audio("emodb", tmp_path)
    assert {Path(path).stem[5]: emotion for path, emotion in zip(table["path"], table["emotion"], strict=True)} == {
        "W": "angry",
        "L": "bored",
        "E": "disgust",
        "A": "fearful",
        "F": "happy",
        "T": "sad",
        "N": "neutral",
    }


def test_speakers(tmp_path):
    men, women = ("03", "10", "11", "12", "15"), ("08", "09", "13", "14", "16")
    touch(tmp_path, *(f"{speaker}a01Na.wav" for speaker in men + women))
    table = read_audio("emodb", tmp_path)
    assert dict(zip(table["speaker"], table["gender"], strict=True)) == {
        **{f"emodb_{speaker}": "male" for speaker in men},
        **{f"emodb_{speaker}": "female" for speaker in women},
    }


def test_sentences(tmp_path):
    codes = ("a01", "a02", "a04", "a05", "a07", "b01", "b02", "b03", "b09", "b10")
    touch(tmp_path, *(f"03{code}Na.wav" for code in codes))
    texts = dict(zip(codes, read_audio("emodb", tmp_path)["text"], strict=True))
    assert len(set(texts.values())) == 10
    assert texts["a04"] == "Heute abend könnte ich es ihm sagen."
    assert texts["a05"] == "Das schwarze Stück Papier befindet sich da oben neben dem Holzstück."
    assert texts["b10"] == "Die wird auf dem Platz sein, wo wir sie immer hinlegen."


@pytest.mark.parametrize(
    ("stem", "what", "code"),
    [("03a01Xa", "emotion", "X"), ("03a03Fa", "sentence", "a03"), ("17a01Fa", "speaker", "17")],
)
def test_codes_that_do_not_exist(tmp_path, stem, what, code):
    with pytest.raises(CorpusError, match=f"'{stem}.wav' has the {what} '{code}', which EmoDB does not have"):
        read_audio("emodb", touch(tmp_path, f"{stem}.wav"))
