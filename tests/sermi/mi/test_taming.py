"""A column in other units, one that never changes and one with wild tails leave what the others say as it was."""

import numpy as np
import pytest

from sermi import mi
from sermi.mi.discriminant import speaker_disjoint_information
from sermi.mi.taming import fit_taming
from sermi.mi.tasks import gaussian

ESTIMATORS = {
    "linear": mi.LabelInformation(n_folds=3, control=False),
    "selected": mi.LabelInformation("selected", n_folds=3, control=False),
    "mlp": mi.LabelInformation("mlp", n_folds=3, control=False),
    "ross": mi.NearestNeighbourInformation(control=False),
}


@pytest.fixture(scope="module")
def labelled():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 500)
    return rng.normal(0, 1, (3, 6))[y] + rng.normal(size=(500, 6)), y


@pytest.fixture(scope="module")
def plain(labelled):
    return {name: estimator.estimate(*labelled).value for name, estimator in ESTIMATORS.items()}


def spoilt(x, how):
    rng = np.random.default_rng(1)
    extra = {
        "a wide column of noise": 1e6 * rng.normal(size=(len(x), 1)),
        "columns that never change": np.full((len(x), 2), 7e5),
        "a wild column": rng.standard_cauchy((len(x), 1)),
    }
    if how in extra:
        return np.hstack([x, extra[how]])
    factors = {"one of a million": [1, 1, 1, 1e6, 1, 1], "one of a millionth": [1, 1, 1e-6, 1, 1, 1]}
    return x * factors[how]


HOW = ("a wide column of noise", "columns that never change", "a wild column", "one of a million", "one of a millionth")


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_information_about_labels_is_as_without_it(labelled, plain, name, how):
    x, y = labelled
    measured = ESTIMATORS[name].estimate(spoilt(x, how), y)
    assert plain[name] > 0.5
    assert measured.value == pytest.approx(plain[name], abs=0.12 if name == "mlp" else 0.06)


@pytest.mark.parametrize("how", HOW[:-1])
def test_information_about_new_speakers_is_as_without_it(labelled, how):
    x, y = labelled
    speakers = np.arange(500) % 8
    before = speaker_disjoint_information(x, y, speakers)  # trusts wide columns by design, so a narrow one is left out
    assert speaker_disjoint_information(spoilt(x, how), y, speakers) == pytest.approx(before, abs=0.05)


@pytest.mark.parametrize("how", ["one of a million", "a wild column"])
def test_information_of_pairs_is_as_without_it(how):
    x, y = gaussian(2.0, 6).sample(1200, np.random.default_rng(0))
    training = mi.Training(max_steps=100, learning_rate=2e-3)
    for estimator in (mi.PairInformation(training=training, control=False), ESTIMATORS["ross"]):
        before, after = (estimator.estimate(table, y).value for table in (x, spoilt(x, how)))
        assert before > 1.2
        assert after == pytest.approx(before, abs=0.2)


def test_ordinary_tables_are_not_touched():
    x = np.random.default_rng(0).normal(size=(2_000, 40)) * np.geomspace(0.1, 10, 40) + 5
    assert fit_taming(x)(x) is x


def test_far_values_keep_their_order():
    x = np.sort(np.random.default_rng(0).standard_cauchy((3_000, 1)), axis=0)
    tame = fit_taming(x)(x)
    assert (np.diff(tame[:, 0]) > 0).all()
    assert np.abs(tame).max() < 400 < np.abs(x).max()
    central = np.abs(x) < 10
    assert np.array_equal(tame[central], x[central])
