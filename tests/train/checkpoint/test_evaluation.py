"""`python -m train fit --evaluation`: what is kept of a result, and that another one is refused before any work."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from sermi.errors import SermiError
from sermi.frontend import FrontendConfig
from sermi.labels import class_set
from tests.new_voice import CORPORA, new_voice
from train.checkpoint.new_voice import read_new_voice
from train.cli import app


@pytest.fixture
def result(tmp_path):
    """A function that writes a result and gives its path."""

    def write(record):
        path = tmp_path / "new-voice.json"
        path.write_text(record if isinstance(record, str) else json.dumps(record))
        return path

    return write


def read(path):
    return read_new_voice(path, classes=class_set("open4"), frontend=FrontendConfig(), corpora=CORPORA)


def test_all_but_the_runs_is_kept(result):
    record = new_voice()
    kept = read(result(record))
    assert kept.keys() == {"description", "command", "n_views", "sure_from", "contexts"}
    assert kept["contexts"] == record["contexts"]


def without_sure():
    record = new_voice()
    del record["contexts"]["8"]["sure"]
    return record


def pooled_otherwise():
    record = new_voice()
    record["frontend"]["pooling"] = ["mean", "std"]
    return record


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        ("{half a fi", "can't be read as JSON"),
        ("[]", "is not a result of new-voice"),
        ({"protocol": "ravdess"}, "is not a result of new-voice"),
        ({"protocol": "new-voice"}, "lacks figures that a card needs"),
        (without_sure(), "lacks figures that a card needs"),
        (new_voice() | {"classes": ["angry", "sad"]}, "is about angry, sad, not about the classes of open4"),
        (new_voice("openai/whisper-base"), "is of the encoder openai/whisper-base, not of moonshine-tiny"),
        (pooled_otherwise(), "is of other embeddings of moonshine-tiny"),
    ],
)
def test_another_result_is_refused_in_one_sentence(result, record, sentence):
    with pytest.raises(SermiError, match=sentence) as error:
        read(result(record))
    assert str(error.value).count(". ") == 0


def test_fit_refuses_it_before_any_corpus_is_read(tmp_path, result):
    """The corpora aren't there."""
    options = ["fit", "--out", str(tmp_path / "out"), *(word for c in CORPORA for word in ("--corpus", f"{c}=nowhere"))]
    nowhere = CliRunner().invoke(app, [*options, "--evaluation", str(tmp_path / "no.json")])
    assert "There is no file" in str(nowhere.exception)
    evaluation = ["--evaluation", str(result(new_voice()))]
    for more, sentence in (
        (["--classes", "open7"], "not about the classes of open7"),
        (["--audio-encoder", "moonshine-tiny+openai/whisper-base"], "is of the encoder moonshine-tiny, not of"),
        (["--corpus", "iemocap=nowhere"], "turev, not of emodb, emotts, iemocap"),
        ([], "nowhere"),
    ):
        failed = CliRunner().invoke(app, [*options, *evaluation, *more])
        assert isinstance(failed.exception, SermiError)
        assert sentence in str(failed.exception)
