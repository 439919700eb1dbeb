"""IEMOCAP, MSP-IMPROV and MSP-Podcast: published counts and layouts, on trees that the tests write."""

from collections import Counter
from pathlib import Path

import pytest

from sermi.errors import CorpusError
from tests.train.corpora import trees
from train.corpora import COLUMNS, read_audio
from train.corpora.counts import PUBLISHED, check_counts

SESSIONS = (1_085, 1_023, 1_151, 1_031, 1_241)
CLASSES = {"ang": 1_103, "hap": 595, "exc": 1_041, "neu": 1_708, "sad": 1_084}
LEFT_OUT = {"fru": 1_849, "xxx": 2_507, "sur": 107, "fea": 40, "dis": 2, "oth": 3}


def published_iemocap() -> dict[int, dict[str, int]]:
    """Counts by session and label whose sums over both are the published ones."""
    remaining = dict(CLASSES)
    counts = {}
    for number, total in enumerate(SESSIONS, 1):
        counts[number] = {}
        for label in CLASSES:  # fill the session with what remains, label by label
            taken = min(remaining[label], total - sum(counts[number].values()))
            counts[number][label] = taken
            remaining[label] -= taken
    assert not any(remaining.values())
    for label, count in LEFT_OUT.items():
        for number in counts:
            counts[number][label] = count // 5 + (number <= count % 5)
    return counts


@pytest.fixture(scope="module")
def iemocap(tmp_path_factory):
    folder = tmp_path_factory.mktemp("iemocap") / "IEMOCAP_full_release"
    trees.write_iemocap(folder, audio=False, counts=published_iemocap())
    return folder


def test_iemocap_has_the_published_counts(iemocap):
    table = read_audio("iemocap", iemocap)
    assert tuple(table.columns) == COLUMNS
    assert len(table) == 5_531
    assert len(table) + sum(table.attrs["left_out"].values()) == 10_039
    assert table.attrs["left_out"] == dict(sorted(LEFT_OUT.items()))
    assert table["part"].value_counts().sort_index().tolist() == list(SESSIONS)
    assert Counter(table["emotion"]) == {"angry": 1_103, "happy": 1_636, "neutral": 1_708, "sad": 1_084}
    assert check_counts("iemocap", table) == []
    assert table["path"].is_unique


def test_iemocap_speakers_are_who_speaks_not_whose_dialogue_it_is(iemocap):
    table = read_audio("iemocap", iemocap.parent)  # the folder above will do, too
    assert sorted(table["speaker"].unique()) == [f"iemocap_Ses{n:02d}{who}" for n in range(1, 6) for who in "FM"]
    names = table["path"].str.extract(r"/(Ses\d\d)([FM])_\w+_([FM])\d+\.wav$")
    assert (table["speaker"] == "iemocap_" + names[0] + names[2]).all()
    assert (table["gender"] == names[2].map({"F": "female", "M": "male"})).all()
    assert (names[1] != names[2]).sum() > 1_000
    assert (table["part"] == "session" + names[0].str[-1]).all()


def test_iemocap_words_are_those_of_the_transcripts(tmp_path):
    table = read_audio("iemocap", trees.write_iemocap(tmp_path, per_class=3, audio=False))
    with_words = table[table["text"] != ""]
    assert 0 < len(table) - len(with_words) < len(with_words)
    assert set(with_words["text"]) == set(trees.WORDS.values())
    assert (with_words["emotion"].map(trees.WORDS) == with_words["text"]).all()


def test_a_wrong_count_says_by_how_much_and_why(iemocap):
    table = read_audio("iemocap", iemocap)
    short = table[table["part"] != "session2"]
    short.attrs = table.attrs
    (warning,) = check_counts("iemocap", short)
    assert "session2 0, published 1,023 (-1,023)" in warning
    assert "utterances kept 4,508, published 5,531 (-1,023)" in warning
    assert "session1" not in warning
    assert "missing" in warning
    assert check_counts("ravdess", table) == []


def test_msp_improv_has_the_published_counts(tmp_path):
    kept = {"A": 792, "H": 2_644, "N": 3_477, "S": 885}
    counts = {**kept, "O": 85, "X": 8_438 - 85 - sum(kept.values())}
    trees.write_msp_improv(tmp_path, audio=False, counts=counts, transcripts=False)
    table = read_audio("msp_improv", tmp_path)
    assert tuple(table.columns) == COLUMNS
    assert len(table) == 7_798
    assert table.attrs["left_out"] == {"O": counts["O"], "X": counts["X"]}
    assert Counter(table["emotion"]) == PUBLISHED["msp_improv"].emotions
    assert check_counts("msp_improv", table) == []
    assert table["speaker"].nunique() == 12
    assert table.groupby("part")["speaker"].nunique().to_dict() == {f"session{n}": 2 for n in range(1, 7)}


@pytest.mark.parametrize(("evaluation", "below"), [("Evaluation.txt", ""), ("Evalution.txt", "Audio")])
def test_msp_improv_in_either_layout(tmp_path, evaluation, below):
    trees.write_msp_improv(tmp_path, per_class=1, audio=False, evaluation=evaluation, below=below)
    table = read_audio("msp_improv", tmp_path)
    assert len(table) == 4 * 12
    first = table.iloc[0]
    stem = first["path"].rsplit("/", 1)[1]
    assert first["speaker"] == f"msp_improv_{stem.split('-')[3]}"
    assert first["part"] == f"session{int(first['speaker'][-2:])}"
    assert {"", *trees.WORDS.values()} == set(table["text"])


def test_msp_podcast_has_what_its_labels_list(tmp_path):
    counts = {
        "Train": dict(zip("ASHUFDCNOX", (120, 90, 200, 40, 20, 30, 25, 400, 33, 77), strict=True)),
        "Development": dict(zip("ASHUFDCNOX", (30, 20, 50, 10, 5, 8, 6, 100, 9, 21), strict=True)),
        "Test1": dict(zip("ASHUFDCNOX", (60, 40, 90, 20, 9, 14, 12, 180, 15, 36), strict=True)),
        "Test2": dict(zip("ASHUFDCNOX", (6, 4, 9, 2, 1, 1, 1, 18, 1, 3), strict=True)),
    }
    table = read_audio("msp_podcast", trees.write_msp_podcast(tmp_path, audio=False, counts=counts))
    assert tuple(table.columns) == COLUMNS
    for part, labels in counts.items():
        emotions = Counter(table["emotion"][table["part"] == part])
        assert emotions == {emotion: labels[code] for code, emotion in trees.PODCAST.items()}
    assert table.attrs["left_out"] == {"O": 33 + 9 + 15 + 1, "X": 77 + 21 + 36 + 3}
    assert set(table["gender"]) == {"male", "female", ""}
    assert {"", *trees.WORDS.values()} <= set(table["text"])


def test_msp_podcast_shares_no_speaker_between_sets_not_even_unknown_ones(tmp_path):
    table = read_audio("msp_podcast", trees.write_msp_podcast(tmp_path, audio=False, per_class=1))
    assert table.groupby("speaker")["part"].nunique().max() == 1
    unknown = table[table["speaker"].str.contains("unknown")]
    assert set(unknown["part"]) == {"Train", "Development", "Test1", "Test2"}


@pytest.mark.parametrize(
    ("name", "example"),
    [("iemocap", "Session1"), ("msp_improv", "Evaluation.txt"), ("msp_podcast", "labels_consensus.csv")],
)
def test_another_folder_is_one_sentence(tmp_path, name, example):
    with pytest.raises(CorpusError, match=example):
        read_audio(name, tmp_path)
    with pytest.raises(CorpusError, match="There is no folder"):
        read_audio(name, tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["iemocap", "msp_improv", "msp_podcast"])
def test_missing_recordings_are_counted(tmp_path, name):
    getattr(trees, f"write_{name}")(tmp_path, per_class=1, audio=False)
    table = read_audio(name, tmp_path)
    for path in table["path"][:2]:
        Path(path).unlink()
    with pytest.raises(CorpusError, match=f"2 of {len(table)} labelled recordings are missing"):
        read_audio(name, tmp_path)
