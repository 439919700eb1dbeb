"""Critics of single samples, and filters by their scores, on speakers whose emotions are known by construction."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from sermi import checkpoint as checkpoints
from sermi.errors import SermiError
from train.checkpoint import score_filters
from train.checkpoint.score_filters import Taught, kept_rows
from train.cli import app
from train.recogniser import score_critics
from train.samples import AudioSample

ROOT = Path(__file__).resolve().parents[3]
CORPORA = {"one": 6, "other": 3, "single": 1}
"""Speakers of each."""


def recordings(seed, each=8, dim=6, n_classes=3):
    """Features whose class shows in as many dimensions, with an offset for each speaker."""
    rng = np.random.default_rng(seed)
    names = [(corpus, f"{corpus}_{number}") for corpus, n in CORPORA.items() for number in range(n)]
    c = np.tile(np.arange(n_classes), each * len(names))
    person = np.repeat(np.arange(len(names)), n_classes * each)
    h = (
        2 * np.eye(n_classes, dim)[c]
        + 0.5 * rng.normal(size=(len(names), dim))[person]
        + rng.normal(size=(len(c), dim))
    )
    corpus, speaker = (np.array([name[i] for name in names])[person] for i in (0, 1))
    return h.astype(np.float32), AudioSample(h[:, None], c, speaker, corpus)


def test_folds_leave_speakers_out_and_train_on_every_corpus():
    _, sample = recordings(0)
    folds = score_critics.folds_within_corpora(sample.corpus, sample.speaker, 0)
    left_out = np.sum(folds, axis=0)
    assert set(sample.corpus[left_out == 0]) == {"single"}
    assert left_out.max() == 1
    for rows in folds:
        assert not set(sample.speaker[rows]) & set(sample.speaker[~rows])
        assert set(sample.corpus[~rows]) == set(CORPORA)


@pytest.mark.parametrize("name", score_critics.TRAINING_CRITICS)
def test_a_critic_is_calibrated_on_new_speakers(name):
    h, sample = recordings(0)
    new_h, new = recordings(1)
    log_q = score_critics.TRAINING_CRITICS[name](h, sample, 3, 0)(new_h)
    assert np.allclose(np.exp(log_q).sum(axis=1), 1)
    confidence, right = np.exp(log_q.max(axis=1)), log_q.argmax(axis=1) == new.c
    assert abs(confidence.mean() - right.mean()) < 0.08
    assert right.mean() > 0.7


def test_critics_of_speakers_kept_out_are_tested_on_the_others():
    h, sample = recordings(0)
    parts = list(score_critics.kept_out_critics(h, sample, 3, 0))
    assert (np.sum([rows for rows, _ in parts], axis=0) == 1).all()
    one = sample.speaker == "one_0"
    with pytest.raises(SermiError, match="1 speakers can't be split"):
        next(score_critics.kept_out_critics(h[one], sample.where(one), 3, 0))


def test_kept_are_the_highest_scores_of_all_or_of_each_class():
    score, c = np.array([9.0, 8, 7, 6, 5, 4, 3, 2]), np.repeat([0, 1], 4)
    assert set(kept_rows(score, c, 0.5, "one threshold")) == {0, 1, 2, 3}
    assert set(kept_rows(score, c, 0.5, "in each class")) == {0, 1, 4, 5}


def test_a_filter_by_the_truth_beats_chance_and_one_against_it_loses():
    """Half of the set has another class than it says, and the score knows which."""
    test_h, test = recordings(1)
    h, sample = recordings(2)
    rng = np.random.default_rng(0)
    wrong = rng.random(len(h)) < 0.5
    taught = Taught(h, np.where(wrong, (sample.c + 1) % 3, sample.c), test_h, test)
    by_chance = score_filters.random(taught, rng)[0.5].mean()
    knows = {sign: score_filters.kept(taught, sign * wrong + rng.random(len(h)) / 2) for sign in (-1, 1)}
    for way in score_filters.WAYS:
        assert knows[1][way, 0.5].mean() < by_chance < knows[-1][way, 0.5].mean()


def test_a_class_that_was_filtered_away_is_never_answered():
    h, sample = recordings(0)
    taught = Taught(h, sample.c, h, sample)
    assert taught.recalls(np.flatnonzero(sample.c == 0)) == pytest.approx(1 / 3)
    assert taught.recalls(np.flatnonzero(sample.c != 2)).max() <= 2 / 3


def test_a_checkpoint_without_a_generator_is_refused_before_anything_is_read(tmp_path):
    whole = checkpoints.load("open4")
    replace(whole, generators={}, config=replace(whole.config, generators={})).save(tmp_path / "bare")
    command = [
        "scores",
        "--data",
        str(tmp_path),
        "--checkpoint",
        str(tmp_path / "bare"),
        "--out",
        str(tmp_path / "a.json"),
    ]
    with pytest.raises(SermiError, match="carries no generator"):
        CliRunner().invoke(app, command, catch_exceptions=False)


def test_no_filter_is_offered_while_one_by_training_speakers_can_be_worse_than_chance():
    """What the page and the docs say follows from the committed result."""
    result = json.loads((ROOT / "docs" / "results" / "scores.json").read_text(encoding="utf-8"))
    rows = [row for one in result["checkpoints"].values() for row in one["filtering"]]
    assert any(row["interval_95"][1] < 0 for row in rows if "training" in row["critic"])
