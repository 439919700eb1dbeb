"""TESS: what the parts of a name mean."""

from tests.train.corpora.folders import touch
from train.corpora import read_audio


def test_emotions_speakers_and_words(tmp_path):
    touch(
        tmp_path,
        "OAF_Pleasant_surprise/OAF_back_ps.wav",
        "OAF_neutral/OA_bite_neutral.wav",
        "YAF_angry/YAF_youth_angry.wav",
        "YAF_disgust/YAF_youth_disgust.wav",
        "YAF_happy/YAF_youth_happy.wav",
        "YAF_sad/YAF_youth_sad.wav",
    )
    table = read_audio("tess", tmp_path)
    assert list(zip(table["speaker"], table["emotion"], table["text"], strict=True)) == [
        ("tess_OAF", "surprised", "Say the word back"),
        ("tess_OAF", "neutral", "Say the word bite"),
        ("tess_YAF", "angry", "Say the word youth"),
        ("tess_YAF", "disgust", "Say the word youth"),
        ("tess_YAF", "happy", "Say the word youth"),
        ("tess_YAF", "sad", "Say the word youth"),
    ]
