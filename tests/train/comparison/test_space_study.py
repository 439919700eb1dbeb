"""Spaces of other kinds and sizes, on simulated embeddings of three corpora."""

from __future__ import annotations

import json
from itertools import product

import numpy as np
import pandas as pd
import pytest

from train.comparison import space_study
from train.comparison.spaces import KINDS
from train.recogniser.voices import GRID, VoiceData
from train.samples import AudioSample, TextSample

K, DIM = 3, 16


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    means = rng.normal(size=(K, DIM))
    a, rows = [], []
    for corpus, speaker in product("abc", range(8)):
        offset = rng.normal(size=DIM)
        for k in range(K):
            a.append(means[k] + offset + 0.4 * rng.normal(size=DIM) + rng.normal(size=(8, DIM)))
            rows += [(k, f"{corpus}{speaker}", corpus)] * 8
    c, speaker, corpus = map(np.array, zip(*rows, strict=True))
    sample = AudioSample(np.concatenate(a)[:, None].astype(np.float32), c, speaker, corpus)
    return VoiceData(sample, np.ones(len(c), bool), K, 0)


@pytest.fixture(scope="module")
def texts():
    rng = np.random.default_rng(1)
    c = np.arange(300) % K
    b = (2 * np.eye(K, 70)[c] + rng.normal(size=(300, 70))).astype(np.float32)
    return TextSample(b, c, np.full(300, "meld"), np.full(300, "train"))


@pytest.fixture
def small(data, texts, monkeypatch):
    """The study on these, in two spaces, with nothing measured twice."""
    calls = []

    def read(folder, frontend):
        calls.append(folder)
        return data, texts, np.where(np.char.endswith(data.sample.speaker, "0"), "female", "male")

    monkeypatch.setattr(space_study, "_read", read)
    monkeypatch.setattr(space_study, "SPACES", (("cells", 6), ("components", 4)))
    monkeypatch.setattr(space_study, "METHODS", space_study.METHODS[:1])
    return calls


def in_space(data, texts, kind, dim=6):
    train = data.sample.corpus != "c"
    return KINDS[kind][1](data, texts, dim).features(train, GRID, 0), train


@pytest.mark.parametrize("kind", KINDS)
def test_a_space_is_as_large_as_is_asked_and_made_without_what_is_left_out(data, texts, kind):
    h, train = in_space(data, texts, kind)
    assert h.shape == (len(data.sample), 1, 6)
    a = data.sample.a.copy()
    a[~train] += 100
    moved = VoiceData(AudioSample(a, data.sample.c, data.sample.speaker, data.sample.corpus), data.scored, K, 0)
    np.testing.assert_allclose(in_space(moved, texts, kind)[0][train], h[train], atol=1e-4)


def test_cross_fitting_changes_training_features_alone_and_less_than_it_keeps(data, texts):
    plain, train = in_space(data, texts, "in-sample")
    crossed, _ = in_space(data, texts, "cells")
    np.testing.assert_array_equal(crossed[~train], plain[~train])
    difference = np.sqrt(np.mean((crossed - plain)[train] ** 2))
    assert 0 < difference < 0.7 * plain[train].std()


def test_alignment_brings_out_emotions(data, texts):
    def share_between_emotions(kind):
        h, train = in_space(data, texts, kind)
        h, c = h[train, 0], data.sample.c[train]
        means = np.array([h[c == k].mean(axis=0) for k in range(K)])
        return means[c].var(axis=0).sum() / h.var(axis=0).sum()

    assert share_between_emotions("aligned") > share_between_emotions("cells")


def test_whitened_components_have_one_spread(data, texts):
    h, train = in_space(data, texts, "components")
    np.testing.assert_allclose(h[train, 0].std(axis=0), 1, atol=0.05)


def test_a_study_goes_on_where_it_was_and_says_what_it_was_made_with(small, tmp_path):
    path = tmp_path / "spaces.csv"
    rows = space_study.study(tmp_path, path)
    assert rows[["kind", "dim"]].values.tolist() == [["cells", 6], ["components", 4]]
    assert rows["none, 0"].between(0.4, 1).all()
    assert rows["headline"].between(0, 2).all()
    pd.read_csv(path).iloc[:1].assign(headline=-1.0).to_csv(path, index=False)
    again = space_study.study(tmp_path, path)
    assert again["headline"].tolist() == [-1.0, rows["headline"][1]]
    assert len(space_study.study(tmp_path, path)) == len(small) == 2
    space_study.write(again, tmp_path / "spaces.json", command="spaces")
    record = json.loads((tmp_path / "spaces.json").read_text())
    assert [space["kind"] for space in record["spaces"]] == ["cells", "components"]
    assert record["titles"].keys() == KINDS.keys()
