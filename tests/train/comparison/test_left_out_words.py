"""`python -m train words` on made corpora in the published layouts."""

import csv
import json

import pytest
from typer.testing import CliRunner

from sermi.errors import SermiError
from train.cli import app
from train.comparison.left_out_words import CORPORA, SHIPPED

SENTENCES = {
    "anger": "I hate this, go away",
    "joy": "this is wonderful, I love it",
    "neutral": "the meeting is on Tuesday",
    "sadness": "I miss her so much, I cry",
}
N = 24


def write_corpora(folder, emotions=tuple(SENTENCES)):
    """The same sentences in both; in GoEmotions only those of some emotions."""
    meld, goemotions = folder / "text" / "meld", folder / "text" / "goemotions"
    for made in (meld, goemotions):
        made.mkdir(parents=True)
    (goemotions / "labels.txt").write_text("\n".join(SENTENCES))
    for split in ("train", "dev", "test"):
        drawn = [(emotion, f"{SENTENCES[emotion]} {i}") for i in range(N // 4) for emotion in SENTENCES]
        with (meld / f"{split}_sent_emo.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("Utterance", "Emotion"), *((text, emotion) for emotion, text in drawn)])
        lines = [f"{text}\t{list(SENTENCES).index(emotion)}\tid" for emotion, text in drawn if emotion in emotions]
        (goemotions / f"{split}.tsv").write_text("\n".join(lines) + "\n")


def test_each_text_corpus_is_left_out(tmp_path):
    write_corpora(tmp_path)
    out = tmp_path / "words.json"
    result = CliRunner().invoke(app, ["words", "--data", str(tmp_path), "--out", str(out), "--seeds", "1"])
    assert result.exit_code == 0, result.output
    assert "meld left out: UA 1.000 (95 % 1.000 to 1.000)" in result.output
    written = json.loads(out.read_text())
    assert {(run["recipe"], run["fold"]) for run in written["runs"]} == {
        (recipe, corpus) for recipe in written["summary"] for corpus in CORPORA
    }
    assert len(written["summary"]) == 6
    assert SHIPPED in written["summary"]
    assert {run["n_test"] for run in written["runs"]} == {3 * N}


def test_a_corpus_that_lacks_a_class_cannot_be_left_out(tmp_path):
    write_corpora(tmp_path, emotions=("anger", "joy", "neutral"))
    result = CliRunner().invoke(app, ["words", "--data", str(tmp_path), "--out", str(tmp_path / "words.json")])
    assert isinstance(result.exception, SermiError)
    with pytest.raises(SermiError, match="'goemotions' lacks sentences of a class"):
        raise result.exception
