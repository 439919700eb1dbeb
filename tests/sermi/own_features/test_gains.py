"""What rows buy: paired, never across training and test, and in words that follow from the intervals."""

import numpy as np
import pytest

from sermi.errors import SermiError
from sermi.own_features import resamplers
from sermi.own_features.gains import Gain, Gains, cross_validated_gains, default_classifier, design_of
from sermi.own_features.resamplers import NONE, SERMI, WAYS, Training, available, sermi_resample, targets
from sermi.own_features.verdict import words
from sermi.stats.intervals import Design
from tests.sermi.own_features.tables import features

QUICK = sermi_resample(steps=2)
FAST = [name for name in available() if name != SERMI]


@pytest.fixture(scope="module")
def data():
    frame = features()
    return frame[["f0", "f1", "f2", "f3"]].to_numpy(), frame["emotion"].to_numpy(str), frame["speaker"].to_numpy(str)


@pytest.fixture(scope="module")
def gains(data):
    x, y, speaker = data
    return cross_validated_gains(x, y, groups=speaker, ways=FAST, n_folds=3, n_repeats=2)


def test_each_way_makes_the_classes_equal(data):
    x, y, speaker = data
    wanted = targets(y, 0.5)
    assert set(wanted.values()) == {108}
    for work in (*(WAYS[name].resample for name in ("oversampling", "smote", "gaussian")), QUICK):
        new, labels = work(Training(x, y, speaker), wanted, 0)
        assert new.shape == (3 * 108 - 120, 4)
        assert {str(k): int((np.append(y, labels) == k).sum()) for k in np.unique(y)} == wanted
        again, _ = work(Training(x, y, speaker), wanted, 0)
        np.testing.assert_array_equal(new, again)


def test_a_class_of_which_a_way_can_make_none_stays_as_it_is():
    """Far from all others, no row is at a border."""
    x, y = np.concatenate([np.zeros((9, 1)), np.full((6, 1), 99.0)]), np.repeat(["a", "b"], [9, 6])
    x = x + np.random.default_rng(0).normal(size=x.shape)
    assert len(WAYS["adasyn"].resample(Training(x, y), {"a": 9, "b": 9}, 0)[0]) == 0
    lone = Training(np.append(x, [[5.0]], axis=0), np.append(y, "c"))
    _, labels = WAYS["smote"].resample(lone, targets(lone.y, 0.0), 0)
    assert set(labels) == {"b"}
    _, labels = QUICK(lone, targets(lone.y, 0.0), 0)
    assert set(labels) == {"b"}


def test_gains_are_paired_and_those_of_nothing_are_nothing(gains):
    assert list(gains.by_name) == FAST
    assert (gains.by_name[NONE].gain, gains.by_name[NONE].gain_interval) == (0.0, (0.0, 0.0))
    for name, gain in gains.by_name.items():
        assert gain.gain == pytest.approx(np.mean(gains.by_split[name] - gains.by_split[NONE]))
        assert gain.gain_interval[0] <= gain.gain <= gain.gain_interval[1]
    assert gains.by_group
    assert gains.design == Design(6, 6, gains.design.overlap)


def test_a_single_split_leaves_every_gain_possible():
    """Of two groups one has a single class, so that the other can't be held out."""
    x, y = np.random.default_rng(0).normal(size=(30, 2)), np.array(["a", "b"] * 10 + ["a"] * 10)
    gains = cross_validated_gains(x, y, groups=np.repeat([1, 2], [20, 10]), ways=["oversampling"], n_repeats=1, ratio=1)
    gain = gains.by_name["oversampling"]
    assert gains.design.n_splits == 1
    assert (gain.gain_interval, gain.ua_interval, gain.verdict) == ((-1.0, 1.0), (0.0, 1.0), "open")
    assert gain.n_generated == 2 * 20 - 20


def test_no_group_is_trained_on_and_tested(data, monkeypatch):
    x, y, speaker = data
    met = []
    way = resamplers.Way(
        NONE, "Nothing", lambda train, wanted, seed: met.append(set(train.groups)) or (train.x[:0], train.y[:0])
    )
    monkeypatch.setattr(resamplers, "WAYS", {NONE: way})
    tested = []

    class Watching(type(default_classifier())):
        def predict(self, rows):
            tested.append(len(rows))
            return super().predict(rows)

    gains = cross_validated_gains(x, y, groups=speaker, ways=[], classifier=Watching(), n_folds=3, n_repeats=1)
    assert sum(tested) == len(y)
    assert all(len(groups) == 4 for groups in met)
    assert gains.classifier == "Watching"


def test_without_groups_classes_are_dealt_evenly(data):
    x, y, _ = data
    assert design_of(x, y) == (5, 3)
    assert design_of(np.zeros((3_000, 400)), np.arange(3_000) % 2) == (5, 1)
    assert design_of(x, y, groups=np.arange(120) % 2) == (2, 3)
    with pytest.raises(SermiError, match="one row of 'rare'"):
        design_of(x, np.append(y[1:], "rare"))
    with pytest.raises(SermiError, match="one group alone"):
        design_of(x, y, groups=np.zeros(120))
    with pytest.raises(SermiError, match="'magic' is not a way"):
        cross_validated_gains(x, y, ways=["magic"])


def made(sermi, other, behind, *, by_group=True):
    """Gains with given intervals."""
    nothing = Gain(NONE, "Nothing", 0.5, (0.4, 0.6), 0.0, (0.0, 0.0), "level", 0.0, sermi)
    one = Gain("smote", "SMOTE", 0.5, (0.4, 0.6), other[0], other[1:], "open", 9.0, behind)
    own = Gain(SERMI, "SERMI", 0.5, (0.4, 0.6), sermi[0], sermi[1:], "open", 9.0)
    by_name = {NONE: nothing, "smote": one, SERMI: own}
    return Gains(by_name, {}, Design(10, 10, 0.0), 5, 2, by_group, 1.0, "LogisticRegression")


UP, DOWN, OPEN = (0.03, 0.01, 0.05), (-0.03, -0.05, -0.01), (0.0, -0.02, 0.02)


@pytest.mark.parametrize(
    ("sermi", "other", "behind", "headline"),
    [
        (UP, OPEN, UP, "SERMI's rows help here, more than every other way"),
        (UP, UP, OPEN, "a simpler way may help as much"),
        (UP, UP, DOWN, "another way helps more"),
        (OPEN, OPEN, OPEN, "No gain is shown"),
        (OPEN, UP, OPEN, "No gain by SERMI is shown; SMOTE helps"),
        (DOWN, OPEN, DOWN, "Don't use SERMI's rows here"),
    ],
)
def test_the_verdict_says_what_the_intervals_show(sermi, other, behind, headline):
    verdict = words(made(sermi, other, behind))
    assert headline in verdict.headline
    assert f"{100 * sermi[0]:+.1f}" in verdict.sentences[0]


def test_the_verdict_says_when_figures_flatter():
    assert "No groups were given" in " ".join(words(made(UP, UP, UP, by_group=False)).sentences)
