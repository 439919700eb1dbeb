"""nEMO: what the parts of a name mean, and where the wording comes from."""

import pytest

from sermi.errors import CorpusError
from tests.train.corpora.folders import rows, touch
from train.corpora import read_audio


def test_speakers_and_emotions(tmp_path):
    stems = ("EB0_anger_1", "IC0_fear_2", "KD0_happiness_3", "KS0_neutral_4", "MK0_sadness_5", "MP0_surprised_6")
    touch(tmp_path, *(f"samples/{stem}.wav" for stem in (*stems, "SM0_anger_7", "TP0_anger_8", "WR0_anger_90")))
    table = read_audio("nemo", tmp_path)
    assert dict(zip(table["speaker"], table["gender"], strict=True)) == {
        **dict.fromkeys(("nemo_EB0", "nemo_IC0", "nemo_KD0", "nemo_MK0"), "female"),
        **dict.fromkeys(("nemo_KS0", "nemo_MP0", "nemo_SM0", "nemo_TP0", "nemo_WR0"), "male"),
    }
    assert table["emotion"].tolist() == [
        "angry",
        "fearful",
        "happy",
        "neutral",
        "sad",
        "surprised",
        "angry",
        "angry",
        "angry",
    ]


DATA_TSV = """file_id\temotion\traw_text\tnormalized_text\tspeaker_id\tgender\tage
EB0_anger_1.wav\tanger\t„Lubię" czytać, przed snem.\tlubię czytać\t        EB0\tfemale\t27
"""


def test_takes_text_from_data_tsv(tmp_path):
    touch(tmp_path, "samples/EB0_anger_1.wav", "samples/EB0_anger_2.wav")
    (tmp_path / "data.tsv").write_text(DATA_TSV, encoding="utf-8")
    (tmp_path / "metadata.csv").write_text("path,text\nEB0_anger_1.wav,not this\n", encoding="utf-8")
    assert read_audio("nemo", tmp_path)["text"].tolist() == ['„Lubię" czytać, przed snem.', ""]


def test_takes_text_and_nothing_else_from_metadata_csv(tmp_path):
    touch(tmp_path, "EB0_anger_1.ogg")
    (tmp_path / "metadata.csv").write_text(
        'path,speaker,gender,emotion,text\nEB0_anger_1.ogg,someone,male,happy,"Lubię, lubię."\n', encoding="utf-8"
    )
    assert rows(read_audio("nemo", tmp_path)) == [("nemo", "nemo_EB0", "female", "angry", "Lubię, lubię.", "pl", "")]


def test_table_without_its_columns(tmp_path):
    touch(tmp_path, "EB0_anger_1.wav")
    (tmp_path / "data.tsv").write_text("id\traw_text\nEB0_anger_1\tLubię\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"'data\.tsv' lacks the column file_id; its header is id,raw_text\."):
        read_audio("nemo", tmp_path)


def test_unknown_speaker(tmp_path):
    with pytest.raises(CorpusError, match=r"'XX0_anger_1\.wav' has the speaker 'XX0', which nEMO does not have"):
        read_audio("nemo", touch(tmp_path, "XX0_anger_1.wav"))
