"""What the tab "Generate" computes from what its controls ask for, without a server."""

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
from sermi.generate import generate
from sermi.quality import MEASURES
from sermi.ui.generate import html, session
from sermi.ui.generate.session import MY_VOICE, MY_WORDS, OTHER_WORDS, MapState
from sermi.ui.voices import Sentence


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"n": None}, "number of samples should be a whole number"),
        ({"n": 2.5}, "number of samples should be a whole number"),
        ({"n": "many"}, "number of samples should be a whole number"),
        ({"n": float("nan")}, "number of samples should be a whole number"),
        ({"seed": 1.5}, "seed should be a whole number"),
        ({"seed": None}, "seed should be a whole number"),
        ({"n": 0}, "Ask for 1 to 500 samples of 4 emotions"),
        ({"n": 2_001, "emotion": "sad"}, "Ask for 1 to 2,000 samples of an emotion"),
        ({"words": MY_WORDS}, "There is no recording yet"),
        ({"whose": MY_VOICE}, "Nothing is known of your voice with this model yet; speak on the tab Recognise first"),
        ({"words": OTHER_WORDS, "sentence": "  "}, "Type the sentence"),
        ({"checkpoint": "/etc"}, "There is no checkpoint"),
    ],
)
def test_each_mistake_is_one_sentence(ask, changed, sentence):
    with pytest.raises(SermiError, match=sentence):
        ask(**changed)


def test_a_recording_without_words(ask, visitor):
    with pytest.raises(SermiError, match="came without words"):
        ask(words=MY_WORDS, visitor=replace(visitor, b=None))


def test_words_change_the_samples_and_are_not_kept(engine, ask, visitor):
    mine = ask(words=MY_WORDS, visitor=visitor)
    assert mine.t is not None
    assert mine.text == html.MY_TEXT
    assert ask(words=OTHER_WORDS, sentence=" Leave me alone! ").text == "Leave me alone!"
    explorer = engine.explorer("open4")
    assert not np.allclose(explorer.generate(mine).h, explorer.generate(ask()).h)


def test_samples_of_the_visitors_voice_are_those_of_the_library(engine, ask, visitor):
    checkpoint = engine.predictor("open4").checkpoint
    sentences = [
        Sentence(f"/{i}", replace(visitor, a=visitor.a + i), "sad", "neutral" if i == 1 else None, number=i)
        for i in (1, 2)
    ]
    mine = ask(whose=MY_VOICE, sentences=sentences)
    known = engine.predictor("open4").new_voice()
    for one in sentences:
        known.add(one.utterance, emotion=one.asked)
    made = engine.explorer("open4").generate(mine)
    expected = generate(checkpoint, checkpoint.config.classes, 10, seed=4, regulariser="match", voice=known)
    assert np.array_equal(made.h, expected.h)
    assert set(made.voice) == {0}
    assert (mine.settings()["context"], mine.settings()["neutral"]) == (1, 1)
    assert "your voice as 2 sentences let it be known" in html.status(mine)
    assert "not to be held against real speech" in html.scope(mine, 4)
    assert not ask(sentences=sentences).voice
    # not what the generator's new voices carry, which is measured once and kept
    assert engine.information(mine).value != engine.information(ask()).value
    assert engine.information(mine).value == engine.explorer("open4").information(mine).value


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".npz"])
def test_a_download_is_what_the_command_line_writes(engine, ask, tmp_path, suffix):
    state = MapState("open4", ask(emotion="sad"))
    path = session.zip_samples(engine, state, suffix, folder=tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == [path.parent.name]
    out = tmp_path / f"own{suffix}"
    options = ["--emotion", "sad", "--n", "10", "--seed", "4", "--regulariser", "match"]
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


def test_a_data_sheet_describes_its_samples(engine, ask):
    explorer = engine.explorer("open4")
    request = ask(pairs=True)
    sheet = explorer.data_sheet(request, explorer.generate(request))
    assert sheet["settings"]["seed"] == 4
    assert sheet["settings"]["regulariser"] == "match"
    assert "allow no more" in sheet["licence"]
    assert {"mi_nats", "words_nats", "t0, t1, ..."} <= set(sheet["columns"])
    assert any("not sound" in limit for limit in sheet["limits"])


def test_nothing_to_download_yet(engine, tmp_path):
    with pytest.raises(SermiError, match="press Generate first"):
        session.zip_samples(engine, MapState("open4"), ".csv", folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_sample_in_full(engine, ask):
    beside = MapState("open4", ask(), others=("off",))
    shown = session.sample_html(engine, beside, 3)
    assert "No. 3, angry, match" in shown
    assert "No. 3, angry, off" in shown
    assert "Click a dot" in session.sample_html(engine, beside, None)
    with pytest.raises(SermiError, match="no number 40"):
        session.sample_html(engine, beside, 40)


def test_quality_stands_beside_what_real_features_score(engine, ask):
    """The generator's verdict is that of its card; the set itself is held against matched halves of the reference."""
    panel = session.quality_html(engine, ask(n=30))
    stored = engine.explorer("open4").checkpoint.metrics["generators"]["match"]
    assert f"As trained: {stored['verdict']['word']}, headline {stored['verdict']['headline']:.2f}" in panel
    assert escape(stored["verdict"]["reason"]) in panel
    assert panel.index("This set: ") < panel.index("As trained: ")  # the verdict of what is on the page comes first
    for name in ("precision", "recall", "density", "coverage", "copies", "spread_voices"):
        assert panel.count(escape(MEASURES[name].title) + "<p>") == 2
        assert escape(MEASURES[name].description) in panel


def test_halves_of_the_reference_match_by_corpus(engine):
    checkpoint = engine.explorer("open4").checkpoint
    corpora = session._reference_corpora(checkpoint)
    names = checkpoint.config.training["held_out_speakers"]
    for number, name in enumerate(sorted(names)):
        assert {*corpora[checkpoint.reference.speaker == number]} == {name.split("_")[0]}


def test_the_learning_curve_adds_the_chosen_generators_samples(engine):
    chosen = {"regulariser": "match", "noise_scale": 1.0, "n_real": 2}
    curve = session.learning_curve(engine, "open4", **chosen, seed=5)
    assert curve.sizes[-1] == session.most_real(engine, "open4")
    assert curve.gain[curve.sizes.index(2)].mean() > 0.05
    with pytest.raises(SermiError, match="seed should be a whole number"):
        session.learning_curve(engine, "open4", **chosen, seed=None)
    with pytest.raises(SermiError, match="no generator 'minimise'"):
        session.learning_curve(engine, "open4", **chosen | {"regulariser": "minimise"}, seed=5)
