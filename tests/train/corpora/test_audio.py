"""The four published corpora: both layouts, each field, duplicates, strangers among the files."""

from pathlib import Path

import pytest

from sermi.errors import CorpusError
from train.corpora import AUDIO_READERS, COLUMNS, read_audio

ANGRY_WOMAN = "03-01-05-01-01-01-12"


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def rows(table) -> list[tuple]:
    """Each row without its path."""
    return list(table.drop(columns="path").itertuples(index=False, name=None))


CORPORA = {
    "ravdess": ("Actor_12/03-01-05-01-01-01-12.wav", "03-01-05-01-01-01-12.flac"),
    "tess": ("TESS Toronto emotional speech set data/OAF_Fear/OAF_back_fear.wav", "OAF_back_fear.ogg"),
    "emodb": ("wav/03a01Fa.wav", "03a01Fa.flac"),
    "nemo": ("samples/EB0_anger_1.wav", "EB0_anger_1.ogg"),
}
EXPECTED = {
    "ravdess": ("ravdess", "ravdess_12", "female", "angry", "Kids are talking by the door", "en", ""),
    "tess": ("tess", "tess_OAF", "female", "fearful", "Say the word back", "en", ""),
    "emodb": ("emodb", "emodb_03", "male", "happy", "Der Lappen liegt auf dem Eisschrank.", "de", ""),
    "nemo": ("nemo", "nemo_EB0", "female", "angry", "", "pl", ""),
}


@pytest.mark.parametrize("name", CORPORA)
@pytest.mark.parametrize("layout", [0, 1], ids=["published", "flat"])
def test_both_layouts_give_the_same_row(tmp_path, name, layout):
    file = CORPORA[name][layout]
    table = read_audio(name, touch(tmp_path, file))
    assert tuple(table.columns) == COLUMNS
    assert table["path"].tolist() == [str(tmp_path / file)]
    assert rows(table) == [EXPECTED[name]]


@pytest.mark.parametrize("name", CORPORA)
def test_a_corpus_is_found_among_the_others(tmp_path, name):
    touch(tmp_path, *(published for published, _ in CORPORA.values()))
    assert rows(read_audio(name, tmp_path)) == [EXPECTED[name]]


@pytest.mark.parametrize("name", CORPORA)
def test_a_whole_copy_in_a_subfolder_is_read_once_from_the_shallower_place(tmp_path, name):
    file = CORPORA[name][0]
    table = read_audio(name, touch(tmp_path, f"a_copy/{file}", file))
    assert table["path"].tolist() == [str(tmp_path / file)]


@pytest.mark.parametrize("name", CORPORA)
def test_hidden_and_foreign_files_are_skipped(tmp_path, name):
    file = Path(CORPORA[name][0])
    touch(tmp_path, str(file), str(file.with_name(f"._{file.name}")), ".DS_Store", "ReadMe.txt", "lablaut/other.wav")
    unseen = {"ravdess": "03-01-05-01-01-01-06", "tess": "OAF_back_sad", "emodb": "03a01Wa", "nemo": "EB0_fear_1"}
    hidden = f".trash/{unseen[name]}.wav"
    touch(tmp_path, hidden, f"{file.stem}.lablaut", f"{file.stem} (1).wav")
    (tmp_path / "folder" / f"{file.stem}x.wav").mkdir(parents=True)
    assert read_audio(name, tmp_path)["path"].tolist() == [str(tmp_path / file)]


def test_a_folder_that_lies_in_a_hidden_folder_is_read(tmp_path):
    folder = touch(tmp_path / ".cache" / "emodb", "wav/03a01Fa.wav")
    assert len(read_audio("emodb", folder)) == 1


def test_a_folder_with_an_audio_name_is_no_recording(tmp_path):
    (tmp_path / "03a01Fa.wav").mkdir()
    with pytest.raises(CorpusError, match="holds no EmoDB recording"):
        read_audio("emodb", tmp_path)


def test_paths_are_absolute_and_suffixes_in_any_case(tmp_path, monkeypatch):
    touch(tmp_path, "emo/03a01Fa.WAV")
    monkeypatch.chdir(tmp_path)
    assert read_audio("emodb", Path("emo"))["path"].tolist() == [str(tmp_path / "emo" / "03a01Fa.WAV")]


def test_rows_are_sorted_by_stem_wherever_the_files_lie(tmp_path):
    touch(tmp_path, "a/16b10Wb.wav", "b/03a01Fa.wav", "09a02Ea.wav")
    assert [Path(path).stem for path in read_audio("emodb", tmp_path)["path"]] == ["03a01Fa", "09a02Ea", "16b10Wb"]


def test_ravdess_whole_corpus(tmp_path):
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


def test_ravdess_emotion_codes(tmp_path):
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


def test_ravdess_leaves_out_song_and_video(tmp_path):
    touch(tmp_path, f"{ANGRY_WOMAN}.wav", "03-02-05-01-01-01-12.wav", "02-01-05-01-01-01-12.mp4")
    assert len(read_audio("ravdess", tmp_path)) == 1


def test_ravdess_keeps_the_two_identical_recordings(tmp_path):
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
def test_ravdess_codes_that_do_not_exist(tmp_path, stem, what, code):
    with pytest.raises(CorpusError) as error:
        read_audio("ravdess", touch(tmp_path, f"{stem}.wav"))
    message = f"'{stem}.wav' has the {what} '{code}', which RAVDESS does not have; is the file misnamed?"
    assert str(error.value) == message


def test_tess_emotions_speakers_and_words(tmp_path):
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


def test_emodb_emotions(tmp_path):
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


def test_emodb_speakers(tmp_path):
    men, women = ("03", "10", "11", "12", "15"), ("08", "09", "13", "14", "16")
    touch(tmp_path, *(f"{speaker}a01Na.wav" for speaker in men + women))
    table = read_audio("emodb", tmp_path)
    assert dict(zip(table["speaker"], table["gender"], strict=True)) == {
        **{f"emodb_{speaker}": "male" for speaker in men},
        **{f"emodb_{speaker}": "female" for speaker in women},
    }


def test_emodb_sentences(tmp_path):
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
def test_emodb_codes_that_do_not_exist(tmp_path, stem, what, code):
    with pytest.raises(CorpusError, match=f"'{stem}.wav' has the {what} '{code}', which EmoDB does not have"):
        read_audio("emodb", touch(tmp_path, f"{stem}.wav"))


def test_nemo_speakers_and_emotions(tmp_path):
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


def test_nemo_takes_text_from_data_tsv(tmp_path):
    touch(tmp_path, "samples/EB0_anger_1.wav", "samples/EB0_anger_2.wav")
    (tmp_path / "data.tsv").write_text(DATA_TSV, encoding="utf-8")
    (tmp_path / "metadata.csv").write_text("path,text\nEB0_anger_1.wav,not this\n", encoding="utf-8")
    assert read_audio("nemo", tmp_path)["text"].tolist() == ['„Lubię" czytać, przed snem.', ""]


def test_nemo_takes_text_and_nothing_else_from_metadata_csv(tmp_path):
    touch(tmp_path, "EB0_anger_1.ogg")
    (tmp_path / "metadata.csv").write_text(
        'path,speaker,gender,emotion,text\nEB0_anger_1.ogg,someone,male,happy,"Lubię, lubię."\n', encoding="utf-8"
    )
    assert rows(read_audio("nemo", tmp_path)) == [("nemo", "nemo_EB0", "female", "angry", "Lubię, lubię.", "pl", "")]


def test_nemo_table_without_its_columns(tmp_path):
    touch(tmp_path, "EB0_anger_1.wav")
    (tmp_path / "data.tsv").write_text("id\traw_text\nEB0_anger_1\tLubię\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"'data\.tsv' lacks the column file_id; its header is id,raw_text\."):
        read_audio("nemo", tmp_path)


def test_nemo_unknown_speaker(tmp_path):
    with pytest.raises(CorpusError, match=r"'XX0_anger_1\.wav' has the speaker 'XX0', which nEMO does not have"):
        read_audio("nemo", touch(tmp_path, "XX0_anger_1.wav"))


@pytest.mark.parametrize(
    ("name", "file"), [("tess", "OAF_back_furious.wav"), ("nemo", "EB0_furious_1.wav")]
)  # their names spell the emotion out
def test_unknown_emotion_names_the_file(tmp_path, name, file):
    with pytest.raises(CorpusError) as error:
        read_audio(name, touch(tmp_path, file))
    assert str(error.value).startswith(f"{file}: 'furious' is not a known emotion; use one of angry, ")


@pytest.mark.parametrize(
    ("name", "title", "example"),
    [
        ("ravdess", "RAVDESS", "03-01-05-01-01-01-12.wav"),
        ("tess", "TESS", "OAF_back_angry.wav"),
        ("emodb", "EmoDB", "03a01Fa.wav"),
        ("nemo", "nEMO", "EB0_anger_1.wav"),
    ],
)
def test_missing_and_wrong_folders(tmp_path, name, title, example):
    with pytest.raises(CorpusError) as missing:
        read_audio(name, tmp_path / "nowhere")
    assert str(missing.value) == f"There is no folder '{tmp_path}/nowhere'; give the folder that holds {title}."
    touch(tmp_path, "song.wav")
    with pytest.raises(CorpusError) as wrong:
        read_audio(name, tmp_path)
    assert str(wrong.value) == f"'{tmp_path}' holds no {title} recording such as {example}; is this another corpus?"
    assert len(read_audio(name, touch(tmp_path, example))) == 1


def test_a_file_is_no_folder(tmp_path):
    touch(tmp_path, "corpus.zip")
    with pytest.raises(CorpusError, match="There is no folder"):
        read_audio("tess", tmp_path / "corpus.zip")


def test_unknown_corpus_lists_the_known_ones(tmp_path):
    with pytest.raises(CorpusError) as error:
        read_audio("iemocop", tmp_path)
    known = ("ravdess", "tess", "emodb", "nemo", "iemocap", "msp_improv", "msp_podcast", "csv")
    assert str(error.value) == f"'iemocop' is not an audio corpus; use one of {', '.join(known)}."
    assert tuple(AUDIO_READERS) == known
