"""What the files of runs hold is told, and what they lack is named and left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sermi import checkpoint
from sermi.evidence import RESULTS, gather, read_comparison

WAY = {"UA": 0.7, "gain": 0.0, "gain_interval_95": [0.0, 0.0], "title": "None", "information": {"information": 1.2}}


def comparison(protocol: str) -> dict:
    return {
        "protocol": protocol,
        "command": "python -m train compare " + protocol,
        "folds": 6,
        "seeds": [0, 1],
        "summary": {
            "none": WAY,
            "reference: shrinkage LDA": {**WAY, "UA": 0.74, "gain": 0.04, "title": "LDA"},
            "sermi-match": {**WAY, "UA": 0.75, "gain": 0.05, "gain_interval_95": [0.02, 0.08], "title": "SERMI"},
        },
    }


@pytest.fixture
def results(tmp_path) -> Path:
    folder = tmp_path / "compare"
    folder.mkdir()
    for name in ("paired", "ravdess"):
        (folder / f"{name}.json").write_text(json.dumps(comparison(name)))
    (folder / "ravdess.plotly.json").write_text("{}")
    return tmp_path


def test_comparisons_come_in_the_order_of_the_story(results):
    found = gather({}, [], results).comparisons
    assert [each.protocol for each in found] == ["ravdess", "paired"]
    first = found[0]
    assert first.none.ua == 0.7
    assert first.best_reference.title == "LDA"
    assert first.way("sermi-match").interval == (0.02, 0.08)
    assert [way.name for way in first.ways if way.generates] == ["sermi-match"]
    assert "2 seeds" in first.run
    assert "python -m train compare ravdess" in first.run


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
    assert len(found.missing) == 3
    assert any("leave-one-corpus-out" in command for command in found.missing)


def test_recall_by_corpus_is_the_mean_over_seeds(tmp_path):
    runs = [{"fold": "tess", "seed": seed, "UA": ua, "n_test": 9} for seed, ua in ((0, 0.5), (1, 0.7))]
    (tmp_path / "leave-one-corpus-out.json").write_text(json.dumps({"command": "it", "runs": runs}))
    corpora = gather({}, [], tmp_path).corpora
    assert corpora.groups == {"tess": (pytest.approx(0.6), 9)}


@pytest.mark.parametrize("name", ["open4", "open7"])
def test_everything_that_is_shipped_can_be_shown(name):
    shipped = checkpoint.load(name)
    found = gather(shipped.metrics, shipped.config.classes)
    assert found.missing == () or list(found.missing) == []
    assert {each.protocol for each in found.comparisons} >= {"ravdess", "imbalance"}
    for each in found.comparisons:
        assert each.way("sermi-match").information > 0
        assert abs(each.none.gain) == 0
    assert sum(map(sum, found.unseen.confusion)) == found.unseen.n
    assert sum(n for *_, n in found.unseen.reliability) == found.unseen.n
    assert [each.by for each in found.unseen.recalls] == ["corpus", "gender", "speaker"]
    assert set(found.corpora.groups) == {"ravdess", "tess", "emodb", "nemo"}
    assert RESULTS.is_dir()
