"""What the tab "Generate" does with what its controls say, without a server."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from html import escape

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from sermi.cli import app
from sermi.errors import SermiError
from sermi.predictor import Utterance
from sermi.ui import engine
from sermi.ui.explorer import Request, Verdict
from sermi.ui.generate import html as samples
from sermi.ui.generate import session as generating
from sermi.ui.generate.session import ALL, MY_WORDS, NO_WORDS, OTHER_WORDS, Shown, request_of


def ask(**changed):
    given = {
        "checkpoint": "open4",
        "emotion": ALL,
        "n": 10,
        "words": NO_WORDS,
        "sentence": "",
        "spread": 1.0,
        "seed": 4,
        "regulariser": "match",
        "pairs": False,
        "you": None,
    }
    return request_of(**given | changed)


def shown(**changed) -> Shown:
    return Shown("open4", ask(**changed))


@pytest.fixture(scope="module")
def heard():
    model = engine.predictor("open4")
    width = model.checkpoint.config.shape
    random = np.random.default_rng(0)
    a, b = (random.normal(0, 1, n).astype(np.float32) for n in (width.audio_dim, width.text_dim))
    return Utterance(a, b, model.checkpoint.config.frontend_fingerprint)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"n": None}, "number of samples should be a whole number"),
        ({"n": 2.5}, "number of samples should be a whole number"),
        ({"seed": None}, "seed should be a whole number"),
        ({"n": 0}, "Ask for 1 to 500 samples of 4 emotions"),
        ({"n": 2_001, "emotion": "sad"}, "Ask for 1 to 2,000 samples of an emotion"),
        ({"words": MY_WORDS}, "There is no recording yet"),
        ({"words": OTHER_WORDS, "sentence": "  "}, "Type the sentence"),
        ({"checkpoint": "/etc"}, "There is no checkpoint"),
    ],
)
def test_each_mistake_is_one_sentence(changed, sentence):
    with pytest.raises(SermiError, match=sentence):
        ask(**changed)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"emotion": "joyful"}, "'joyful' is not an emotion"),
        ({"regulariser": "minimise"}, "no generator 'minimise'"),
        ({"spread": 9.0}, "spread should be"),
        ({"seed": -1}, "seed should be"),
        ({"seed": 2**40}, "seed should be"),
        ({"pairs": True, "words": OTHER_WORDS, "sentence": "no"}, "words or for pairs"),
    ],
)
def test_what_the_generator_refuses(changed, sentence):
    with pytest.raises(SermiError, match=sentence):
        generating.maps(shown(**changed), "pca", None, None)


def test_a_recording_without_words(heard):
    with pytest.raises(SermiError, match="came without words"):
        ask(words=MY_WORDS, you=replace(heard, b=None))


def test_words_change_the_samples_and_are_not_kept(heard):
    mine = ask(words=MY_WORDS, you=heard)
    assert mine.t is not None
    assert mine.text == samples.MY_TEXT
    assert ask(words=OTHER_WORDS, sentence=" Leave me alone! ").text == "Leave me alone!"
    explorer = engine.explorer("open4")
    assert not np.allclose(explorer.generate(mine).h, explorer.generate(ask()).h)


def test_the_map_before_and_after_with_the_visitor(heard):
    _, ((caption, figure),) = generating.maps(Shown("open4"), "pca", None, heard)
    assert caption.startswith("800 real features")
    assert figure.data[-1].name == "You"
    _, found = generating.maps(replace(shown(), others=("maximise", "off")), "emotion", 0.5, heard)
    assert len(found) == 3
    assert len({tuple(figure.layout.xaxis.range) for _, figure in found}) == 1
    assert "dropped by the filter" in found[0][0]


def test_a_visitor_whom_another_front_end_heard_is_left_out(heard):
    _, ((_, figure),) = generating.maps(Shown("open4"), "pca", None, replace(heard, frontend="another"))
    assert figure.data[-1].name == "Real"


def test_tsne_is_worked_out_once():
    first, found = generating.maps(shown(), "tsne", None, None)
    assert len(first.tsne) == 2
    again, _ = generating.maps(first, "tsne", 0.3, None)
    assert again is first
    assert len(found) == 1


def test_the_filter_marks_and_drops_nothing():
    rows = generating.table(engine.explorer("open4").generate(ask()), 0.4)
    assert len(rows) == 40
    assert ((rows["I(c; ĥ) nats"] >= 0.4) == (rows["Kept"] == "yes")).all()
    everything = generating.table(engine.explorer("open4").generate(ask()), generating.NO_FILTER)
    assert set(everything["Kept"]) == {"yes"}


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".npz"])
def test_a_download_is_what_the_command_line_writes(tmp_path, suffix):
    path = generating.package(shown(emotion="sad"), 0.25, suffix, tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == [path.parent.name]
    out = tmp_path / f"own{suffix}"
    options = ["--emotion", "sad", "--n", "10", "--seed", "4", "--keep-above", "0.25", "--regulariser", "match"]
    done = CliRunner().invoke(app, ["generate", *options, "--out", str(out)])
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(path) as archive:
        data, sheet = archive.namelist()
        assert data.endswith(suffix)
        assert json.loads(archive.read(sheet)) == json.loads((tmp_path / f"own{suffix}.json").read_text())
        content = archive.read(data)
    if suffix == ".csv":
        assert content == out.read_bytes()
    elif suffix == ".parquet":
        pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(content)), pd.read_parquet(out))
    else:
        mine, theirs = np.load(io.BytesIO(content), allow_pickle=False), np.load(out, allow_pickle=False)
        assert set(mine) == set(theirs)
        for name in mine:
            assert np.array_equal(mine[name], theirs[name])


def test_a_data_sheet_says_what_it_is_with():
    explorer = engine.explorer("open4")
    request = ask(pairs=True)
    sheet = explorer.data_sheet(request, explorer.generate(request), None)
    assert sheet["settings"]["seed"] == 4
    assert sheet["settings"]["regulariser"] == "match"
    assert "cc-by-nc-sa-4.0" in sheet["licence"]
    assert {"mi_nats", "words_nats", "t0, t1, ..."} <= set(sheet["columns"])
    assert "kept" not in sheet["columns"]
    assert any("not sound" in limit for limit in sheet["limits"])


def test_nothing_to_download_yet(tmp_path):
    with pytest.raises(SermiError, match="press Generate first"):
        generating.package(Shown("open4"), None, ".csv", tmp_path)
    assert not list(tmp_path.iterdir())


def test_looking_at_a_sample():
    beside = replace(shown(), others=("off",))
    html = generating.look(beside, 3)
    assert "No. 3, angry, match" in html
    assert "No. 3, angry, off" in html
    assert "Click a dot" in generating.look(beside, None)
    with pytest.raises(SermiError, match="no number 40"):
        generating.look(beside, 40)


def test_information_is_measured_once_for_a_setting_and_never_kept_with_words():
    request = ask(seed=11)
    assert engine.information(request) is engine.information(replace(request, n=3, emotions=("sad",)))
    said = ask(words=OTHER_WORDS, sentence="Leave me alone!")
    before = engine._information.cache_info().currsize
    assert engine.information(said).value > 0
    assert engine._information.cache_info().currsize == before


def test_what_a_checkpoint_carries_is_read_without_models(tmp_path, monkeypatch):
    assert engine.carries("open4") == engine.Carries(("angry", "happy", "neutral", "sad"), ("match", "maximise", "off"))
    assert engine.carries("nowhere") == engine.Carries()


def test_a_visitors_words_are_escaped():
    request = Request("open4", ("sad",), 5, text="<b>no</b>")
    assert "<b>no</b>" not in samples.made(request)
    assert "&lt;b&gt;no" in samples.made(request)


def test_verdicts_name_their_set_only_beside_others():
    one = Verdict("alike", "As informative", "They tell.")
    assert "<h2>As informative</h2>" in samples.verdicts({"match": one})
    both = samples.verdicts({"match": one}, ["off"])
    assert "<h2>Match: as informative</h2>" in both
    assert "<h2>Off: measuring…</h2>" in both


def test_quality_stands_beside_what_real_features_score():
    from sermi.quality import MEASURES

    html = generating.quality(shown(n=30))
    assert MEASURES["coverage"].title in html
    assert escape(MEASURES["coverage"].description) in html
