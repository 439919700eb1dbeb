"""RAVDESS: what the digits of a name mean, and what isn't speech."""

import pytest

from sermi.errors import CorpusError
from tests.train.corpora.folders import touch
from train.corpora import read_audio

ANGRY_WOMAN = "03-01-05-01-01-01-12"


def test_whole_corpus(tmp_path):
    for actor in range(1, 25):
        for emotion in range(1, 9):
            for intensity in (1, 2)[: 1 if emotion == 1 else 2]:
                for statement in (1, 2):
                    for repetition in (1, 2):
                        stem = f"03-01-{emotion:02}-{intensity:02}-{statement:02}-{repetition:02}-{actor:02}"
                        touch(tmp_path, f"Actor_{actor:02}/{stem}.wav")
    table = read_audio("ravdess", tmp_path)
    assert len(table) == 1440
    assert table["path"].is_unique
    assert table["emotion"].value_counts().to_dict() == {
        "neutral": 96,
        **dict.fromkeys(("calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"), 192),
    }
    assert table["speaker"].value_counts().to_dict() == {f"ravdess_{actor:02}": 60 for actor in range(1, 25)}
    genders = dict(zip(table["speaker"], table["gender"], strict=True))
    assert genders["ravdess_01"] == genders["ravdess_23"] == "male"
    assert genders["ravdess_02"] == genders["ravdess_24"] == "female"
    assert table["text"].value_counts().to_dict() == {
        "Kids are talking by the door": 720,
        "Dogs are sitting by the door": 720,
    }


def test_emotion_codes(tmp_path):
    touch(tmp_path, *(f"03-01-{code:02}-01-02-01-01.wav" for code in range(1, 9)))
    assert read_audio("ravdess", tmp_path)["emotion"].tolist() == [
        "neutral",
        "calm",
        "happy",
        "sad",
        "angry",
        "fearful",
        "disgust",
        "surprised",
    ]


def test_leaves_out_song_and_video(tmp_path):
    touch(tmp_path, f"{ANGRY_WOMAN}.wav", "03-02-05-01-01-01-12.wav", "02-01-05-01-01-01-12.mp4")
    assert len(read_audio("ravdess", tmp_path)) == 1


def test_keeps_the_two_identical_recordings(tmp_path):
    touch(tmp_path, "03-01-03-01-02-01-07.wav", "03-01-03-01-02-02-07.wav")
    assert len(read_audio("ravdess", tmp_path)) == 2


@pytest.mark.parametrize(
    ("stem", "what", "code"),
    [
        ("03-01-09-01-01-01-12", "emotion", "09"),
        ("03-01-05-01-03-01-12", "statement", "03"),
        ("03-01-05-01-01-01-25", "actor", "25"),
    ],
)
def test_codes_that_do_not_exist(tmp_path, stem, what, code):
    with pytest.raises(CorpusError) as error:
        read_audio("ravdess", touch(tmp_path, f"{stem}.wav"))
    message = f"'{stem}.wav' has the {what} '{code}', which RAVDESS does not have; is the file misnamed?"
    assert str(error.value) == message
