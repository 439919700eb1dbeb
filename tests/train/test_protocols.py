import numpy as np
import pandas as pd
import pytest

from sermi.errors import SermiError
from sermi.labels import CLASS_SETS
from train.protocols import PROTOCOLS, RAVDESS_TEST_ACTORS, corpus_folders, protocol


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


def test_unknown_protocol_and_missing_folder_are_sentences(tmp_path):
    with pytest.raises(SermiError, match=f"use one of {', '.join(PROTOCOLS)}"):
        protocol("loso")
    with pytest.raises(SermiError, match="for the corpus tess"):
        corpus_folders(tmp_path, ("tess",))
