import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import train.splits
from sermi.errors import SermiError
from train.protocols import PROTOCOLS, folds, protocol
from train.splits import deal, stored

ACTORS = [f"{number:02d}" for number in range(1, 25)]


@pytest.fixture(scope="module")
def table():
    rows = [(f"ravdess_{actor}", "ravdess") for actor in ACTORS for _ in range(3)]
    return pd.DataFrame(rows, columns=["speaker", "corpus"])


def test_the_file_is_what_its_seed_deals():
    kept = json.loads(Path(train.splits.__file__).with_name("ravdess.json").read_text())
    dealt = deal(ACTORS, n_test=kept["n_test"], n_splits=len(kept["splits"]), seed=kept["seed"])
    assert {name: tuple(speakers) for name, speakers in kept["splits"].items()} == dealt == stored("ravdess")


@pytest.mark.parametrize("n", [20, 24])
def test_every_speaker_is_tested_as_often_or_once_more(n):
    tested = np.array([actor for speakers in stored("ravdess", n).values() for actor in speakers])
    counts = [int((tested == actor).sum()) for actor in ACTORS]
    assert len(tested) == 4 * n
    assert max(counts) - min(counts) <= 1


def test_a_split_trains_on_all_others_and_tests_nobody_whom_it_trains_on(table):
    dealt = folds(protocol("ravdess"), table, 20)
    assert list(dealt) == [f"split{number:02d}" for number in range(1, 21)]
    for name, fold in dealt.items():
        assert set(table["speaker"][fold.test]) == {f"ravdess_{actor}" for actor in stored("ravdess")[name]}
        assert set(table["speaker"][fold.test]).isdisjoint(table["speaker"][fold.train])
        assert (fold.train | fold.test).all()
    assert len({tuple(fold.test) for fold in dealt.values()}) == 20


def test_without_a_number_the_folds_are_the_protocols_own(table):
    assert list(folds(protocol("ravdess"), table)) == [f"fold{number}" for number in range(1, 7)]


def test_splits_that_are_not_kept_are_one_sentence(table):
    with pytest.raises(SermiError, match=r"no repeated splits of iemocap.*ravdess"):
        folds(PROTOCOLS["iemocap"], table, 20)
    with pytest.raises(SermiError, match="should be 2 to 24"):
        folds(PROTOCOLS["ravdess"], table, 25)
