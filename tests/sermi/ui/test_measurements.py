"""What the files of runs hold is told, and what they lack is named and left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sermi import checkpoint
from sermi.ui.measurements import RESULTS, gather, read_comparison

WAY = {
    "UA": 0.7,
    "gain": 0.0,
    "gain_interval_95": [0.0, 0.0],
    "title": "None",
    "runs": 12,
    "information": {"information": 1.2},
    "confusion": [[6, 4], [2, 8]],
}
MADE = {
    **WAY,
    "UA": 0.75,
    "gain": 0.05,
    "gain_interval_95": [0.02, 0.08],
    "title": "SERMI",
    "quality": {"coverage": 0.3, "coverage_real": 0.4},
}


def comparison(protocol: str) -> dict:
    return {
        "protocol": protocol,
        "command": "python -m train compare " + protocol,
        "folds": 6,
        "seeds": [0, 1],
        "n_train": 240 if protocol == "low-resource" else 1200,
        "classes": ["angry", "sad"],
        "summary": {
            "none": WAY,
            "reference: shrinkage LDA": {**WAY, "UA": 0.74, "gain": 0.04, "title": "LDA"},
            "smote": {**MADE, "UA": 0.9, "runs": 3},
            "sermi-match": MADE,
        },
    }


@pytest.fixture
def results(tmp_path) -> Path:
    folder = tmp_path / "compare"
    folder.mkdir()
    for name in ("paired", "low-resource", "ravdess"):
        (folder / f"{name}.json").write_text(json.dumps(comparison(name)))
    (folder / "ravdess.plotly.json").write_text("{}")
    return tmp_path


def test_comparisons_come_in_the_order_of_the_story(results):
    found = gather({}, [], results).comparisons
    assert [each.protocol for each in found] == ["ravdess", "low-resource", "paired"]
    first = found[0]
    assert first.none.ua == 0.7
    assert first.best_reference.title == "LDA"
    assert first.way("sermi-match").interval == (0.02, 0.08)
    assert [way.name for way in first.ways if way.generates] == ["smote", "sermi-match"]
    assert first.ours.measures["coverage"] == 0.3
    assert first.ours.real["coverage"] == 0.4
    assert first.ours.confusion == [[6, 4], [2, 8]]
    assert "2 seeds" in first.run
    assert "python -m train compare ravdess" in first.run


def test_what_was_not_done_in_all_runs_is_not_the_best(results):
    first = gather({}, [], results).comparisons[0]
    assert first.way("smote").partial
    assert first.best_generated.name == "sermi-match"


def test_the_learning_curve_goes_from_the_fewest_recordings_to_the_most(results):
    assert [each.protocol for each in gather({}, [], results).curve] == ["low-resource", "ravdess"]


def test_options_of_one_augmenter_are_an_ablation(results):
    (results / "choices").mkdir()
    record = comparison("ravdess")
    record["summary"]["sermi-match:steps=0"] = {**MADE, "title": "SERMI, steps=0"}
    (results / "choices" / "ravdess.json").write_text(json.dumps(record))
    found = gather({}, [], results)
    assert [each.protocol for each in found.comparisons] == ["ravdess", "low-resource", "paired"]
    assert [each.title for each in found.ablations] == ["One choice at a time: all training actors"]


@pytest.mark.parametrize(
    "damage", ["half a fi", "[]", '{"protocol": "x"}', json.dumps({**comparison("x"), "summary": {}})]
)
def test_a_damaged_file_is_left_out(tmp_path, damage):
    file = tmp_path / "x.json"
    file.write_text(damage)
    assert read_comparison(file) is None


def test_what_was_not_measured_is_named_with_its_command(tmp_path):
    found = gather({}, ["angry"], tmp_path)
    assert found.comparisons == []
    assert found.unseen is None
    assert found.corpora is None
    commands = " ".join(each.command for each in found.missing)
    assert all(
        name in commands for name in ("leave-one-corpus-out", "compare ravdess", "compare paired", "ablate", "fit")
    )


def test_recall_by_corpus_is_the_mean_over_seeds(tmp_path):
    runs = [{"fold": "tess", "seed": seed, "UA": ua, "n_test": 9} for seed, ua in ((0, 0.5), (1, 0.7))]
    (tmp_path / "leave-one-corpus-out.json").write_text(json.dumps({"command": "it", "runs": runs}))
    corpora = gather({}, [], tmp_path).corpora
    assert corpora.groups == {"tess": (pytest.approx(0.6), 9)}


@pytest.mark.parametrize("name", ["open4", "open7"])
def test_everything_that_is_shipped_can_be_shown(name):
    shipped = checkpoint.load(name)
    found = gather(shipped.metrics, shipped.config.classes)
    assert list(found.missing) == []
    assert {each.protocol for each in found.comparisons} == {"ravdess", "low-resource", "imbalance", "paired"}
    for each in found.comparisons:
        assert each.ours.information > 0
        assert sum(map(sum, each.ours.confusion)) == sum(map(sum, each.none.confusion)) > 1_000
        assert each.best_generated.ua > each.none.ua
        assert each.ours.measures["coverage"] > 0
        assert abs(each.none.gain) == 0
    assert sum(map(sum, found.unseen.confusion)) == found.unseen.n
    assert sum(n for *_, n in found.unseen.reliability) == found.unseen.n
    assert [each.by for each in found.unseen.recalls] == ["corpus", "gender", "speaker"]
    assert set(found.corpora.groups) == {"ravdess", "tess", "emodb", "nemo"}
    assert len(found.curve) == 2
    assert list(found.heard) == ["Voice", "Words", "Both"]
    assert RESULTS.is_dir()
