"""Contexts of other clips, on simulated embeddings of several corpora."""

import numpy as np
import pandas as pd
import pytest

from sermi.errors import SermiError
from sermi.frontend import FrontendConfig
from sermi.voice import HeldOutVoices, VoiceModel, VoiceSettings
from train.comparison import evaluate as evaluation
from train.comparison import new_voice
from train.embeddings.dataset import EncodingConfig
from train.embeddings.finetune_config import FinetuneConfig
from train.protocols import protocol
from train.recogniser.contexts import NO_CONTEXT, Context, Recordings, answers, merged, recall, summary
from train.recogniser.voices import Candidate
from train.samples import AudioSample

DIM, K, EACH, SPEAKERS = 6, 4, 4, 3
EMOTIONS = ("angry", "happy", "neutral", "sad")


def simulated(names, *, seed=0):
    """Embeddings of corpora whose voices lie apart."""
    rng = np.random.default_rng(seed)
    means = 1.5 * rng.normal(size=(K, DIM))
    rows, a = [], []
    for corpus in names:
        room = rng.normal(size=DIM)
        for speaker in range(SPEAKERS):
            offset = room + 1.2 * rng.normal(size=DIM)
            for k in range(K):
                a.append(means[k] + offset + 0.3 * rng.normal(size=DIM) + rng.normal(size=(EACH, DIM)))
                rows += [(corpus, f"{corpus}_{speaker}", EMOTIONS[k], k)] * EACH
    return pd.DataFrame(rows, columns=["corpus", "speaker", "emotion", "c"]), np.concatenate(a).astype(np.float32)


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A folder of seven corpora, and a function that changes the codes of one."""
    names = protocol("new-voice").corpora
    for name in names:
        (tmp_path / name).mkdir()
    table, a = simulated(names)

    def sample(rows, frontend, *, n_views, seed):
        c, speaker, corpus = (rows[column].to_numpy() for column in ("c", "speaker", "corpus"))
        return AudioSample(a[:, None], c, speaker.astype(str), corpus.astype(str))

    monkeypatch.setattr(new_voice, "audio_table", lambda corpora, classes: table)
    monkeypatch.setattr(new_voice, "audio_sample", sample)
    monkeypatch.setattr(new_voice, "GRID", tuple(Candidate(dim, VoiceSettings(0.2, 1.0, 0.3)) for dim in (3, DIM)))
    monkeypatch.setattr(new_voice, "N_MIXTURES", 10)
    return tmp_path, table


@pytest.fixture
def recordings():
    rng = np.random.default_rng(1)
    table, a = simulated(["one"])
    model = VoiceModel(rng.normal(size=(K, DIM)), *(np.eye(DIM) for _ in range(5)))
    voices = HeldOutVoices(model, a.astype(float), table["c"].to_numpy(), table["speaker"].to_numpy(str))
    return Recordings(voices, np.ones(len(a), bool), neutral=2)


def test_new_voice_gains_from_context_and_says_what_was_chosen(data):
    folder, _ = data
    result = evaluation.evaluate("new-voice", folder, seeds=[0], n_views=0, command="the command")
    contexts = result["contexts"]
    assert list(contexts) == ["0", "1", "3", "8", "1 neutral", "3 neutral"]  # nobody has 40 clips
    assert contexts["8"]["UA"] > contexts["0"]["UA"] + 0.02
    assert contexts["8"]["gain"] == pytest.approx(contexts["8"]["UA"] - contexts["0"]["UA"], abs=0.03)
    assert contexts["0"]["interval_95"][0] < contexts["0"]["UA"] < contexts["0"]["interval_95"][1]
    assert result["mean"]["UA"] == contexts["0"]["UA"]
    assert result["command"] == "the command"
    assert sorted(run["fold"] for run in result["runs"]) == sorted(protocol("new-voice").corpora)
    for run in result["runs"]:
        assert run["context_measured"]
        assert run["chosen"]["feature_dim"] in (3, DIM)
    rejected = {
        key: np.mean([run["fit_test"][key] for run in result["runs"]])
        for key in ("mixture_rejected", "one_voice_rejected")
    }
    assert rejected["mixture_rejected"] > rejected["one_voice_rejected"]


def test_the_corpus_that_is_tested_has_no_part_in_what_is_chosen(data):
    folder, table = data
    before = evaluation.evaluate("new-voice", folder, seeds=[0], n_views=0)
    rows = (table["corpus"] == "tess").to_numpy()
    table.loc[rows, "c"] = np.random.default_rng(2).permutation(table.loc[rows, "c"].to_numpy())
    after = evaluation.evaluate("new-voice", folder, seeds=[0], n_views=0)
    for one, other in zip(before["runs"], after["runs"], strict=True):
        same = all(one[key] == other[key] for key in ("chosen", "temperatures", "inner_UA"))
        assert same == (one["fold"] == "tess")


def test_speakers_of_one_emotion_cannot_show_what_context_is_worth(data):
    folder, table = data
    rows = (table["corpus"] == "emotts").to_numpy()
    table.loc[rows, "speaker"] = "emotts_" + table.loc[rows, "c"].astype(str)
    result = evaluation.evaluate("new-voice", folder, seeds=[0], n_views=0)
    assert "emotts" in result["contexts"]["0"]["corpora"]
    assert "emotts" not in result["contexts"]["8"]["corpora"]
    assert [run["fold"] for run in result["runs"] if not run["context_measured"]] == ["emotts"]


def test_words_fine_tuning_and_splits_are_refused(data):
    folder, _ = data
    for options in (
        {"text_encoder": "minilm"},
        {"config": EncodingConfig(FrontendConfig("facebook/wav2vec2-base"), FinetuneConfig.parse("lora:8"))},
        {"n_splits": 20},
    ):
        with pytest.raises(SermiError, match="leave out --finetune, --text-encoder and --splits"):
            evaluation.evaluate("new-voice", folder, seeds=[0], n_views=0, **options)


def test_the_context_is_not_scored(recordings):
    n = len(recordings.scored)
    assert answers(recordings, NO_CONTEXT, n_draws=5).counts.sum() == n
    result = answers(recordings, Context(3), n_draws=5)
    assert result.counts.shape == (5, SPEAKERS, K, K)
    assert result.counts.sum() == 5 * (n - 3 * SPEAKERS)
    assert np.array_equal(result.counts.sum(axis=-1), result.without.sum(axis=-1))
    neutral = answers(recordings, Context(1, neutral=True), n_draws=2)
    assert neutral.counts.sum(axis=(0, 1, 3)).tolist() == [2 * EACH * SPEAKERS] * 2 + [
        2 * (EACH - 1) * SPEAKERS,
        2 * EACH * SPEAKERS,
    ]


def test_too_few_clips_for_a_context_are_no_answer(recordings):
    assert answers(recordings, Context(20), n_draws=2) is None
    assert answers(recordings, Context(EACH, neutral=True), n_draws=2) is None


def test_recall_and_summary_count_classes_and_corpora_equally(recordings):
    assert recall(np.array([[8, 2, 0], [0, 1, 1], [0, 0, 0]])) == pytest.approx(0.65)
    result = answers(recordings, Context(3), n_draws=2)
    one, two = summary({"a": result}), summary({"a": result, "b": result})
    assert (one["UA"], one["gain"]) == (two["UA"], two["gain"])
    assert one["ECE"] == pytest.approx(two["ECE"], abs=0.02)  # of answers drawn anew
    assert two["speakers"] == 2 * one["speakers"] == 2 * SPEAKERS
    assert two["interval_95"][1] - two["interval_95"][0] < one["interval_95"][1] - one["interval_95"][0]


def test_more_seeds_are_not_more_speakers(recordings):
    (one,) = (answers(recordings, context, n_draws=1, seed=0) for context in [NO_CONTEXT])
    of_one, of_five = (summary({"one": merged([one] * n)}) for n in (1, 5))
    for name in ("UA", "interval_95", "speakers"):
        assert of_five[name] == of_one[name]
