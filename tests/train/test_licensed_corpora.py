"""IEMOCAP, MSP-IMPROV and MSP-Podcast end to end on made trees of the published layouts, with a tiny encoder."""

import json
from functools import cache

import pandas as pd
import pytest

from sermi.encoders import MINILM
from sermi.errors import SermiError
from tests.train.corpora import trees
from train.comparison.compare import compare
from train.comparison.evaluate import evaluate
from train.comparison.report import write_report
from train.comparison.tasks import TaskConfig, comparison_frontend, tasks
from train.embeddings.dataset import EncodingConfig

FOLDS = {
    "iemocap": [f"session{n}" for n in range(1, 6)],
    "msp_improv": [f"session{n}" for n in range(1, 7)],
    "msp_podcast_4": ["Test1", "Test2"],
    "msp_podcast_8": ["Test1", "Test2"],
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """One folder that holds a tree of each corpus."""
    folder = tmp_path_factory.mktemp("licensed")
    trees.write_iemocap(folder / "iemocap", per_class=2, audio=True)
    trees.write_msp_improv(folder / "msp_improv", per_class=2, audio=True)
    trees.write_msp_podcast(folder / "msp_podcast", per_class=2, audio=True)
    return folder


@pytest.fixture(scope="module")
def frontend(tiny_encoder):
    return comparison_frontend(str(tiny_encoder))


@pytest.fixture(scope="module")
def evaluated(data, frontend):
    """From a protocol's name to its result."""
    return cache(lambda name: evaluate(name, data, seeds=[0], config=EncodingConfig(frontend), n_views=0))


@pytest.mark.parametrize("name", FOLDS)
def test_evaluate_knows_the_folds_and_beats_chance(name, evaluated):
    result = evaluated(name)
    assert [run["fold"] for run in result["runs"]] == FOLDS[name]
    assert result["mean"]["UA"] > 1.5 / len(result["classes"])
    assert result["recordings"] == sum(run["n_test"] for run in result["runs"]) or name.startswith("msp_podcast")
    assert result["left_out"]  # the trees have labels that are left out
    assert any("published" in warning for warning in result["warnings"]) or name.startswith("msp_podcast")


def test_other_clips_of_speakers_left_out_are_measured_where_the_folds_are_of_speakers(evaluated):
    result = evaluated("iemocap")
    voices = result["known_voices"]
    assert voices["0"]["gain"] == 0
    assert voices["0"]["UA"] > 1.5 / len(result["classes"])
    assert len(voices) > 1
    for name, row in voices.items():
        mean = sum(run["known_voices"][name] for run in result["runs"]) / len(result["runs"])
        assert row["UA"] == pytest.approx(mean, abs=1e-4)
        assert row["gain"] == pytest.approx(mean - voices["0"]["UA"], abs=2e-4)
        assert row["gain_interval_95"][0] <= row["gain"] <= row["gain_interval_95"][1]


def test_words_are_recognised_beside_the_voice(data, frontend):
    result = evaluate("iemocap", data, seeds=[0], config=EncodingConfig(frontend), n_views=0, text_encoder=MINILM)
    assert set(result["mean_words"]) == set(result["mean_voice"]) == set(result["mean"])
    for run in result["runs"]:
        assert 0 <= run["chosen"]["weight of words"] <= 1
        weight = run["chosen"]["weight of words"]
        if weight in (0, 1):  # then one side decides alone
            assert run["UA"] == run["words" if weight else "voice"]["UA"]


@pytest.mark.parametrize("name", FOLDS)
def test_compare_gives_a_table_and_figures(name, data, frontend, tmp_path):
    config = TaskConfig(frontend, text_encoder=MINILM if name == "iemocap" else None)
    augmenters = ["gaussian", "sermi-match:steps=3"] if name == "iemocap" else ["gaussian"]
    planned = list(tasks(name, data, [0], config))
    assert [task.fold for task in planned] == FOLDS[name]
    some = planned[:2]  # what is done with one is done with all
    rows = compare(name, data, tmp_path, augmenters=augmenters, seeds=[0], planned=some)
    assert list(rows["fold"].unique()) == FOLDS[name][:2]
    assert rows["UA"].between(0, 1).all()
    assert set(augmenters) < set(rows["augmenter"])
    assert ("pair_information" in rows) == (name == "iemocap")
    write_report(name, rows, tmp_path, command="compare")
    record = json.loads((tmp_path / f"{name}.json").read_text())
    assert record["folds"] == len(some)
    assert (tmp_path / f"{name}.plotly.json").exists()
    assert len(pd.read_csv(tmp_path / f"{name}.csv")) == len(rows)


def test_hyper_parameters_are_chosen_on_the_published_development_set(data, frontend):
    for task in tasks("msp_podcast_4", data, [0], TaskConfig(frontend)):
        parts = [set(side.speaker) for side in (task.train, task.validation, task.test)]
        assert not parts[0] & parts[1]
        assert not parts[0] & parts[2]
        assert not parts[1] & parts[2]
    (task, *_) = tasks("iemocap", data, [0], TaskConfig(frontend))
    assert task.validation is None
    assert len(set(task.test.speaker)) == 2


def test_words_that_a_corpus_does_not_have_are_one_sentence(data, frontend, tmp_path):
    trees.write_msp_improv(tmp_path / "msp_improv", per_class=2, audio=True, transcripts=False)
    with pytest.raises(SermiError, match="no transcripts"):
        list(tasks("msp_improv", tmp_path, [0], TaskConfig(frontend, text_encoder=MINILM)))
