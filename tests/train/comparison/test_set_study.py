"""Which measure tells what a set buys: the rows of a fold, and how measures are ranked."""

import numpy as np
import pandas as pd
import pytest
from tqdm import tqdm

from sermi.features import Features
from train.comparison import set_study
from train.comparison.augmenters import AugmenterSpec
from train.comparison.set_study_summary import MEASURES, cells, summarise


def split():
    """Three emotions of six speakers who train and two who don't."""
    rng = np.random.default_rng(0)
    c, speaker = np.tile(np.arange(3), 80), np.repeat(np.char.add("s", np.arange(8).astype(str)), 30)
    h = (1.5 * np.eye(3, 4)[c] + rng.normal(size=(240, 4))).astype(np.float32)
    test = np.isin(speaker, ["s0", "s1"])
    train, tested = (Features(h[rows], c[rows], speaker[rows]) for rows in (~test, test))
    return set_study.Split("toy", 0, ("angry", "happy", "sad"), train, tested)


def test_a_fold_has_a_row_for_each_recipe():
    rows = pd.DataFrame(set_study._rows(split(), ["gaussian:spread=1.0", "noise:scale=0.3"], tqdm(disable=True)))
    assert rows["recipe"].tolist() == ["gaussian:spread=1.0", "noise:scale=0.3"]
    assert {*MEASURES} <= {*rows.columns}
    assert rows["UA"].between(0.5, 1).all()
    assert (rows["gain"].abs() < 0.2).all()
    # samples of the right distribution score as real ones do; small noise around training rows is nearer to them
    assert rows["sample_score"].between(0, np.log(3)).all()
    assert rows["memorisation"].is_monotonic_decreasing


@pytest.mark.parametrize("recipe", set_study.RECIPES)
def test_every_recipe_is_one_that_can_be_made(recipe):
    assert AugmenterSpec.parse(recipe).name == recipe


def rows_of(values):
    """Gains that rise with `values`, in two corpora of three folds."""
    return pd.DataFrame(
        {"corpus": corpus, "fold": fold, "recipe": f"r{i}", "gain": 0.01 * i, **dict.fromkeys(MEASURES, value)}
        for corpus in ("a", "b")
        for fold in range(3)
        for i, value in enumerate(values)
    )


def test_a_measure_that_orders_sets_as_gains_do_has_a_correlation_of_one_and_picks_the_best():
    summary = summarise(rows_of([1.0, 2.0, 5.0, 6.0]))
    assert summary["n_sets"] == 8
    assert summary["gain"] == {"mean": 0.015, "lowest": 0.0, "highest": pytest.approx(0.03)}
    more_is_better = summary["measures"]["information"]
    assert more_is_better["rank_correlation"] == 1
    assert more_is_better["picked_over_random"] == pytest.approx(0.015)
    less_is_better = summary["measures"]["frechet"]
    assert less_is_better["by_corpus"] == {"a": -1, "b": -1}
    assert less_is_better["picked_over_random"] == pytest.approx(-0.015)
    assert cells(less_is_better)[1:] == ["-1.00 (-1.00 to -1.00)", "-1.5 (-1.5 to -1.5)"]
