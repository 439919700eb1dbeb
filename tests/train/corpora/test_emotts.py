"""EmotionTTS: what the numbers mean, and where the wording comes from."""

import pytest

from sermi.errors import CorpusError
from tests.train.corpora.folders import rows, touch
from train.corpora import read_audio


def test_a_hundred_numbers_are_an_emotion_and_sad_comes_before_angry(tmp_path):
    firsts_and_lasts = {1: "neutral", 100: "neutral", 101: "happy", 200: "happy"}
    firsts_and_lasts |= {201: "sad", 300: "sad", 301: "angry", 400: "angry"}
    table = read_audio("emotts", touch(tmp_path, *(f"wav/nea{number:05d}.wav" for number in firsts_and_lasts)))
    assert table["emotion"].tolist() == list(firsts_and_lasts.values())


def test_speakers(tmp_path):
    women = ("ema", "emb", "nea", "neb", "nec", "ned", "nee")
    men = ("emf", "emg", "emh", "nek", "nel", "nem", "nen", "neo")
    touch(tmp_path, *(f"{speaker}/wav/{speaker}00001.wav" for speaker in women + men))
    touch(tmp_path, "Main/lmy/wav/lmy00001.wav", "Personality/pfa/wav/pfa00001.wav")  # other parts of the publication
    table = read_audio("emotts", tmp_path)
    assert dict(zip(table["speaker"], table["gender"], strict=True)) == {
        **{f"emotts_{speaker}": "female" for speaker in women},
        **{f"emotts_{speaker}": "male" for speaker in men},
    }


def test_takes_what_was_said_from_the_transcript(tmp_path):
    emb, nea = "plain-to-emotional/emb", "emotional-to-emotional/nea"
    touch(tmp_path, f"{emb}/wav/emb00002.wav", f"{emb}/wav/emb00003.wav", f"{nea}/wav/nea00201.wav")
    touch(tmp_path, f"{emb}/script/x.txt", f"{emb}/transcript/x.txt", f"{nea}/transcript/x.txt")
    (tmp_path / emb / "script/emb00002.txt").write_text("2건.\n", encoding="utf-8")
    (tmp_path / emb / "transcript/emb00002.txt").write_text("두건.\n", encoding="utf-8")
    (tmp_path / nea / "transcript/nea00201.txt").write_text("\ufeff마음이 아프다.\r\n", encoding="utf-8")
    (tmp_path / "metadata.csv").write_text("path,text\nemb00002.wav,not this\n", encoding="utf-8")
    assert read_audio("emotts", tmp_path)["text"].tolist() == ["두건.", "", "마음이 아프다."]


def test_takes_text_and_nothing_else_from_metadata_csv(tmp_path):
    touch(tmp_path, "nek00301.ogg")
    (tmp_path / "metadata.csv").write_text(
        'path,speaker,gender,emotion,text\nnek00301.ogg,someone,female,sad,"그래, 그래."\n', encoding="utf-8"
    )
    assert rows(read_audio("emotts", tmp_path)) == [("emotts", "emotts_nek", "male", "angry", "그래, 그래.", "ko", "")]


def test_speakers_and_numbers_that_do_not_exist(tmp_path):
    with pytest.raises(CorpusError, match=r"'emz00001\.wav' has the speaker 'emz', which EmotionTTS does not have"):
        read_audio("emotts", touch(tmp_path / "speaker", "emz00001.wav"))
    for number in (0, 401):
        with pytest.raises(CorpusError, match=f"has the number {number}, but EmotionTTS goes from 1 to 400"):
            read_audio("emotts", touch(tmp_path / str(number), f"ema{number:05d}.wav"))
