"""What Gradio would keep of visits and of calls that are over, bounded.

Of each visit it keeps a copy of the whole page's configuration with what was sent and shown in it, for ten thousand of them, to
make a link of it later: half a megabyte at least, which takes about as long to write as a sentence takes to recognise. Every
call of a program counts as a visit, and its answer is kept until somebody reads it. No such links are made here.
"""

from __future__ import annotations

import asyncio
import time
from copy import copy
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio import blocks, route_utils, state_holder
from gradio.server_messages import ProcessCompletedMessage

UNREAD_S = 120.0
"""How long an answer waits to be fetched."""
UNREAD_BYTES = 200_000_000
"""Of answers that wait, all together; the oldest go first."""
_VALUE_BYTES = 80
"""Of a number or a short text in a row, with its place there."""


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


@dataclass
class _Answer:
    since: float
    size: int
    """Bytes, roughly."""
    is_last: bool
    """Whether its session was for it alone."""


class Leftovers:
    """Those of one app. All of it happens on the event loop."""

    def __init__(self, demo: gr.Blocks) -> None:
        """Take over from Gradio."""
        for module in (state_holder, route_utils, blocks):
            vars(module)["SessionState"] = Session  # nothing else can be put in its place
        self._demo = demo
        self._queue = demo._queue
        self._send = self._queue.send_message
        self._kept: dict[str, _Answer] = {}
        self._is_planned = False
        vars(self._queue).update(send_message=self._send_message)

    def _send_message(self, event: Any, message: Any) -> None:
        self._send(event, message)
        if isinstance(message, ProcessCompletedMessage):
            session = event.session_hash
            self._kept.pop(session, None)  # the latest last
            self._kept[session] = _Answer(time.monotonic(), size_of(message.output), session == event._id)
            self.sweep()
            self._plan()

    def _plan(self) -> None:
        """Sweep again when what waits now has waited for too long: one timer, however many answers there are."""
        if not self._is_planned:
            self._is_planned = True
            asyncio.get_running_loop().call_later(UNREAD_S + 1, self._sweep_as_planned)

    def _sweep_as_planned(self) -> None:
        self._is_planned = False
        self.sweep()
        if self._kept:
            self._plan()

    def sweep(self) -> None:
        """Let go of what was fetched, and of what has waited for too long or is too much."""
        for session in [one for one in self._kept if self._is_fetched(one)]:
            self._let_go(session)
        left, now = sum(answer.size for answer in self._kept.values()), time.monotonic()
        for session, answer in list(self._kept.items()):
            if now - answer.since > UNREAD_S or left > UNREAD_BYTES:
                left -= answer.size
                self._let_go(session)
        iterators = self._demo.app.iterators
        for event in [event for event, iterator in iterators.items() if iterator is None]:
            del iterators[event]

    def forget(self, session: str) -> None:
        """The state of a visit, or of a program's call, that is over."""
        if sessions := getattr(self._demo, "state_holder", None):
            with sessions.lock:
                sessions.session_data.pop(session, None)
                sessions.time_last_used.pop(session, None)

    def _waits(self, session: str) -> bool:
        """Whether there is something that nobody has read yet."""
        messages = self._queue.pending_messages_per_session.get(session)
        return messages is not None and not messages.empty()

    def _is_fetched(self, session: str) -> bool:
        """Whether it is with who asked for it; while it is on its way its number stands with its session's."""
        return not self._waits(session) and not self._queue.pending_event_ids_session.get(session)

    def _let_go(self, session: str) -> None:
        answer = self._kept.pop(session)
        is_waiting = self._waits(session)
        under_way = self._queue.pending_event_ids_session.get(session, set()) & self._queue.event_ids_to_events.keys()
        if (answer.is_last or is_waiting) and not under_way:
            self._queue.pending_messages_per_session.pop(session, None)
            self._queue.pending_event_ids_session.pop(session, None)
        if answer.is_last:
            self.forget(session)


def size_of(value: Any) -> int:
    """Bytes of an answer, roughly: of a list, as many as of its first element each.

    >>> size_of([{"a": 1.0, "b": 2.0}] * 1_000)
    160000
    """
    if isinstance(value, dict):
        return sum(size_of(one) for one in value.values())
    if isinstance(value, list | tuple):
        return len(value) * size_of(value[0]) if value else 0
    return len(value) + _VALUE_BYTES if isinstance(value, str) else _VALUE_BYTES
