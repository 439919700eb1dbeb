"""One damaged checkpoint keeps nobody from the others, and says what is wrong with it."""

from __future__ import annotations

import json
import shutil

import gradio as gr
import pytest

from sermi import shipped
from sermi.errors import CheckpointError
from sermi.ui.engine import Engine
from sermi.ui.evidence import Place
from sermi.ui.evidence_panels import CHECKPOINT, METHOD

DAMAGED = {
    "no JSON": "{",
    "deep": "[" * 100_000,
    "a list": "[]",
    "empty": "{}",
    "classes a number": json.dumps({"classes": 3, "frontend": {}}),
    "classes of numbers": json.dumps({"classes": [1, 2], "frontend": {}}),
    "classes missing": json.dumps({"frontend": {}}),
    "frontend a list": json.dumps({"classes": ["sad"], "frontend": []}),
    "generators a number": json.dumps({"classes": ["sad"], "frontend": {}, "generators": 3}),
    "voices true": json.dumps({"classes": ["sad"], "frontend": {}, "voices": True}),
    "fingerprint a list": json.dumps({"classes": ["sad"], "frontend": {}, "frontend_fingerprint": [1]}),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    shutil.copytree(shipped.resolve("open7"), folder / "whole")
    config = json.loads((folder / "whole" / "config.json").read_text())
    (folder / "whole" / "config.json").write_text(json.dumps(config | {"digests": {}}))
    for name, text in DAMAGED.items():
        (folder / name).mkdir()
        (folder / name / "config.json").write_text(text)
    shutil.copytree(shipped.resolve("open7"), folder / "latin")
    (folder / "latin" / "config.json").write_bytes(b"{\xff}")
    (folder / "latin" / "README.md").unlink()
    return folder


@pytest.mark.parametrize("name", [*DAMAGED, "latin"])
def test_a_damaged_checkpoint_is_listed_as_such(folder, name):
    engine = Engine(folder)
    assert engine.default == "whole"
    labels = {name: label for label, name in engine.choices(to_listen=True)}
    assert labels["whole"] == "whole (7 emotions)"
    assert "(damaged: " in labels[name]
    assert engine.summary(name).classes == ()
    assert engine.evidence(name).comparisons is not None
    assert "README.md" in engine.card(name)
    with pytest.raises(CheckpointError):
        engine.predictor(name)


METRICS = ["", "{", "[]", "3", '{"held_out_speakers": 3}', '{"held_out_speakers": {"confusion": "x"}}']
METRICS += ['{"other_speakers_and_corpora": [1]}', '{"new_voice": {}}', '{"new_voice": []}', '{"command": []}']


@pytest.mark.parametrize("text", METRICS)
def test_damaged_metrics_leave_the_rest_of_the_evidence(folder, text):
    (folder / "whole" / "metrics.json").write_text(text)
    evidence = Engine(folder).evidence("whole")
    assert evidence.comparisons


def test_figures_that_are_not_as_they_were_written_are_not_shown(tmp_path):
    shutil.copytree(shipped.resolve("open7"), tmp_path / "open7")
    path = tmp_path / "open7" / "metrics.json"
    assert Engine(tmp_path).evidence("open7").unseen
    path.write_text(path.read_text().replace("0.6", "0.7"))
    assert not Engine(tmp_path).evidence("open7").unseen
    path = tmp_path / "open7" / "config.json"
    path.write_text(path.read_text().replace('"not_sure_below": 0.', '"not_sure_below": 0.1'))
    assert Engine(tmp_path).choices() == [("open7 (damaged: config.json is not as it was written)", "open7")]


def test_nothing_in_a_card_is_html(folder):
    (folder / "whole" / "README.md").write_text("---\nlicense: mit\n---\n# Mine\n<img src=x onerror=alert(1)>")
    assert Engine(folder).card("whole") == "# Mine\n&lt;img src=x onerror=alert(1)>"
    (folder / "whole" / "README.md").write_text("---\nonly front matter")
    assert "front matter" in Engine(folder).card("whole")


VALUES = ["x", None, [], {}, "1"]


@pytest.mark.parametrize("value", VALUES)
def test_a_damaged_value_costs_no_more_than_its_panel(folder, value):
    metrics = json.loads((shipped.resolve("open7") / "metrics.json").read_text())
    other = metrics["other_speakers_and_corpora"]
    other["confusion"] = value
    other["by_corpus"] = {"<b>mine</b>": {"UA": value, "n": value}, "other": {"UA": 0.5, "n": 3}}
    (folder / "whole" / "metrics.json").write_text(json.dumps(metrics))
    engine = Engine(folder)
    evidence = engine.evidence("whole")
    with gr.Blocks():
        places = [Place.build(panel) for panel in (*CHECKPOINT, *METHOD)]
    updates = {}
    for place in places:
        updates |= place.show(evidence, evidence.comparisons[0])
    assert sum(one["visible"] for one in updates.values() if isinstance(one, dict)) >= len(METHOD)
    assert "<b>mine" not in str(evidence.corpora) + str(evidence.unseen)
