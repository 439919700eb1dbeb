"""The corpora whose files' names say nearly all: both layouts, each field, duplicates, strangers among the files."""

from pathlib import Path

import pytest

from sermi.errors import CorpusError
from tests.train.corpora.folders import rows, touch
from train.corpora import AUDIO_READERS, COLUMNS, read_audio

CORPORA = {
    "ravdess": ("Actor_12/03-01-05-01-01-01-12.wav", "03-01-05-01-01-01-12.flac"),
    "tess": ("TESS Toronto emotional speech set data/OAF_Fear/OAF_back_fear.wav", "OAF_back_fear.ogg"),
    "emodb": ("wav/03a01Fa.wav", "03a01Fa.flac"),
    "nemo": ("samples/EB0_anger_1.wav", "EB0_anger_1.ogg"),
    "savee": ("AudioData/DC/sa01.wav", "DC_sa01.ogg"),
    "turev": ("Sound Source/Calm/1234_sk_acik.wav", "1234_sk_acik.ogg"),
    "emotts": ("Emotional/plain-to-emotional/ema/wav/ema00201.wav", "ema00201.ogg"),
}
EXPECTED = {
    "ravdess": ("ravdess", "ravdess_12", "female", "angry", "Kids are talking by the door", "en", ""),
    "tess": ("tess", "tess_OAF", "female", "fearful", "Say the word back", "en", ""),
    "emodb": ("emodb", "emodb_03", "male", "happy", "Der Lappen liegt auf dem Eisschrank.", "de", ""),
    "nemo": ("nemo", "nemo_EB0", "female", "angry", "", "pl", ""),
    "savee": ("savee", "savee_DC", "male", "sad", "", "en", ""),
    "turev": ("turev", "turev_1234", "", "calm", "acik", "tr", ""),
    "emotts": ("emotts", "emotts_ema", "female", "sad", "", "ko", ""),
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
    unseen |= {"savee": "DC_sa02", "turev": "1234_sk_algi", "emotts": "ema00202"}
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
        ("savee", "SAVEE", "DC/a01.wav"),
        ("turev", "TurEV-DB", "1157_kz_acik.wav"),
        ("emotts", "EmotionTTS", "ema00001.wav"),
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
    acted = ("ravdess", "tess", "emodb", "nemo", "savee", "turev", "emotts")
    names = (*acted, "iemocap", "msp_improv", "msp_podcast", "csv")
    assert str(error.value) == f"'iemocop' is not an audio corpus; use one of {', '.join(names)}."
    assert tuple(AUDIO_READERS) == names
