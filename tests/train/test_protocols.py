import numpy as np
import pandas as pd
import pytest

from sermi.errors import SermiError
from sermi.labels import CLASS_SETS
from train.corpora import AUDIO_READERS
from train.protocols import PROTOCOLS, RAVDESS_TEST_ACTORS, corpus_folders, protocol, scored_rows


def test_ravdess_folds_are_the_published_ones():
    actors = [actor for fold in RAVDESS_TEST_ACTORS for actor in fold]
    assert sorted(actors) == [f"{number:02d}" for number in range(1, 25)]
    assert RAVDESS_TEST_ACTORS[0] == ("01", "11", "20", "21")
    assert len(CLASS_SETS[protocol("ravdess").class_set]) == 8


def test_every_row_is_tested_once_and_no_speaker_is_on_both_sides():
    table = pd.DataFrame(
        [(f"ravdess_{actor:02d}", "ravdess") for actor in range(1, 25) for _ in range(3)], columns=["speaker", "corpus"]
    )
    folds = protocol("ravdess").folds(table)
    assert np.sum([fold.test for fold in folds.values()], axis=0).tolist() == [1] * len(table)
    for fold in folds.values():
        assert set(table["speaker"][fold.test]).isdisjoint(table["speaker"][fold.train])


def test_leave_one_corpus_out_names_its_folds():
    table = pd.DataFrame({"speaker": list("abcd"), "corpus": ["x", "x", "y", "z"]})
    folds = protocol("leave-one-corpus-out").folds(table)
    assert {name: fold.test.sum() for name, fold in folds.items()} == {"x": 2, "y": 1, "z": 1}


def test_a_new_voice_is_of_a_corpus_that_no_training_met():
    chosen = protocol("new-voice")
    assert len(chosen.corpora) == 7
    assert set(chosen.corpora) < set(AUDIO_READERS)
    table = pd.DataFrame({"corpus": [name for name in chosen.corpora for _ in range(3)]})
    folds = chosen.folds(table)
    assert set(folds) == set(chosen.corpora)
    for name, fold in folds.items():
        assert set(table["corpus"][fold.test]) == {name}
        assert set(table["corpus"][fold.train]) == set(chosen.corpora) - {name}


def test_merged_labels_are_tested_only_where_a_corpus_has_nothing_else_of_the_class():
    rows = [
        ("ravdess", "neutral", True),
        ("ravdess", "calm", False),
        ("turev", "calm", True),
        ("turev", "happy", True),
        ("turev", "excited", False),
    ]
    table = pd.DataFrame(rows, columns=["corpus", "emotion", "expected"])
    classes = CLASS_SETS["open4"]
    table["c"] = table["emotion"].map(classes.code)
    assert scored_rows(table, classes).tolist() == table["expected"].tolist()


def test_unknown_protocol_and_missing_folder_are_sentences(tmp_path):
    with pytest.raises(SermiError, match=f"use one of {', '.join(PROTOCOLS)}"):
        protocol("loso")
    with pytest.raises(SermiError, match="for the corpus tess"):
        corpus_folders(tmp_path, ("tess",))
