"""What groups tell by themselves stands beside the value, and is warned of."""

import numpy as np
import pytest

from sermi import mi

N_SPEAKERS, EACH = 24, 25
SPEAKERS = np.repeat(np.arange(N_SPEAKERS), EACH)


@pytest.fixture(scope="module")
def voices():
    """Every speaker has a voice; half of them speak in one corpus, whose recordings are offset."""
    rng = np.random.default_rng(0)
    voice = rng.normal(0, 1.5, (N_SPEAKERS, 5))[SPEAKERS]
    corpus = SPEAKERS % 2
    return voice + 4 * corpus[:, None] * np.eye(5)[0] + rng.normal(size=(len(SPEAKERS), 5)), corpus, rng


def test_a_shuffle_within_groups_finds_what_a_plain_one_can_not(voices):
    """Emotion is unevenly spread over two corpora and is in no voice: all that is found is the corpus."""
    x, corpus, rng = voices
    y = np.where(rng.random(len(x)) < 0.85, corpus, 1 - corpus)
    measured = mi.LabelInformation(n_folds=4).estimate(x, y, SPEAKERS)
    assert measured.value > 0.1
    assert abs(measured.control) < 0.02
    assert measured.within_groups == pytest.approx(measured.value, abs=0.1)
    assert "remain when y is shuffled within groups" in measured.warning
    assert "within groups 0." in str(measured)
    assert f"warning: {measured.warning}" in str(measured)
    assert measured.as_dict()["within_groups"] == measured.within_groups


def test_labels_that_are_in_the_voice_leave_nothing_within_groups(voices):
    x, _, rng = voices
    y = rng.integers(0, 2, len(x))
    measured = mi.LabelInformation(n_folds=4).estimate(x + 4 * y[:, None], y, SPEAKERS)
    assert measured.value > 0.3
    assert abs(measured.within_groups) < 0.02
    assert measured.warning is None


def test_labels_that_are_speakers(voices):
    """Without groups it can only be said that none were given; with them, neighbours and labels say what it is."""
    x, _, rng = voices
    order = rng.permutation(len(x))
    leaky = mi.LabelInformation(n_folds=3).estimate(x[order], SPEAKERS[order])
    assert leaky.value > 0.4
    assert leaky.within_groups is None
    assert "no groups given" in str(leaky)
    nearest = mi.NearestNeighbourInformation().estimate(x, SPEAKERS, SPEAKERS)
    assert nearest.within_groups == pytest.approx(nearest.value, abs=0.01)
    assert abs(nearest.control) < 0.1
    assert nearest.warning is not None
    honest = mi.LabelInformation(n_folds=3).estimate(x, SPEAKERS, SPEAKERS)
    assert honest.value < 0.05
    assert "Labels follow groups, which alone tell" in honest.warning


def test_pairs_that_share_only_the_speaker(voices):
    x, _, rng = voices
    y = rng.normal(0, 3, (N_SPEAKERS, 2))[SPEAKERS] + rng.normal(size=(len(x), 2))
    measured = mi.NearestNeighbourInformation().estimate(x, y, SPEAKERS)
    assert measured.value > 0.5
    assert measured.within_groups > 0.7 * measured.value
    assert "shuffled within groups" in measured.warning
    training = mi.Training(max_steps=20, check_every=10)
    pairs = mi.PairInformation(training=training).estimate(x, y, SPEAKERS)
    assert abs(pairs.within_groups) < 0.1


@pytest.mark.parametrize("labelled", [True, False])
def test_rows_in_runs_without_groups_are_warned_of(voices, labelled):
    x, _, rng = voices
    y = rng.integers(0, 3, len(x)) if labelled else rng.normal(size=(len(x), 2))
    nearest = mi.NearestNeighbourInformation(control=False)
    assert "No groups were given, but rows that stand side by side are alike" in nearest.estimate(x, y).warning
    order = rng.permutation(len(x))
    assert nearest.estimate(x[order], y[order]).warning is None
    assert nearest.estimate(x, y, SPEAKERS).warning is None


def test_rows_sorted_by_class_are_not_taken_for_speakers():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], 200)
    x = rng.normal(0, 2, (3, 4))[y] + rng.normal(size=(600, 4))
    assert mi.LabelInformation(n_folds=3, control=False).estimate(x, y).warning is None
