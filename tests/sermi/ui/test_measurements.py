"""What the files of runs hold is shown, and what they lack is named and left out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sermi import checkpoint, shipped
from sermi.ui.evidence_panels import NEW_VOICE, SETS
from sermi.ui.measurement_files import gather, read_comparison, read_new_voices
from tests.new_voice import CORPORA, new_voice

WAY = {
    "UA": 0.7,
    "gain": 0.0,
    "gain_interval_95": [0.0, 0.0],
    "title": "None",
    "runs": 12,
    "information": {"information": 1.2},
    "confusion": [[6, 4], [2, 8]],
}
GENERATED = {
    **WAY,
    "UA": 0.75,
    "gain": 0.05,
    "gain_interval_95": [0.02, 0.08],
    "title": "SERMI",
    "quality": {"coverage": 0.3, "coverage_real": 0.4},
}


def summary(protocol: str) -> dict:
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
            "smote": {**GENERATED, "UA": 0.9, "runs": 3},
            "sermi-match": GENERATED,
        },
    }


@pytest.fixture
def results(tmp_path) -> Path:
    folder = tmp_path / "compare"
    folder.mkdir()
    for name in ("paired", "low-resource", "ravdess"):
        (folder / f"{name}.json").write_text(json.dumps(summary(name)))
    (folder / "ravdess.plotly.json").write_text("{}")
    return tmp_path


def test_comparisons_come_in_the_order_of_the_story(results):
    comparisons = gather({}, [], results).comparisons
    assert [comparison.protocol for comparison in comparisons] == ["ravdess", "low-resource", "paired"]
    first = comparisons[0]
    assert first.none.ua == 0.7
    assert first.best_reference.title == "LDA"
    assert first.way("sermi-match").interval == (0.02, 0.08)
    assert [way.name for way in first.ways if way.generates] == ["smote", "sermi-match"]
    assert first.ours.measures["coverage"] == 0.3
    assert first.ours.real["coverage"] == 0.4
    assert first.ours.confusion == [[6, 4], [2, 8]]
    assert "2 seeds" in first.run
    assert "python -m train compare ravdess" in first.run


def test_repeated_splits_are_called_so(results):
    path = results / "compare" / "ravdess.json"
    path.write_text(json.dumps({**summary("ravdess"), "folds": 20, "splits": 20}))
    run = gather({}, [], results).comparisons[0].run
    assert run.startswith("20 repeated speaker-disjoint splits, 2 seeds; gains paired by split, with 95 % intervals")
    assert "corrected for speakers that splits share" in run


def test_of_new_voices_what_was_reached_with_eight_clips_known(results):
    methods = {
        "none": {"title": "None", "UA": 0.6},
        "sermi-match": {"title": "SERMI", "UA": 0.72, "gain": 0.12, "gain_interval_95": [0.09, 0.15]},
        "reference: mean": {"title": "Mean", "UA": 0.7, "gain": 0.1, "gain_interval_95": [0.08, 0.12]},
    }
    contexts = {"8": {"corpora": ["a", "b"], "methods": methods}}
    record = {"protocol": "compare new-voice", "command": "run", "seeds": [0], "classes": ["x"], "contexts": contexts}
    path = results / "compare" / "new-voice.json"
    path.write_text(json.dumps(record))
    evidence = gather({}, [], results)
    assert evidence.clearest_gain.protocol == "new-voice"
    voices = evidence.comparisons[0]
    assert [way.name for way in voices.ways] == ["none", "reference: mean", "sermi-match"]
    assert (voices.ours.interval, voices.best_reference.gain) == ((0.09, 0.15), 0.1)
    assert voices.best_reference.short_title == "mean"
    assert voices.run.startswith(
        "2 corpora left out in turn, 8 unlabelled clips of each voice known, 1 seed; 95 % intervals of gains by bootstrap"
    )
    for damaged in ({**record, "contexts": {}}, {**record, "contexts": {"8": {"corpora": [], "methods": {"none": 3}}}}):
        path.write_text(json.dumps(damaged))
        assert read_comparison(path) is None


def test_what_was_not_done_in_all_runs_is_not_the_best(results):
    first = gather({}, [], results).comparisons[0]
    assert first.way("smote").partial
    assert first.best_generated.name == "sermi-match"


def test_the_learning_curve_goes_from_the_fewest_recordings_to_the_most(results):
    assert [comparison.protocol for comparison in gather({}, [], results).curve] == ["low-resource", "ravdess"]


def test_options_of_one_augmenter_are_an_ablation(results):
    (results / "choices").mkdir()
    record = summary("ravdess")
    record["summary"]["sermi-match:steps=0"] = {**GENERATED, "title": "SERMI, steps=0"}
    (results / "choices" / "ravdess.json").write_text(json.dumps(record))
    evidence = gather({}, [], results)
    assert [comparison.protocol for comparison in evidence.comparisons] == ["ravdess", "low-resource", "paired"]
    assert [comparison.title for comparison in evidence.ablations] == ["One choice at a time: all training actors"]


@pytest.mark.parametrize(
    "damage", ["half a fi", "[]", '{"protocol": "x"}', json.dumps({**summary("x"), "summary": {}})]
)
def test_a_damaged_file_is_left_out(tmp_path, damage):
    file = tmp_path / "x.json"
    file.write_text(damage)
    assert read_comparison(file) is None


@pytest.mark.parametrize(("record", "is_of_today"), [({}, False), ({"features": {"code": "1f"}}, True)])
def test_a_comparison_of_an_earlier_version_says_so(tmp_path, record, is_of_today):
    file = tmp_path / "ravdess.json"
    file.write_text(json.dumps(summary("ravdess") | record))
    run = read_comparison(file).run
    assert ("earlier version" not in run) == is_of_today
    assert "by Student's t" in run
    assert run.endswith("python -m train compare ravdess")


def test_what_was_not_measured_is_named_with_its_command(tmp_path):
    evidence = gather({}, ["angry"], tmp_path)
    assert evidence.comparisons == []
    assert evidence.unseen is None
    assert evidence.corpora is None
    commands = " ".join(missing.command for missing in evidence.missing)
    assert all(
        name in commands
        for name in ("leave-one-corpus-out", "new-voice", "compare ravdess", "compare paired", "ablate", "fit")
    )


def test_recall_by_corpus_is_the_mean_over_seeds(tmp_path):
    runs = [{"fold": "tess", "seed": seed, "UA": ua, "n_test": 9} for seed, ua in ((0, 0.5), (1, 0.7))]
    (tmp_path / "leave-one-corpus-out.json").write_text(json.dumps({"command": "it", "runs": runs}))
    corpora = gather({}, [], tmp_path).corpora
    assert corpora.groups == {"tess": (pytest.approx(0.6), 9)}


def test_recall_by_corpus_comes_from_where_no_choice_was_made_on_it(tmp_path):
    runs = [{"fold": "tess", "seed": 0, "UA": 0.5, "n_test": 9}]
    (tmp_path / "leave-one-corpus-out.json").write_text(json.dumps({"command": "four", "runs": runs}))
    by_corpus = {"tess": {"n": 9, "UA": 0.6}, "nemo": {"n": 8, "UA": 0.4}}
    other = {"what": "", "n": 17, "UA": 0.5, "ECE": 0.1, "confusion": [], "by_corpus": by_corpus}
    without = {"command": "fit", "other_speakers_and_corpora": other}
    evidence = gather(without, [], tmp_path)
    assert (evidence.corpora_command, evidence.corpora.groups["nemo"]) == ("fit", (0.4, 8))
    assert "settings were chosen on it" in evidence.corpora.by
    evidence = gather(without | {"new_voice": new_voice()}, [], tmp_path)
    assert evidence.corpora_command == new_voice()["command"]
    assert evidence.corpora.groups["emodb"] == (0.69, None)
    assert set(evidence.corpora.groups) == set(CORPORA)
    assert "all settings" in evidence.corpora.by


def test_voices_never_met_are_drawn_for_each_encoder_that_was_measured(tmp_path):
    panel = NEW_VOICE[0]
    assert panel.draw(gather({}, [], tmp_path), None) is None
    (tmp_path / "new-voice.json").write_text(json.dumps(new_voice()))
    (tmp_path / "new-voice-broken.json").write_text("{}")
    alone = panel.draw(gather({}, [], tmp_path), None)
    both = "moonshine-tiny+openai/whisper-base"
    (tmp_path / "new-voice-both.json").write_text(json.dumps(new_voice(both, gain=0.04)))
    evidence = gather({}, [], tmp_path)
    assert [voice.title for voice in read_new_voices(tmp_path)] == ["Embedded encoder", "Embedded + whisper-base"]
    drawn = panel.draw(evidence, None)
    assert len(drawn.figure.data) == 2 * len(alone.figure.data)
    assert drawn.caption.startswith("Each corpus is left out in turn, of training and of all settings.")
    assert "Embedded encoder: 69.0" in drawn.caption
    assert "Embedded + whisper-base: 73.0" in drawn.caption
    assert both in drawn.run
    head, rows = drawn.table
    assert len(head) == 3
    assert rows[0] == ["none", "69.0 (67.0 to 72.0)", "73.0 (71.0 to 76.0)"]


def test_what_tells_which_set_helps_is_drawn_where_it_was_measured(tmp_path):
    panel = next(panel for panel in SETS if panel.id == "ev-set-study")
    assert panel.draw(gather({}, [], tmp_path), None) is None
    measures = {
        "information": {"title": "I(c; ĥ)", "rank_correlation": 0.4, "interval_95": [0.1, 0.7]},
        "recall": {"title": "recall", "rank_correlation": -0.5, "interval_95": [-0.8, -0.2]},
    }
    record = {"command": "python -m train sets", "n_sets": 54, "corpora": ["a", "b"], "measures": measures}
    (tmp_path / "sets.json").write_text(json.dumps(record))
    drawn = panel.draw(gather({}, [], tmp_path), None)
    assert drawn.caption.startswith("54 generated sets, of 2 corpora")
    assert "Above chance: I(c; ĥ). The wrong way round: recall." in drawn.caption
    assert drawn.run == "python -m train sets"
    (dots,) = drawn.figure.data
    assert list(zip(dots.y, dots.x, strict=True)) == [("recall", -0.5), ("I(c; ĥ)", 0.4)]
    (tmp_path / "sets.json").write_text('{"measures": {"information": 1}}')
    assert panel.draw(gather({}, [], tmp_path), None) is None


@pytest.mark.parametrize("name", ["open4", "open7"])
def test_everything_that_is_shipped_can_be_shown(name):
    shown = checkpoint.load(name)
    evidence = gather(shown.metrics, shown.config.classes, shipped.results_folder())
    assert list(evidence.missing) == []
    assert {comparison.protocol for comparison in evidence.comparisons} == {
        "new-voice",
        "ravdess",
        "low-resource",
        "imbalance",
        "paired",
    }
    for comparison in evidence.comparisons:
        assert comparison.best_generated.ua > comparison.none.ua
        if comparison.protocol == "new-voice":  # of which neither sets nor confusions were kept
            continue
        assert comparison.ours.information > 0
        assert sum(map(sum, comparison.ours.confusion)) == sum(map(sum, comparison.none.confusion)) > 1_000
        assert comparison.ours.measures["coverage"] > 0
        assert abs(comparison.none.gain) == 0
    assert sum(map(sum, evidence.unseen.confusion)) == evidence.unseen.n
    assert sum(n for *_, n in evidence.unseen.reliability) == evidence.unseen.n
    assert [recalls.by for recalls in evidence.unseen.recalls] == ["corpus", "gender", "speaker"]
    assert set(evidence.corpora.groups) == set(shown.config.training["audio"])
    card = (shipped.folders()[0] / name / "README.md").read_text()
    for corpus, (ua, _) in evidence.corpora.groups.items():  # the tab About has the same figure
        assert re.search(rf"^\| {corpus} \|.* \| {100 * ua:.1f} % \|$", card, re.MULTILINE)
    assert evidence.new_voices[0].points[0].n == 0
    assert len(evidence.curve) == 2
    assert list(evidence.recall_by_source) == ["Voice", "Words", "Both"]


def test_without_a_folder_of_results_everything_is_missing():
    assert {missing.what for missing in gather({}, [], None).missing} >= {"One choice at a time", "All training actors"}
