"""What `fit` says of a CSV that holds too little, all at once and before anything is encoded: the recordings here are empty."""

import numpy as np
import pytest

from sermi.errors import CorpusError
from sermi.frontend import FrontendConfig
from sermi.labels import class_set
from train.checkpoint.data import read_data

EMOTIONS = ("angry", "happy", "neutral", "sad")
FULL = tuple((f"s{i}", emotion) for i in range(8) for emotion in EMOTIONS for _ in range(2))
NEEDS = (
    "A checkpoint is trained on at least 8 named speakers of one corpus, each emotion of open4 by several of them, and words; "
    "these recordings lack "
)


def lacking(folder, *csvs, texts=False):
    """What is said to be missing of CSV files, each with rows of (speaker, emotion) and perhaps words."""
    corpora = {}
    for number, rows in enumerate(csvs):
        lines = ["path,speaker,emotion,text"]
        for row, (speaker, emotion, *words) in enumerate(rows):
            (folder / f"{number}-{row}.wav").touch()
            lines.append(f"{number}-{row}.wav,{speaker},{emotion},{words[0] if words else 'fine'}")
        (folder / f"mine{number}.csv").write_text("\n".join(lines))
        corpora[folder / f"mine{number}.csv"] = None
    return error(corpora, texts)


def error(files, texts):
    class Corpora(dict):
        """One reader for several files."""

        def items(self):
            return [("csv", file) for file in self]

    with pytest.raises(CorpusError) as raised:
        read_data(
            class_set("open4"),
            corpora=Corpora(files),
            texts={"meld": "nowhere"} if texts else {},
            frontend=FrontendConfig(),
            n_views=0,
            encoder=None,
            rng=np.random.default_rng(0),
            seed=0,
        )
    message = str(raised.value)
    assert message.startswith(NEEDS)
    assert message.endswith(".")
    return message.removeprefix(NEEDS).removesuffix(".").split("; ")


def test_everything_that_is_missing_is_in_one_list(tmp_path):
    assert lacking(tmp_path, [("", "happy", " "), ("", "angry", " "), ("", "angry", " ")]) == [
        "8 speakers (mine0 has none, a CSV names them in a column speaker)",
        "angry by more speakers (recordings to train on: 2, speakers: 1)",
        "happy by more speakers (recordings to train on: 1, speakers: 1)",
        "neutral (to train on there is none)",
        "sad (to train on there is none)",
        "words (what was said in a column text, or sentences by --text)",
    ]


def test_too_few_speakers(tmp_path):
    few = [row for row in FULL if row[0] != "s7"]
    assert lacking(tmp_path, few) == ["8 speakers (mine0 has 7, a CSV names them in a column speaker)"]


@pytest.mark.parametrize("n", [1, 5])
def test_a_class_of_one_speaker(tmp_path, n):
    rows = [row for row in FULL if row[1] != "sad"]
    assert lacking(tmp_path, rows + n * [("s0", "sad")], texts=True) == [
        f"sad by more speakers (recordings to train on: {n}, speakers: 1)"
    ]


def test_a_class_of_the_speaker_who_is_kept_out(tmp_path):
    rows = [row for row in FULL if row[1] != "sad"]
    assert lacking(tmp_path, [*rows, ("s7", "sad")]) == ["sad (to train on there is none)"]


def test_one_emotion_by_whoever_is_kept_out(tmp_path):
    rows = [row for row in FULL if row[0] != "s7" or row[1] == "sad"]
    # it is left out, because its voice and its emotion are one, and then there are too few
    assert lacking(tmp_path, rows) == ["8 speakers (mine0 has 7, a CSV names them in a column speaker)"]


def test_a_class_of_one_of_two_corpora(tmp_path):
    rows = [row for row in FULL if row[1] != "sad"]
    assert lacking(tmp_path, FULL, rows) == ["sad in another corpus (recordings to train on: 14, speakers: 7)"]


def test_no_words(tmp_path):
    rows = [(*row, " ") for row in FULL]
    assert lacking(tmp_path, rows) == ["words (what was said in a column text, or sentences by --text)"]
