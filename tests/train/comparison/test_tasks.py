"""Which rows a comparison trains and tests on, on a tree in RAVDESS's layout through a tiny encoder."""

import numpy as np
import pytest
import soundfile

from sermi.frontend import FrontendConfig
from tests.train.ravdess import write_ravdess
from train.comparison.settings import IMBALANCE_SHARE
from train.comparison.tasks import TaskConfig, tasks
from train.protocols import RAVDESS_TEST_ACTORS
from train.splits import stored


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    write_ravdess(folder / "ravdess")
    return folder


@pytest.fixture(scope="module")
def config(tiny_encoder):
    return TaskConfig(FrontendConfig(encoder=str(tiny_encoder)))


@pytest.fixture(scope="module")
def whole(data, config):
    """The tasks of `ravdess`, two seeds in each fold."""
    return list(tasks("ravdess", data, [0, 1], config))


def actors(features):
    return {speaker.removeprefix("ravdess_") for speaker in features.speaker}


def test_every_fold_trains_on_all_other_actors(whole):
    assert [(task.fold, task.seed) for task in whole] == [(f"fold{n}", s) for n in range(1, 7) for s in (0, 1)]
    for task in whole:
        assert actors(task.test) == set(RAVDESS_TEST_ACTORS[int(task.fold[-1]) - 1])
        assert len(actors(task.train)) == 20
        assert not actors(task.train) & actors(task.test)
        assert (len(task.train), len(task.test), task.n_classes) == (160, 32, 8)


def test_tasks_of_a_fold_share_training_data_where_nothing_is_drawn(whole):
    for one, other in zip(whole[::2], whole[1::2], strict=True):
        assert one.draw == other.draw == 0
        assert np.array_equal(one.train.h, other.train.h)


def test_low_resource_keeps_two_actors_of_each_gender_and_none_of_the_test_fold(data, config):
    draws = set()
    for task in tasks("low-resource", data, range(3), config):
        kept = actors(task.train)
        assert sorted(int(actor) % 2 for actor in kept) == [0, 0, 1, 1]  # odd numbers are men
        assert not kept & actors(task.test)
        assert task.draw == task.seed
        draws.add((task.fold, *sorted(kept)))
    assert len(draws) > 12


def test_imbalance_cuts_three_classes_to_a_tenth(data, config, whole):
    for task in tasks("imbalance", data, [0], config):
        before = next(other for other in whole if other.fold == task.fold)
        shares = np.bincount(task.train.c, minlength=8) / np.bincount(before.train.c)
        assert sorted(shares) == [IMBALANCE_SHARE] * 3 + [1.0] * 5
        assert np.array_equal(task.test.c, before.test.c)


def test_a_task_is_fitted_on_its_training_rows_alone(config, whole, tmp_path):
    write_ravdess(tmp_path / "ravdess")
    rng = np.random.default_rng(0)
    for actor in RAVDESS_TEST_ACTORS[0]:
        for path in (tmp_path / "ravdess" / f"Actor_{actor}").iterdir():
            soundfile.write(path, 0.3 * rng.normal(size=8_000), 16_000)
    spoilt = next(tasks("ravdess", tmp_path, [0], config))
    assert np.array_equal(spoilt.train.h, whole[0].train.h)
    assert not np.allclose(spoilt.test.h, whole[0].test.h)
    assert np.sqrt(np.mean((spoilt.train.h - spoilt.train.h.mean(0)) ** 2)) == pytest.approx(1, abs=1e-3)


def test_repeated_splits_stand_in_place_of_the_folds(data, config, whole):
    splits = list(tasks("ravdess", data, [0], config, 3))
    assert {task.fold: tuple(sorted(actors(task.test))) for task in splits} == stored("ravdess", 3)
    assert all(len(actors(task.train)) == 20 for task in splits)
    assert len({task.features for task in splits}) == 1
    assert {task.features for task in splits}.isdisjoint(task.features for task in whole)
