import numpy as np
import pandas as pd
import pytest

from train.comparison.tasks import IMBALANCE_SHARE, Recordings, _all_rows, _cut_classes, _few_actors, _task
from train.protocols import Fold
from train.samples import AudioSample


@pytest.fixture
def corpus():
    rng = np.random.default_rng(0)
    n_actors, n_classes, each = 8, 4, 20
    speaker = np.repeat([f"ravdess_{i:02}" for i in range(1, n_actors + 1)], n_classes * each)
    c = np.tile(np.repeat(np.arange(n_classes), each), n_actors)
    a = rng.normal(size=(len(c), 1, 30)).astype(np.float32) + np.eye(4, 30, dtype=np.float32)[c][:, None]
    gender = np.where([int(s[-2:]) % 2 for s in speaker], "male", "female")
    table = pd.DataFrame({"speaker": speaker, "gender": gender})
    sample = AudioSample(a, c, speaker, np.full(len(c), "ravdess"))
    test = np.isin(speaker, ["ravdess_01", "ravdess_02"])
    return Recordings(sample, table, {"fold1": Fold(~test, test)}, ("angry", "happy", "neutral", "sad"))


def test_low_resource_keeps_two_actors_of_each_gender_and_none_of_the_test_fold(corpus):
    rows = corpus.folds["fold1"].train
    draws = set()
    for seed in range(6):
        kept = _few_actors(corpus, rows, np.random.default_rng(seed))
        actors = corpus.table[kept].drop_duplicates("speaker")
        assert actors["gender"].value_counts().to_dict() == {"male": 2, "female": 2}
        assert not (kept & ~rows).any()
        draws.add(tuple(actors["speaker"]))
    assert len(draws) > 1


def test_imbalance_cuts_three_classes_to_a_tenth(corpus):
    rows = corpus.folds["fold1"].train
    kept = _cut_classes(corpus, rows, np.random.default_rng(0))
    before, after = (np.bincount(corpus.sample.c[mask], minlength=4) for mask in (rows, kept))
    assert sorted((after / before).round(2)) == [IMBALANCE_SHARE] * 3 + [1.0]


def test_a_task_is_fitted_on_its_training_rows_alone(corpus):
    fold = corpus.folds["fold1"]
    assert _all_rows(corpus, fold.train, np.random.default_rng(0)) is fold.train
    task = _task("ravdess", corpus, "fold1", 0, fold, np.random.default_rng(0))
    spoilt = corpus.sample.a.copy()
    spoilt[fold.test] = 100.0
    other = Recordings(
        AudioSample(spoilt, corpus.sample.c, corpus.sample.speaker, corpus.sample.corpus),
        corpus.table,
        corpus.folds,
        corpus.classes,
    )
    again = _task("ravdess", other, "fold1", 0, fold, np.random.default_rng(0))
    assert np.array_equal(task.train.h, again.train.h)
    assert np.sqrt(np.mean((task.train.h - task.train.h.mean(0)) ** 2)) == pytest.approx(1, abs=1e-3)
    assert not set(task.train.speaker) & set(task.test.speaker)
