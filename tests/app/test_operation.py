"""What an operator sees: health, metrics and logs; and that nothing in them is a visitor's."""

from __future__ import annotations

import json
import re
import shutil

import httpx
import pytest

from sermi import __version__
from tests.app.test_trust import ask, call, event_of, file, post, send

TOKEN = "a token"
SETTINGS = {"SERMI_LOG_FORMAT": "json", "SERMI_LOG": "DEBUG", "SERMI_METRICS_TOKEN": TOKEN}
ODD_NAME, ODD_WORDS = "zyx-my-therapist.wav", "Quixotic wombats waltz"
SESSION = "session-of-somebody"


@pytest.fixture(scope="module")
def operated(start_server, checkpoints, speech, tmp_path_factory):
    """A server with a damaged checkpoint among the others, after calls of each kind; its lines, and what was sent."""
    folder = tmp_path_factory.mktemp("operated")
    shutil.copytree(checkpoints / "open4", folder / "checkpoints" / "open4")
    (folder / "checkpoints" / "broken").mkdir()
    (folder / "checkpoints" / "broken" / "config.json").write_text("{")
    with start_server(folder, folder / "checkpoints", **SETTINGS) as server:
        paths = [send(server, speech, ODD_NAME) for _ in range(2)]
        damaged = folder / ODD_NAME
        damaged.write_bytes(b"RIFF" + b"\0" * 99)
        paths.append(send(server, damaged, ODD_NAME))
        data = [[file(path), ODD_WORDS, "open4", [], []] for path in paths]
        assert call(server, "predict", data[0])[0] == "complete"
        assert call(server, "predict", data[2])[0] == "error"
        assert call(server, "transcribe", [{"wrong": ODD_WORDS}])[0] == "error"
        on_the_page = event_of(server, "audio", "textbox", "dropdown")
        assert "verdict" in ask(server, on_the_page, data[1][:3], SESSION)
        assert post(server, "call/nothing", json={"data": [ODD_WORDS]}).status_code == 404
        yield server, paths


def lines_of(server) -> list[dict]:
    return [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]


def metrics(server) -> dict[str, float]:
    text = httpx.get(f"{server.url}/metrics", headers={"authorization": f"Bearer {TOKEN}"}, trust_env=False).text
    return {name: float(value) for name, value in re.findall(r"^(\w+(?:\{.*\})?) (\S+)$", text, re.MULTILINE)}


def test_health_says_which_checkpoints_answer(operated):
    answer = httpx.get(f"{operated[0].url}/health", trust_env=False)
    assert answer.status_code == 200
    assert answer.json() == {"ok": True, "version": __version__, "checkpoints": {"open4": "ready", "broken": "damaged"}}


def test_metrics_are_for_the_operator_alone(server, operated):
    assert httpx.get(f"{server.url}/metrics", trust_env=False).status_code == 404
    for wrong in ("", "Bearer another", "Bearer \xe4"):
        headers = {"authorization": wrong.encode("latin-1")}
        assert httpx.get(f"{operated[0].url}/metrics", headers=headers, trust_env=False).status_code == 401


def test_metrics_count_calls_and_what_there_is(operated):
    counted = metrics(operated[0])
    assert counted['sermi_calls_total{endpoint="predict",outcome="ok"}'] == 1
    assert counted['sermi_calls_total{endpoint="predict",outcome="refused"}'] == 1
    assert counted['sermi_calls_total{endpoint="page:inference",outcome="ok"}'] == 1
    assert counted['sermi_calls_total{endpoint="upload",outcome="ok"}'] == 3
    assert counted['sermi_refused_total{kind="audio"}'] == 1
    assert counted['sermi_refused_total{kind="wrong_kind"}'] == 1
    assert counted['sermi_refused_total{kind="no_endpoint"}'] == 1
    assert counted['sermi_call_seconds_count{endpoint="predict"}'] == 2
    assert counted['sermi_waiting_calls{queue="inference"}'] == 0
    assert counted['sermi_checkpoints{state="damaged"}'] == 1
    assert counted["sermi_uploads"] == 1  # that of the page
    assert counted["sermi_sessions"] == 1  # that of the page; nothing is kept of programs
    assert counted["process_resident_memory_bytes"] > 1e8


def test_a_line_for_each_call(operated, speech):
    calls = [line for line in lines_of(operated[0]) if line["message"] == "call"]
    predicted, refused = (line for line in calls if line["endpoint"] == "predict")
    assert predicted["outcome"] == "ok"
    assert predicted["bytes"] == speech.stat().st_size
    assert 5 < predicted["audio_s"] < 20
    assert predicted["seconds"] > 0
    assert (refused["outcome"], refused["kind"]) == ("refused", "audio")


def test_neither_logs_nor_metrics_hold_anything_of_a_visitor(operated):
    server, paths = operated
    everything = server.log.read_text() + json.dumps(metrics(server))
    for word in (ODD_NAME, "therapist", *ODD_WORDS.split(), SESSION, *paths, *(path.split("/")[-2] for path in paths)):
        assert word not in everything, word
    assert "Traceback" not in everything
