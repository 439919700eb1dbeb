"""A page on a slow link: it still reads one answer when it asks for the next, and takes its stream for open."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx


def messages(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """What a stream carries."""
    return (json.loads(line.removeprefix("data:")) for line in lines if line.startswith("data:"))


def test_what_is_asked_after_the_last_answer_comes_on_the_same_stream(server):
    api = f"{server.url}/gradio_api"
    with httpx.Client(trust_env=False, timeout=60) as client:
        dependencies = client.get(f"{server.url}/config").json()["dependencies"]
        known = next(one["id"] for one in dependencies if one["api_name"] == "on_model")
        call = {"data": [None, "", "open4", None], "fn_index": known, "session_hash": "a-slow-visitor"}

        def ask() -> str:
            return client.post(f"{api}/queue/join", json=call).raise_for_status().json()["event_id"]

        event = ask()
        with client.stream("GET", f"{api}/queue/data", params={"session_hash": "a-slow-visitor"}) as stream:
            answers = (
                one for one in messages(stream.iter_lines()) if one["msg"] in ("process_completed", "close_stream")
            )
            for _ in range(2):
                answer = next(answers)
                assert (answer["msg"], answer.get("event_id")) == ("process_completed", event)
                assert answer["success"]
                event = ask()
