"""The statistics on tables of one's own."""

import numpy as np
import pandas as pd
import pytest
import torch

from sermi import quality
from sermi.quality import QualityError, statistics, two_sample

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 3)), RNG.normal(size=(30, 3)) + 0.5
LABELS = np.array(["calm", "sad"])


@pytest.mark.parametrize(
    "kind", [np.asarray, np.ndarray.tolist, torch.from_numpy, pd.DataFrame, lambda x: torch.from_numpy(x).requires_grad_()]
)  # fmt: skip
def test_any_kind_of_table_is_taken(kind):
    x, y = kind(X), kind(Y)
    assert quality.prdc(x, y) == statistics.prdc(X, Y)
    assert quality.frechet_distance(x, y) == statistics.frechet_distance(X, Y)
    assert quality.c2st(x, y, classifier="neighbours") == two_sample.c2st(X, Y, classifier="neighbours")
    assert quality.memorisation(x, y, held_out=x) == 1.0
    assert quality.share_of_copies(x, x) == 1.0


def test_labels_may_be_names():
    c, real_c = np.arange(40) % 2, np.arange(30) % 2
    named = quality.train_on_generated(X, LABELS[c], Y, LABELS[real_c].tolist())
    assert named == statistics.train_on_generated(X, c, Y, real_c)
    assert quality.train_on_generated(X + 9 * c[:, None], LABELS[c], Y + 9 * real_c[:, None], LABELS[real_c]) == 1.0


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: quality.prdc(X[:5], Y), "real has 5 samples; at least 6 are needed"),
        (lambda: quality.prdc(X, Y, k=0), "k must be a whole number of neighbours, 1 or more, not 0"),
        (lambda: quality.prdc(X, Y, k=1.5), "k must be a whole number of neighbours, 1 or more, not 1.5"),
        (lambda: quality.memorisation(Y, X, X[:30]), "Half of held_out or more are in training"),
        (lambda: quality.prdc(X, Y[:, :2]), "differ in width, real 3 and generated 2"),
        (lambda: quality.frechet_distance(X[:1], Y), "x has 1 samples; at least 2"),
        (lambda: quality.c2st(np.where(X > 2, np.nan, X), Y), "x holds NaN or infinite values in"),
        (lambda: quality.memorisation(X, Y, X[0]), r"held_out must have the shape \(samples, features\), not \(3,\)"),
        (lambda: quality.share_of_copies([["a"]], Y), "x must be a table of numbers"),
        (lambda: quality.train_on_generated(X, LABELS[:1].repeat(40), Y, LABELS[:1].repeat(30)), "only the class calm"),
        (lambda: quality.train_on_generated(X, [0, 1], Y, [0] * 30), "c must hold one label for each of 40 samples"),
    ],
)
def test_a_mistake_is_one_sentence(call, sentence):
    with pytest.raises(QualityError, match=sentence):
        call()
