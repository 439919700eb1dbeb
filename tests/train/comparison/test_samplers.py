"""The comparison of samplers: each way and classifier in a fold, and the table of cells."""

import numpy as np
import pandas as pd
import pytest

from sermi.errors import SermiError
from train.comparison import sampler_cells
from train.comparison.sampler_summary import as_markdown, summarise
from train.samples import AudioSample


def test_a_fold_has_a_row_for_each_way_and_classifier():
    rng = np.random.default_rng(0)
    c, speaker = np.arange(60) % 3, np.char.add("s", (np.arange(60) // 10).astype(str))
    a = (2 * np.eye(3, 5)[c] + rng.normal(size=(60, 5))).astype(np.float32)[:, None]
    test = np.isin(speaker, ["s0", "s1"])
    sample = AudioSample(a, c, speaker, np.full(60, "toy"))
    rows = pd.DataFrame(sampler_cells._rows(sample, ~test, test, ["none", "smote", "gaussian"], seed=0))
    assert len(rows) == 9
    assert rows["UA"].between(0.5, 1).all()
    assert rows.groupby("way")["n_generated"].first().to_dict() == {"none": 0, "smote": 44, "gaussian": 44}
    assert set(rows["tested"]) == {"s0 s1"}


def test_features_that_there_are_not_are_one_sentence(tmp_path):
    with pytest.raises(SermiError, match="no features 'MFCC'; use eGeMAPS"):
        sampler_cells.run(tmp_path, tmp_path / "a.csv", seeds=[0], features=["MFCC"])


def test_cells_count_who_is_first_and_who_is_below_nothing():
    ua = {"none": 0.5, "smote": 0.6, "sermi": 0.7, "sermi-match": 0.4}
    rows = pd.DataFrame(
        {"representation": "eGeMAPS", "setting": "imbalance", "classifier": "MLP", "fold": f"fold{fold}", "seed": 0, "way": way,
         "UA": value + 0.01 * fold}
        for way, value in ua.items() for fold in range(4)
    )  # fmt: skip
    summary = summarise(rows)
    (cell,) = summary["cells"]
    assert cell["ways"]["smote"]["gain"] == pytest.approx(0.1)
    assert cell["ways"]["smote"]["sermi_over_it"] == pytest.approx(0.1)
    assert summary["first"]["sermi"] == summary["first_matched"]["smote"] == 1
    assert summary["below_none"]["sermi-match"] == 1
    assert "**+20.0 (+20.0 to +20.0)**" in as_markdown(summary)
