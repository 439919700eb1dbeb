"""What Gradio would keep of visits and of calls that are over: their inputs and answers, for ten thousand of them.

Of each it keeps a copy of the whole page's configuration with what was sent and shown in it, to make a link of them later:
half a megabyte at least, which takes about as long to write as a sentence takes to recognise. Every call of a program counts
as a visit. No such links are made here.
"""

from __future__ import annotations

import time
from copy import copy
from typing import Any

import gradio as gr
from gradio import blocks, route_utils, state_holder

UNREAD_S = 120
"""An answer that nobody fetches is kept for so long."""
SWEEP_S = 30


class Session(state_holder.SessionState):  # type: ignore[misc]
    """Of a visit, what its events need: its `gr.State` and the components that an event has changed."""

    STATE_TTL_WHEN_CLOSED = 3_600

    def __init__(self, page: gr.Blocks) -> None:
        self.blocks_config = copy(page.default_config)
        self.config_values: dict[int, Any] = {}
        self.state_data: dict[int, Any] = {}
        self._state_ttl: dict[int, Any] = {}
        self.is_closed = False

    def __setitem__(self, key: int, value: Any) -> None:
        super().__setitem__(key, value)
        self.config_values.clear()

    def _update_config(self, key: int) -> None:
        pass

    def _update_value_in_config(self, key: int, value: Any) -> None:
        pass


class Leftovers:
    """Those of one app."""

    def __init__(self, demo: gr.Blocks) -> None:
        self._demo = demo
        self._unread: dict[str, float] = {}
        """Since when nobody fetches what there is for a session."""
        self._swept = time.monotonic()
        for module in (state_holder, route_utils, blocks):
            vars(module)["SessionState"] = Session

    def forget(self, session: str | None) -> None:
        """A visit, or a program's call, is over."""
        if session and (holder := getattr(self._demo, "state_holder", None)):
            with holder.lock:
                holder.session_data.pop(session, None)
                holder.time_last_used.pop(session, None)

    def sweep(self) -> None:
        """Let go of what is over, now and then. For the thread of the event loop, where nothing changes it meanwhile."""
        now = time.monotonic()
        if now - self._swept < SWEEP_S:
            return
        self._swept = now
        queue = self._demo._queue
        messages, pending = queue.pending_messages_per_session, queue.pending_event_ids_session
        unread = [session for session, waiting in messages.items() if not waiting.empty()]
        self._unread = {session: self._unread.get(session, now) for session in unread}
        for session, since in self._unread.items():
            is_over = pending.get(session, set()).isdisjoint(queue.event_ids_to_events)
            if is_over and now - since > UNREAD_S:
                del messages[session]
                pending.pop(session, None)
        for session in [session for session, events in pending.items() if not events]:
            del pending[session]
        iterators = self._demo.app.iterators
        for event_id in [event_id for event_id, iterator in iterators.items() if iterator is None]:
            del iterators[event_id]
