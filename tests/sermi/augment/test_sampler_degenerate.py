"""Inputs at the edge of sense: each gives a right result, or one sentence that says what to change."""

import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from sermi import SermiSampler

N, D = 60, 5
RNG = np.random.default_rng(0)
Y = np.arange(N) % 3
X = np.eye(3, D)[Y] * 2 + RNG.normal(size=(N, D))
GROUPS = np.arange(N) // 6


NONE: Mapping[str, Any] = MappingProxyType({})


class Case(NamedTuple):
    """An input, and what becomes of it."""

    x: Any = X
    y: Any = Y
    options: Mapping[str, Any] = NONE
    parameters: Mapping[str, Any] = NONE
    refused: str | None = None
    """What the sentence says; None where rows come out."""


def replaced(column, values):
    x = X.copy()
    x[:, column] = values
    return x


def rows(*each):
    return np.concatenate([np.flatnonzero(k == Y)[:n] for k, n in enumerate(each)])


FEW, PAIR, SINGLE = rows(20, 20, 2), rows(2, 2), rows(20, 20, 1)
WITH_NAN, WITH_INFINITY = replaced(1, np.where(np.arange(N) == 3, np.nan, 1.0)), replaced(0, np.inf)
TWICE = np.repeat(np.arange(5), 12) + np.tile([0, 20, 40, 10, 30, 50], 10)

CASES = {
    "one class": Case(y=np.zeros(N, int), refused="1 class only, 0"),
    "one row": Case(X[:1], Y[:1], refused="1 class"),
    "two rows of one class each": Case(X[:2], Y[:2], refused="n_samples=2 rows; at least 2 of each class"),
    "two rows in a class": Case(X[FEW], Y[FEW]),
    "two rows in each of two classes": Case(X[PAIR], Y[PAIR]),
    "one row in a class": Case(X[SINGLE], Y[SINGLE], refused="The class 2 has 1 of the n_samples=41 rows"),
    "no rows": Case(X[:0], Y[:0], refused="0 sample"),
    "no columns": Case(X[:, :0], refused="0 feature"),
    "one column": Case(X[:, :1]),
    "one dimension": Case(X[:, 0], refused="X has one dimension; reshape your data"),
    "three dimensions": Case(X[:, :, None], refused="dim 3"),
    "10,000 columns": Case(RNG.normal(size=(N, 10_000)).astype(np.float32)),
    "a constant column": Case(replaced(2, 7.25)),
    "constant columns only": Case(np.full((N, D), 3.0)),
    "columns of a class constant": Case(X * (Y > 0)[:, None]),
    "a column that is the label": Case(replaced(0, Y)),
    "two columns alike": Case(replaced(1, X[:, 0])),
    "NaN": Case(WITH_NAN, refused="X holds NaN in 1 of 60 rows"),
    "infinity": Case(WITH_INFINITY, refused="X holds infinity in 60 of 60 rows"),
    "huge scale": Case(X * 1e30),
    "tiny scale": Case(X * 1e-30),
    "scales apart": Case(X * 10.0 ** np.array([-30, 0, 5, 30, 100])),
    "far from zero": Case(X + 1e8),
    "one value far away": Case(replaced(0, np.where(np.arange(N) == 0, 1e12, X[:, 0]))),
    "duplicate rows": Case(np.repeat(X[:6], 10, axis=0), np.repeat(Y[:6], 10)),
    "integers": Case(np.round(X * 10).astype(np.int16)),
    "booleans": Case(X > 0),
    "objects that are numbers": Case(X.astype(object)),
    "objects that are text": Case(np.array([["a", 1.0]] * N, dtype=object), refused="could not convert string to float"),
    "text": Case(X.astype(str), refused="numeric"),
    "complex numbers": Case(X + 1j, refused="Complex data not supported"),
    "half precision": Case(X.astype(np.float16)),
    "sparse": Case(sparse.csr_matrix(X), refused="X is sparse, and generated rows are not"),
    "a column of text in a table": Case(
        pd.DataFrame(X, columns=list("abcde")).assign(c="x"), refused="The column 'c' of X holds str, not numbers"
    ),
    "a column of dates in a table": Case(
        pd.DataFrame(X, columns=list("abcde")).assign(d=pd.Timestamp(0)), refused="The column 'd' of X holds datetime"
    ),
    "columns of one name": Case(pd.DataFrame(X, columns=list("aabcd")), refused="Some columns of X have the same name"),
    "names of two kinds": Case(pd.DataFrame(X, columns=["a", 1, 2, 3, 4]), refused="string names"),
    "missing numbers in a table": Case(
        pd.DataFrame(X).astype("Float64").mask(pd.DataFrame(X) > 2), refused="X holds NaN in"
    ),
    "text as labels": Case(y=np.array(["sad", "angry", "happy"])[Y]),
    "booleans as labels": Case(y=Y > 0),
    "fractions as labels": Case(y=X[:, 0], refused="Unknown label type: continuous"),
    "labels that are missing": Case(y=np.where(Y == 0, np.nan, Y), refused="y holds 20 missing labels"),
    "no labels": Case(y=None, refused="requires y to be passed, but the target y is None"),
    "labels of two kinds": Case(y=np.array(["a", 1, 2], dtype=object)[Y], refused="y mixes names with numbers"),
    "too few labels": Case(y=Y[:-1], refused="X has 60 rows and y has 59 labels"),
    "a label a row": Case(y=np.arange(N), refused="at least 2 of each class"),
    "a group with one class": Case(options={"groups": Y}),
    "a group a row": Case(options={"groups": np.arange(N)}),
    "one group": Case(options={"groups": np.zeros(N)}),
    "names of groups": Case(options={"groups": [f"speaker {g}" for g in GROUPS]}),
    "groups of another length": Case(options={"groups": GROUPS[:7]}, refused="groups must name one group for each of the 60"),
    "a group that is missing": Case(options={"groups": [None, *GROUPS[1:]]}, refused="groups holds 1 missing names"),
    "words of another length": Case(options={"text": X[:7]}, refused="text has 7 rows and X has 60"),
    "words that are text": Case(options={"text": [["yes"]] * N}, refused="numeric|convert"),
    "words": Case(options={"text": X[:, :2], "groups": GROUPS}),
    "negative weights": Case(options={"sample_weight": -np.ones(N)}, refused="Negative values"),
    "no weight for a class": Case(options={"sample_weight": (Y > 0) * 1.0}, refused="The class 0 has 0 of the n_samples=40"),
    "weights": Case(options={"sample_weight": np.arange(N) % 4}),
    "a strategy that isn't": Case(parameters={"sampling_strategy": "most"}, refused="The 'sampling_strategy' parameter"),
    "a strategy for another label": Case(parameters={"sampling_strategy": {9: 70}}, refused="not present in the data"),
    "a strategy for fewer rows": Case(parameters={"sampling_strategy": {0: 3}}, refused="greater or equal"),
    "a share of three classes": Case(parameters={"sampling_strategy": 0.5}, refused="only when the type of target is binary"),
    "a ratio below zero": Case(parameters={"ratio": -1}, refused="The 'ratio' parameter of SermiSampler must be"),
    "nothing to generate": Case(parameters={"ratio": 0}),
    "more components than columns": Case(parameters={"n_components": 99}),
    "tuning with a row for each class of a group": Case(
        options={"groups": Y}, parameters={"tune": True}, refused="tune=True learns from some rows"
    ),
}  # fmt: skip

UNMEASURED = {
    "two rows in a class": "Closeness to real rows can't be measured: Class 2 of real has 2 samples",
    "two rows in each of two classes": "The information of real rows can't be measured",
    "constant columns only": "carry 0.00 of 1.10 nats about the label, as much as real ones do",
    "duplicate rows": "The set",
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_odd_input_gives_rows_or_one_sentence(case):
    sampler = SermiSampler(steps=1, random_state=0).set_params(**case.parameters)
    if case.refused is not None:
        with pytest.raises((ValueError, TypeError), match=case.refused) as caught:
            sampler.fit_resample(case.x, case.y, **case.options)
        assert len(str(caught.value).splitlines()) == 1 or "Feature names" in str(caught.value)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x, y = sampler.fit_resample(case.x, case.y, **case.options)
    given = np.asarray(case.x)
    new, real = np.asarray(x)[len(given) :].astype(float), given.astype(float)
    assert np.array_equal(np.asarray(x)[: len(given)], given)
    assert np.isfinite(new).all()
    counts = np.unique(y, return_counts=True)[1]
    assert len(set(counts.tolist())) == 1, "classes are balanced"
    constant = np.ptp(real, axis=0) == 0
    assert (new[:, constant] == real[0, constant]).all()
    reach = np.ptp(real, axis=0)
    assert (new >= real.min(axis=0) - 3 * reach).all()
    assert (new <= real.max(axis=0) + 3 * reach).all()


@pytest.mark.parametrize("name", UNMEASURED)
def test_a_report_says_what_of_an_odd_input_cant_be_measured(name):
    sampler = SermiSampler(steps=1, random_state=0)
    sampler.fit_resample(CASES[name].x, CASES[name].y)
    assert UNMEASURED[name] in str(sampler.report_)
    assert sampler.sample_scores_.shape == (sum(sampler.sampling_strategy_.values()),)
