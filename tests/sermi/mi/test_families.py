"""Closed forms of the benchmark's distributions, by the densities themselves."""

import numpy as np
import pytest
from scipy.stats import multivariate_t

from sermi.mi import transforms
from sermi.mi.coverage import coverage_jobs
from sermi.mi.families import families, labelled_families, student, zero_inflated_counts

BY_NAME = {task.name: task for task in families()}


def test_there_are_more_than_twenty_and_each_is_named_once():
    assert len(BY_NAME) == len(families()) > 20


@pytest.mark.parametrize("task", [*families(), *labelled_families()], ids=lambda task: task.name)
def test_samples_are_finite_tables_and_the_information_is_some(task):
    x, y = task.sample(200, np.random.default_rng(0))
    assert np.isfinite(x).all()
    assert np.isfinite(y).all()
    assert len(x) == len(y) == 200
    assert y.ndim == (1 if task.labelled else 2)
    assert 0.1 < task.true_mi < 2.5


@pytest.mark.parametrize(("dof", "dim"), [(1, 1), (2, 3), (5, 5)])
def test_students_t_by_its_density(dof, dim):
    task = student(dof, dim)
    x, y = task.sample(40_000, np.random.default_rng(0))
    shape = np.eye(2 * dim)
    for i in range(min(dim, 2)):
        shape[i, dim + i] = shape[dim + i, i] = 0.8
    joint = multivariate_t(shape=shape, df=dof).logpdf(np.hstack([x, y]))
    alone = sum(multivariate_t(shape=np.eye(dim), df=dof).logpdf(side) for side in (x, y))
    assert np.mean(joint - alone) == pytest.approx(task.true_mi, abs=0.03)


def test_counts_by_their_frequencies():
    task = zero_inflated_counts()
    x, y = task.sample(400_000, np.random.default_rng(0))
    cells = np.searchsorted(np.quantile(x, np.linspace(0, 1, 61)[1:-1]), x[:, 0])
    joint = np.zeros((60, int(y.max()) + 1))
    np.add.at(joint, (cells, y[:, 0].astype(int)), 1 / len(x))
    independent = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
    held = joint > 0
    assert np.sum(joint[held] * np.log(joint[held] / independent[held])) == pytest.approx(task.true_mi, abs=0.005)


@pytest.mark.parametrize("change", [transforms.to_uniform, transforms.half_cube, transforms.shorten, transforms.wiggle])
def test_maps_of_single_columns_rise(change):
    assert (np.diff(change(np.linspace(-4, 4, 4_001))) > 0).all()


def test_the_spiral_keeps_lengths_and_the_roll_never_meets_itself():
    x = np.random.default_rng(0).normal(size=(100, 3))
    assert np.allclose(np.linalg.norm(transforms.spiral(x), axis=1), np.linalg.norm(x, axis=1))
    rolled = transforms.swiss_roll(np.linspace(0, 1, 500)[:, None])
    assert (np.diff(np.linalg.norm(rolled, axis=1)) > 0).all()


def test_a_repeated_row_says_how_often_its_intervals_hold_the_truth():
    jobs = dict(coverage_jobs(3, 0))
    row = jobs["Normal, bivariate, 3 nearest neighbours, 3 times"]()
    assert row.repetitions == 3
    assert row.holds == 1.0
    assert row.below == 0.0
    assert row.low < row.true_mi < row.high
