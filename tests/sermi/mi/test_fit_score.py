"""Mutual information with scikit-learn's manners."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from sermi import MutualInformation, PairMutualInformation, mi


# none is expected to fail, and one is skipped by scikit-learn itself: check_array_api_input, which $SCIPY_ARRAY_API turns on
@parametrize_with_checks([MutualInformation(n_folds=3, control=False)])
def test_it_is_an_estimator_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(0)
    y = np.array(["angry", "calm", "sad"])[np.arange(240) % 3]
    x = pd.DataFrame(
        rng.normal(size=(240, 4)) + 2 * pd.get_dummies(y).to_numpy()[:, [0, 1, 2, 0]], columns=list("abcd")
    )
    return x, y, np.arange(240) // 20


def test_it_measures_what_the_functions_of_mi_do(sample):
    x, y, groups = sample
    measured = MutualInformation(random_state=3).fit(x, y, groups=groups)
    assert measured.estimate_ == mi.LabelInformation(seed=3).estimate(x, y, groups)
    assert list(measured.classes_) == ["angry", "calm", "sad"]
    assert list(measured.feature_names_in_) == list("abcd")
    critic = mi.fit_label_critic(x, np.unique(y, return_inverse=True)[1], groups, n_classes=3, seed=3)
    codes = np.unique(y, return_inverse=True)[1]
    assert np.allclose(measured.pointwise(x, y), mi.label_scores(x.to_numpy(), codes, critic))
    assert measured.score(x, y) == pytest.approx(measured.pointwise(x, y).mean())


def test_other_rows_are_scored_by_what_was_fitted(sample):
    x, y, _ = sample
    estimator = clone(MutualInformation(control=False)).set_params(critic="selected")
    scores = cross_val_score(estimator, x, y, cv=3)
    assert 0.3 < scores.min() <= scores.max() < np.log(3)
    with pytest.raises(mi.MIError, match="The label happy was not among those"):
        estimator.fit(x, y).score(x[:1], ["happy"])
    with pytest.raises(ValueError, match="feature names"):
        estimator.score(x.rename(columns={"a": "z"}), y)
    with pytest.raises(mi.MIError, match="must be 'linear', 'selected' or 'mlp'"):
        clone(estimator).set_params(critic="forest").fit(x, y)


def test_pairs_are_measured_and_scored_alike(sample):
    x = sample[0].to_numpy()[:, :2]
    y = x + 0.3 * np.random.default_rng(1).normal(size=x.shape)
    measured = PairMutualInformation(max_steps=80, control=False).fit(x[:160], y[:160])
    assert measured.estimate_.value > 0.3
    right, wrong = measured.score(x[160:], y[160:]), measured.score(x[160:], y[160:][::-1])
    assert right > 0.3 > wrong
    assert measured.pointwise(x[160:], y[160:]).shape == (80,)
    with pytest.raises(mi.MIError, match="The bound must be one of"):
        measured.set_params(bound="club").fit(x, y)
