"""SAVEE: both layouts, what the letters of a name mean, and the published counts."""

import pytest

from sermi.errors import CorpusError
from tests.train.corpora.folders import rows, touch
from train.corpora import read_audio
from train.corpora.counts import check_counts

EMOTIONS = {"a": "angry", "d": "disgust", "f": "fearful", "h": "happy", "n": "neutral", "sa": "sad", "su": "surprised"}
SPEAKERS = ("DC", "JE", "JK", "KL")


def names(speakers=SPEAKERS):
    """The published files, each as (speaker, emotion and number)."""
    return [
        (speaker, f"{letters}{number:02d}")
        for speaker in speakers
        for letters in EMOTIONS
        for number in range(1, 31 if letters == "n" else 16)
    ]


def test_letters_are_emotions(tmp_path):
    table = read_audio("savee", touch(tmp_path, *(f"JK/{letters}01.wav" for letters in EMOTIONS)))
    assert table["path"].tolist() == [str(tmp_path / f"JK/{letters}01.wav") for letters in EMOTIONS]
    assert table["emotion"].tolist() == list(EMOTIONS.values())
    assert set(table["speaker"]) == {"savee_JK"}


@pytest.mark.parametrize("layout", ["AudioData/{}/{}.wav", "{}_{}.ogg"], ids=["published", "flat"])
def test_every_recording_of_either_layout_is_read_once(tmp_path, layout):
    table = read_audio("savee", touch(tmp_path, *(layout.format(*name) for name in names())))
    assert len(table) == 480
    assert table["path"].is_unique
    assert table["speaker"].value_counts().to_dict() == {f"savee_{speaker}": 120 for speaker in SPEAKERS}
    assert check_counts("savee", table) == []


def test_a_flat_copy_beside_the_published_folders_adds_nothing(tmp_path):
    table = read_audio("savee", touch(tmp_path, "AudioData/DC/sa05.wav", "AudioData/DC/su05.wav", "DC_sa05.wav"))
    assert table["path"].tolist() == [str(tmp_path / "DC_sa05.wav"), str(tmp_path / "AudioData/DC/su05.wav")]
    assert rows(table)[0] == ("savee", "savee_DC", "male", "sad", "", "en", "")


def test_a_missing_speaker_is_noticed(tmp_path):
    table = read_audio("savee", touch(tmp_path, *(f"{who}/{stem}.wav" for who, stem in names(SPEAKERS[:3]))))
    (warning,) = check_counts("savee", table)
    assert "utterances in all 360, published 480 (-120)" in warning


def test_letters_that_do_not_exist_and_folders_of_nobody(tmp_path):
    touch(tmp_path, "AudioData/a01.wav", "XX/a01.wav")
    with pytest.raises(CorpusError, match="holds no SAVEE recording"):
        read_audio("savee", tmp_path)
    with pytest.raises(CorpusError, match=r"'x01\.wav' has the emotion 'x', which SAVEE does not have"):
        read_audio("savee", touch(tmp_path, "KL/x01.wav"))
