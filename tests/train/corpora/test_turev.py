"""TurEV-DB: what the parts of a name mean, and the filtered copies that aren't read."""

import pytest

from sermi.errors import CorpusError
from tests.train.corpora.folders import touch
from train.corpora import read_audio


def test_emotions_and_words(tmp_path):
    folders = {"kz": "Angry", "sk": "Calm", "mt": "Happy", "hl": "Sad"}
    touch(tmp_path, *(f"Sound Source/{folder}/1984_{letters}_yigilmak.wav" for letters, folder in folders.items()))
    table = read_audio("turev", touch(tmp_path, "Sound Source/Sad/7895_hl_ogul1.wav"))
    assert list(zip(table["speaker"], table["emotion"], table["text"], strict=True)) == [
        ("turev_1984", "sad", "yigilmak"),
        ("turev_1984", "angry", "yigilmak"),
        ("turev_1984", "happy", "yigilmak"),
        ("turev_1984", "calm", "yigilmak"),
        ("turev_7895", "sad", "ogul1"),
    ]


def test_filtered_copies_are_not_read(tmp_path):
    original = "Sound Source/Angry/1157_kz_beste.wav"
    filtered = "Model Output for Test Data/testEmotions500HighPass/sound/Angry/1157_kz_beste.wav"
    assert read_audio("turev", touch(tmp_path, filtered, original))["path"].tolist() == [str(tmp_path / original)]


def test_letters_that_do_not_exist(tmp_path):
    with pytest.raises(CorpusError, match=r"'1157_xx_acik\.wav' has the emotion 'xx', which TurEV-DB does not have"):
        read_audio("turev", touch(tmp_path, "1157_xx_acik.wav"))
