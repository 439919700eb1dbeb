"""What is kept of calls that are over, by counting what Gradio holds: over plain HTTP, as curl does."""

from __future__ import annotations

import http.client
import json
import time
import urllib.request

import gradio as gr
import pytest
from gradio import blocks as gradio_blocks
from gradio import route_utils, state_holder

from sermi.ui import leftovers
from sermi.ui.leftovers import Leftovers

ROWS = 500


def rows(n: float) -> dict:
    return {"rows": [{"a": float(i), "b": "x"} for i in range(int(n))]}


@pytest.fixture(scope="module")
def demo():
    with gr.Blocks() as blocks:
        gr.api(rows, api_name="rows")
    with pytest.MonkeyPatch.context() as patch:
        for module in (state_holder, route_utils, gradio_blocks):
            patch.setattr(module, "SessionState", state_holder.SessionState)  # as it was, in the end
        blocks.kept = Leftovers(blocks)
        blocks.launch(prevent_thread_lock=True, quiet=True)
        yield blocks
        blocks.close()


def ask(demo) -> str:
    """The number of a call whose answer lies ready."""
    body = json.dumps({"data": [ROWS]}).encode()
    request = urllib.request.Request(
        f"{demo.local_url}gradio_api/call/rows", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        number = json.load(answer)["event_id"]
    until(lambda: number not in demo._queue.event_ids_to_events)
    return number


def fetch(demo, number: str) -> str:
    with urllib.request.urlopen(f"{demo.local_url}gradio_api/call/rows/{number}") as answer:
        return answer.read().decode()


def until(is_so) -> None:
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def kept(demo) -> dict[str, int]:
    demo.kept.sweep()
    queue = demo._queue
    return {
        "messages": len(queue.pending_messages_per_session),
        "numbers": len(queue.pending_event_ids_session),
        "sessions": len(demo.state_holder.session_data),
    }


def test_of_an_answer_that_was_fetched_nothing_is_kept(demo):
    for _ in range(5):
        assert "event: complete" in fetch(demo, ask(demo))
    assert kept(demo) == {"messages": 0, "numbers": 0, "sessions": 0}


def test_answers_that_nobody_fetches_are_bounded(demo, monkeypatch):
    size = leftovers.size_of([{"a": 1.0, "b": "x"}] * ROWS)
    monkeypatch.setattr(leftovers, "UNREAD_BYTES", 3.5 * size)
    numbers = [ask(demo) for _ in range(8)]
    assert kept(demo) == {"messages": 3, "numbers": 3, "sessions": 3}
    assert "event: complete" in fetch(demo, numbers[-1])
    with pytest.raises(http.client.IncompleteRead) as cut:  # as Gradio answers for numbers that it never gave
        fetch(demo, numbers[0])
    assert b"event: error" in cut.value.partial
    monkeypatch.setattr(leftovers, "UNREAD_S", 0.0)
    time.sleep(0.01)
    assert kept(demo) == {"messages": 0, "numbers": 0, "sessions": 0}


def test_no_values_are_kept_of_a_session_that_goes_on(demo):
    body = json.dumps({"data": [ROWS], "session_hash": "mine"}).encode()
    request = urllib.request.Request(
        f"{demo.local_url}gradio_api/call/rows", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        assert "event: complete" in fetch(demo, json.load(answer)["event_id"])
    assert "0.0" not in repr(demo.state_holder.session_data["mine"].config_values)


def test_a_session_keeps_its_state_and_nothing_of_what_was_shown(demo):
    with gr.Blocks() as page:
        state, text = gr.State("at first"), gr.Textbox()
        text.change(lambda value: value, text, state)
    session = state_holder.StateHolder()
    session.set_blocks(page)
    mine = session["somebody"]
    mine[state._id] = "later"
    mine._update_value_in_config(text._id, "secret")
    assert mine[state._id] == "later"
    assert "secret" not in str(vars(mine))
    assert not mine.config_values


def test_a_visit_that_is_over_is_forgotten(demo):
    demo.state_holder["somebody"][1] = "of theirs"
    demo.kept.forget("somebody")
    demo.kept.forget("nobody")
    assert "somebody" not in demo.state_holder
