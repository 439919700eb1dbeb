"""Who is kept out of training, and which words recordings are joined with."""

import numpy as np
import pandas as pd
import pytest

from sermi.errors import CorpusError
from sermi.models.baseline import Fusion
from train.checkpoint.data import held_out_speakers
from train.checkpoint.words import LabelMatched, text_source
from train.samples import TextSample


def recordings(corpus, n_men, n_women, part=""):
    """Two recordings of each speaker."""
    rows = [(corpus, f"{corpus}_m{i:02d}", "male", part) for i in range(n_men)]
    rows += [(corpus, f"{corpus}_w{i:02d}", "female", part) for i in range(n_women)]
    return pd.DataFrame(2 * rows, columns=["corpus", "speaker", "gender", "part"])


def held_out_names(table):
    return sorted(table["speaker"][held_out_speakers(table)].unique())


def test_an_eighth_of_each_gender_is_kept_out_at_least_one_and_with_all_recordings():
    table = recordings("big", 16, 8)
    assert held_out_names(table) == ["big_m14", "big_m15", "big_w07"]
    assert held_out_speakers(table).sum() == 6
    assert held_out_names(recordings("even", 4, 4)) == ["even_m03", "even_w03"]


def test_a_small_corpus_is_trained_on_whole():
    table = pd.concat([recordings("small", 1, 1), recordings("large", 8, 0)], ignore_index=True)
    assert held_out_names(table) == ["large_m07"]
    with pytest.raises(CorpusError, match="eight speakers"):
        held_out_speakers(recordings("small", 4, 3))


def test_published_test_sets_are_kept_out_as_they_are():
    table = pd.concat([recordings("a", 9, 9, "Train"), recordings("b", 1, 1, "Test1")], ignore_index=True)
    table["corpus"] = "podcast"
    assert held_out_names(table) == ["b_m00", "b_w00"]


@pytest.fixture
def sentences():
    """Embeddings that hold their own code and split."""
    c = np.tile(np.arange(3), 60)
    split = np.repeat(["train", "dev", "test"], 60)
    b = np.stack([c, np.repeat(np.arange(3), 60)], axis=1).astype(np.float32)
    return TextSample(b, c, np.full(180, "meld"), split)


def test_label_matched_words_have_the_emotion_of_the_voice_and_the_right_split(sentences):
    source = LabelMatched(sentences, np.random.default_rng(0))
    c = np.random.default_rng(1).integers(0, 3, 400)
    for drawn, split in ((source.for_training(c), 0), (source.for_test(c), 2)):
        assert np.array_equal(drawn, np.stack([c, np.full(400, split)], axis=1))
    rows, drawn = source.for_fusion(c, neutral=1)
    b = sentences.b[drawn]
    assert rows.all()
    assert (b[:, 1] == 1).all()  # of the development split
    plain = b[:, 0] != c
    assert (b[plain, 0] == 1).all()
    assert plain[c != 1].mean() == pytest.approx(Fusion.plain_words, abs=0.1)


class LengthEncoder:
    """Stands for a text encoder: an embedding is the length of the text."""

    dim = 1
    fingerprint = "length"

    def embed(self, texts):
        return np.array([[len(text)] for text in texts], np.float32)


def test_own_words_stay_with_their_recordings_and_development_speakers_apart(tmp_path, monkeypatch):
    monkeypatch.setenv("SERMI_CACHE", str(tmp_path))
    table = recordings("talk", 8, 8).assign(text=[(i + 1) * "x" for i in range(32)], c=0)
    held_out = held_out_speakers(table)
    source = text_source(
        table,
        held_out,
        corpora={},
        classes=None,
        encoder=LengthEncoder(),
        rng=np.random.default_rng(0),
        seed=0,
    )
    lengths = np.arange(1, 33)
    assert np.array_equal(source.for_training(None)[:, 0], lengths[~held_out])
    assert np.array_equal(source.for_test(None)[:, 0], lengths[held_out])
    rows, of_development = source.for_fusion(None, neutral=0)
    b = source.texts.b[of_development]
    assert np.array_equal(b[:, 0], lengths[~held_out][rows])
    speaker = table["speaker"].to_numpy(str)[~held_out]
    assert not set(speaker[rows]) & set(speaker[~rows])
    assert 0 < len(set(speaker[rows])) < len(set(speaker[~rows]))
