"""Lines for machines say what went wrong and quote nothing; a setting that there isn't is one sentence."""

from __future__ import annotations

import json
import logging

import pytest

from sermi.errors import AudioError, SermiError
from sermi.ui import logs
from sermi.ui.calls import Call

SECRET = "my-therapist.wav"


def line(name: str, message: str, *values: object, error: Exception | None = None, **extra: object) -> dict:
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord(name, logging.ERROR, "a.py", 1, message, values, info)
    vars(record).update(extra)
    return json.loads(logs._Json().format(record))


def test_an_exception_is_its_class_and_places():
    try:
        raise ValueError(f"could not read {SECRET}")
    except ValueError as error:
        written = line("sermi.ui.explain", "a request failed", error=error)
    assert written["exception"] == "ValueError"
    assert written["message"] == "a request failed"
    assert written["at"][-1].startswith("test_logs.py:")
    assert SECRET not in json.dumps(written)


def test_what_others_fill_into_their_messages_is_left_out():
    assert SECRET not in json.dumps(line("uvicorn", "could not answer %s", SECRET))
    assert line("asyncio", f"never retrieved\n{SECRET}")["message"] == "never retrieved"


def test_a_call():
    call = Call("predict", seconds=0.12345, n_bytes=7, audio_s=1.23)
    call.end_with(AudioError(f"{SECRET} is silent"))
    written = line("sermi.ui.logs", "call", call=call)
    assert {name: written[name] for name in ("endpoint", "seconds", "outcome", "kind", "bytes", "audio_s")} == {
        "endpoint": "predict",
        "seconds": 0.123,
        "outcome": "refused",
        "kind": "audio",
        "bytes": 7,
        "audio_s": 1.2,
    }
    assert SECRET not in json.dumps(written)
    call.end_with(OSError(SECRET))
    assert (call.outcome, call.kind) == ("failed", "OSError")


@pytest.mark.parametrize(("name", "value"), [(logs.FORMAT, "xml"), (logs.LEVEL, "loud")])
def test_a_setting_that_there_is_not(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SermiError, match="set it to"):
        logs.set_up()


def test_windows_of_what_is_spoken_are_a_line_only_where_they_fail(monkeypatch, caplog):
    monkeypatch.setenv(logs.FORMAT, "json")
    broken = Call("page:live")
    broken.end_with(ValueError(SECRET))
    with caplog.at_level(logging.INFO, logger="sermi.ui.logs"):
        for call in (Call("page:live"), Call("page:inference"), broken):
            logs.report(call)
    assert [(one.call.endpoint, one.call.outcome) for one in caplog.records] == [
        ("page:inference", "ok"),
        ("page:live", "failed"),
    ]
