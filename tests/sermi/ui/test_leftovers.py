"""Nothing large is kept of visits and calls that are over."""

from __future__ import annotations

from asyncio import Queue
from types import SimpleNamespace

import gradio as gr
import pytest

from sermi.ui import leftovers


@pytest.fixture
def demo():
    with gr.Blocks() as demo:
        state, text = gr.State("at first"), gr.Textbox()
        text.change(lambda value: value, text, state)
    demo.app = SimpleNamespace(iterators={"over": None, "under way": object()})
    return demo


def test_a_session_keeps_its_state_and_nothing_of_what_was_shown(demo):
    leftovers.Leftovers(demo)
    state, text = (
        next(i for i, one in demo.blocks.items() if isinstance(one, kind)) for kind in (gr.State, gr.Textbox)
    )
    session = demo.state_holder["somebody"]
    session[state] = "later"
    session._update_value_in_config(text, "secret")
    assert session[state] == "later"
    assert "secret" not in str(vars(session))
    assert not session.config_values


def test_forgetting_a_session(demo):
    kept = leftovers.Leftovers(demo)
    demo.state_holder["somebody"][1] = "of theirs"
    kept.forget("somebody")
    kept.forget("nobody")
    assert "somebody" not in demo.state_holder


def test_answers_that_nobody_fetches_go_and_those_still_to_come_stay(demo, monkeypatch):
    kept, queue = leftovers.Leftovers(demo), demo._queue
    clock = SimpleNamespace(monotonic=lambda: clock.now, now=kept._swept)
    monkeypatch.setattr(leftovers, "time", clock)
    for session in ("left", "waits", "listens"):
        queue.pending_messages_per_session[session] = Queue()
        queue.pending_event_ids_session[session] = {f"call of {session}"}
    queue.event_ids_to_events["call of waits"] = object()
    queue.pending_event_ids_session["answered"] = set()
    for session in ("left", "waits"):
        queue.pending_messages_per_session[session].put_nowait("an answer")
    for _ in range(leftovers.UNREAD_S // leftovers.SWEEP_S + 2):
        clock.now += leftovers.SWEEP_S
        kept.sweep()
    assert set(queue.pending_messages_per_session) == {"waits", "listens"}
    assert set(queue.pending_event_ids_session) == {"waits", "listens"}
    assert set(demo.app.iterators) == {"under way"}
