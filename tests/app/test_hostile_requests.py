"""What is hostile or broken, by the app's endpoints: an answer or one clear sentence."""

from __future__ import annotations

import json

import httpx
import pytest

from sermi.ui.serving import WRONG_KIND
from tests.app.test_trust import call, file, post, send

GENERATE = {"emotion": "sad", "n": 3, "seed": 0, "spread": 1.0, "regulariser": "", "text": "", "pairs": False}
GENERATE |= {"checkpoint": "open4", "features": False}
REFUSED = [
    ("n", "many", "number of samples should be a whole number"),
    ("n", None, "number of samples should be a whole number"),
    ("n", 1e308, "number of samples is too large"),
    ("n", float("nan"), "number of samples should be a whole number"),
    ("n", -3, "Ask for 1 to 2,000 samples"),
    ("n", 2001, "Ask for 1 to 2,000 samples"),
    ("n", [], "number of samples should be a whole number"),
    ("n", {}, "number of samples should be a whole number"),
    ("seed", 0.5, "seed should be a whole number"),
    ("seed", None, "seed should be a whole number"),
    ("seed", 1e300, "seed is too large"),
    ("seed", -1, "seed should be a whole number from 0"),
    ("seed", 2**40, "seed should be a whole number from 0"),
    ("spread", "nan", "spread should be a number"),
    ("spread", None, "spread should be a number"),
    ("spread", float("nan"), "spread should be a number"),
    ("spread", float("inf"), "spread should be a number"),
    ("spread", 0, "over 0 and at most 5"),
    ("spread", [1], "spread should be a number"),
    ("emotion", None, "emotion should be a name"),
    ("emotion", "joy", "is not an emotion of this checkpoint"),
    ("emotion", "<script>", "is not an emotion of this checkpoint"),
    ("text", "\ud800", ""),
    ("emotion", ["sad"], "is not an emotion of this checkpoint"),
    ("regulariser", "minimise", "no generator 'minimise'"),
    ("regulariser", {"a": 1}, "no generator"),
    ("checkpoint", "../open4", "There is no checkpoint '../open4'"),
    ("checkpoint", "a\0b", "There is no checkpoint"),
    ("checkpoint", None, "There is no checkpoint"),
    ("checkpoint", ["open4"], "There is no checkpoint"),
]


@pytest.mark.parametrize(("name", "value", "sentence"), REFUSED)
def test_generate_refuses_in_a_sentence(server, name, value, sentence):
    body = json.dumps({"data": list((GENERATE | {name: value}).values())})  # which writes NaN, as programs do
    event_id = post(server, "call/generate", content=body, headers={"content-type": "application/json"}).json()[
        "event_id"
    ]
    text = httpx.get(f"{server.url}/gradio_api/call/generate/{event_id}", timeout=60, trust_env=False).text
    assert "event: error" in text
    assert sentence in json.loads(text.strip().split("data: ")[-1])["error"]


PREDICT = [
    ([None, "", "open4", [], []], "There is no recording yet"),
    (["/etc/passwd", "", "open4", [], []], WRONG_KIND),
    ([3, "", "open4", [], []], WRONG_KIND),
    ([{"path": 3}, "", "open4", [], []], WRONG_KIND),
    ([[], "", "open4", [], []], WRONG_KIND),
    ([None, "", "open4", "all", []], WRONG_KIND),
    ([], WRONG_KIND),
]


@pytest.mark.parametrize(("data", "sentence"), PREDICT)
def test_predict_refuses_in_a_sentence(server, data, sentence):
    event, problem = call(server, "predict", data)
    assert event == "error"
    assert sentence in problem["error"]


def test_whatever_the_words_are_predict_answers(server, speech):
    for words in ("<img src=x onerror=alert(1)>", "\0", "😀" * 50, "a " * 20_000):
        event, answer = call(server, "predict", [file(send(server, speech)), words, "open4", [], []])
        assert event == "complete", answer


NOT_THERE = [
    ("queue/join", {"data": [], "fn_index": -1, "session_hash": "s"}, 404),
    ("queue/join", {"data": [], "fn_index": 10**30, "session_hash": "s"}, 404),
    ("queue/join", {"data": [], "session_hash": "s"}, 404),
    ("queue/join", {"data": [], "fn_index": "one", "session_hash": "s"}, 404),
    ("queue/join", [], 400),
    ("queue/join", "text", 400),
    ("run/predict", {"data": [], "fn_index": -1}, 404),
    ("run/nothing", {"data": []}, 404),
    ("api/nothing", {"data": []}, 404),
    ("call/nothing", {"data": []}, 404),
    ("call/v2/nothing", {"data": []}, 404),
    ("call/predict", {"data": "no list"}, 422),
    ("component_server", {"session_hash": "s", "component_id": 1, "fn_name": "x", "data": []}, 404),
    ("process_recording", {}, 404),
    ("vibe-edit", {"prompt": "x"}, 404),
    ("stream/x", {"data": []}, 404),
]


@pytest.mark.parametrize(("route", "body", "code"), NOT_THERE)
def test_what_is_not_there_is_refused(server, route, body, code):
    answer = post(server, route, json=body)
    assert answer.status_code == code, answer.text


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000, b'{"data": ' + b"1" * 3_000_000 + b"}"])
def test_what_is_no_request_is_refused(server, body):
    answer = post(server, "queue/join", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 413)
    assert answer.json()["detail"].endswith(".")


@pytest.mark.parametrize(
    "path", ["/gradio_api/dev/reload", "/gradio_api/proxy=x", "/gradio_api/vibe-code", "/monitoring"]
)
def test_what_nobody_needs_is_closed(server, path):
    assert httpx.get(f"{server.url}{path}", timeout=20, trust_env=False).status_code in (403, 404)


def test_an_upload_that_is_none_leaves_nothing(server):
    before = sorted(server.cache.rglob("*"))
    for headers, body in (({"content-type": "multipart/form-data; boundary=x"}, b"--x\r\nbroken"), ({}, b"nothing")):
        assert post(server, "upload", content=body, headers=headers).status_code in (200, 400)
    assert post(server, "upload", files={"other": ("a.wav", b"x")}).json() == []
    assert [path for path in sorted(server.cache.rglob("*")) if path not in before and path.is_file()] == []


@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/info", "/gradio_api/dev/reload"])
def test_headers_keep_the_page_to_itself(server, path):
    for origin in ("https://evil.example", "http://localhost:1", "null"):
        answer = httpx.get(f"{server.url}{path}", headers={"origin": origin}, timeout=60, trust_env=False)
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert answer.headers["x-content-type-options"] == "nosniff"
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'self' https://huggingface.co https://*.hf.space" in policy
        assert "default-src 'self'" in policy


@pytest.mark.usefixtures("server")
def test_no_traceback_was_logged(server):
    assert "Traceback" not in server.log.read_text()
