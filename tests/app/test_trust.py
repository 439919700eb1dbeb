"""Nobody's recording is in the way of another's, none is read by others, and none is left behind."""

from __future__ import annotations

import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from sermi.ui.queues import MOST_OF_A_VISITOR, MOST_WAITING
from sermi.ui.serving import FULL, FULL_OF_YOURS
from tests.app.conftest import ENDS_IN_S, recordings

NO_UPLOAD = "There is no such upload of yours on the server any more; record or upload it again."


def post(server, route: str, **options) -> httpx.Response:
    return httpx.post(f"{server.url}/gradio_api/{route}", timeout=60, trust_env=False, **options)


def send(server, speech: Path, name: str = "mine.wav") -> str:
    """Where an upload is."""
    (path,) = post(server, "upload", files={"files": (name, speech.read_bytes())}).json()
    return path


def file(path: str) -> dict:
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def call(server, endpoint: str, data: list) -> tuple[str, object]:
    """A program without a session: the last event and what comes with it."""
    return answer(server, endpoint, queued(server, endpoint, data))


def queued(server, endpoint: str, data: list) -> str:
    return post(server, f"call/{endpoint}", json={"data": data}).json()["event_id"]


def answer(server, endpoint: str, event_id: str) -> tuple[str, object]:
    text = httpx.get(f"{server.url}/gradio_api/call/{endpoint}/{event_id}", timeout=60, trust_env=False).text
    event, data = text.strip().split("\n\n")[-1].split("\n")
    return event.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def ask(server, event: dict, data: list, session: str) -> str:
    """All that a session is sent about an event."""
    data = data + [None] * (len(event["inputs"]) - len(data))
    join = post(server, "queue/join", json={"data": data, "fn_index": event["id"], "session_hash": session})
    assert join.status_code == 200
    lines = []
    address = f"{server.url}/gradio_api/queue/data?session_hash={session}"
    with httpx.stream("GET", address, timeout=60, trust_env=False) as stream:
        for line in stream.iter_lines():
            lines.append(line)
            if "process_completed" in line:
                break
    return "\n".join(lines)


def event_of(server, *kinds: str, api_name: str = "") -> dict:
    """An endpoint, or an event of the page whose first inputs are of these kinds."""
    config = httpx.get(f"{server.url}/config", timeout=60, trust_env=False).json()
    of = {one["id"]: one["type"] for one in config["components"]}
    return next(
        one
        for one in config["dependencies"]
        if (
            one["api_name"] == api_name if api_name else [of.get(i) for i in one["inputs"][: len(kinds)]] == list(kinds)
        )
    )


@pytest.fixture(scope="module")
def recognise(server):
    return event_of(server, "audio", "textbox", "dropdown")


@pytest.fixture(scope="module")
def yours(server, speech, recognise) -> str:
    """A recording on somebody's page."""
    path = send(server, speech)
    assert "Angry" in ask(server, recognise, [file(path), "", "open4"], "you")
    return path


def test_equal_clips_of_many_visitors_are_all_answered(server, speech):
    """Each deletes its own when it is done; stored by content they would share one file."""
    transcribe = event_of(server, api_name="transcribe")
    paths = [send(server, speech) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        sent = pool.map(lambda i: ask(server, transcribe, [file(paths[i])], f"visitor{i}"), range(6))
        assert all("tried" in one for one in sent)
    assert not any(Path(path).exists() for path in paths)


def test_one_upload_serves_calls_that_are_queued_together(server, speech):
    path = send(server, speech)
    ids = [queued(server, "transcribe", [file(path)]) for _ in range(3)]
    assert {answer(server, "transcribe", one)[0] for one in ids} == {"complete"}
    assert not Path(path).exists()
    assert call(server, "transcribe", [file(path)])[1]["error"] == NO_UPLOAD


def test_no_endpoint_reads_anything_but_what_its_session_sent(server, speech, yours):
    addresses = ["http://sermi.invalid/a.wav", "https://127.0.0.1:1/a.wav", "file:///etc/passwd"]
    for path in (yours, *addresses, "/etc/passwd", "app.py", "a\0b", ""):
        event, data = call(server, "transcribe", [file(path)])
        assert (event, data["error"]) == ("error", NO_UPLOAD), path
    own = send(server, speech)
    for data in ([file(yours), "", "open4", [], []], [file(own), "", "open4", [file(yours)], []]):
        event, problem = call(server, "predict", data)
        assert (event, problem["error"]) == ("error", NO_UPLOAD)
    assert "sermi.invalid" not in server.log.read_text()
    assert Path(yours).exists()


def test_no_event_of_the_page_does_either(server, yours, recognise):
    events = ask(server, recognise, [file(yours), "", "open4"], "thief")
    assert NO_UPLOAD in events
    assert "Angry" not in events
    assert Path(yours).exists()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_of_recordings_when_the_app_ends(start_server, checkpoints, speech, tmp_path, end):
    with start_server(tmp_path, checkpoints) as server:
        path = Path(send(server, speech))
        queued(server, "transcribe", [file(str(path))])
        begun = time.monotonic()
        server.process.send_signal(end)
        server.process.wait(ENDS_IN_S)
        assert time.monotonic() - begun < ENDS_IN_S
    if end == signal.SIGKILL:
        assert path.exists()
        with start_server(tmp_path, checkpoints) as server:
            assert recordings(server.cache) == []
            assert httpx.get(f"{server.url}/gradio_api/file={path}", trust_env=False).status_code in (403, 404)
    assert recordings(tmp_path / "gradio") == []


def test_who_would_wait_too_long_is_told_at_once_and_nothing_of_theirs_stays(
    start_server, checkpoints, speech, tmp_path
):
    with start_server(tmp_path, checkpoints) as server:
        index = event_of(server, api_name="transcribe")["id"]
        mine = {"fn_index": index, "session_hash": "me"}

        def refusals(n: int, route: str, **body) -> set[str]:
            """What those are told who are sent away; their recordings are gone."""
            told = set()
            for _ in range(n):
                path = send(server, speech)
                join = post(server, route, json={"data": [file(path)], **body})
                if join.status_code == 503:
                    told.add(join.json()["detail"])
                    assert not Path(path).exists()
            return told

        assert refusals(MOST_OF_A_VISITOR + 8, "queue/join", **mine) == {FULL_OF_YOURS}
        assert refusals(MOST_WAITING, "call/transcribe") == {FULL}
        assert httpx.get(server.url, timeout=60, trust_env=False).status_code == 200
        server.process.kill()  # sixty calls need not be waited for
        server.process.wait()
