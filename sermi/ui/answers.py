"""What Gradio keeps when calls are over, bounded: values of sessions, sessions of programs, answers that nobody fetches.

On its own it keeps the last value of every component for each of 10,000 sessions, each call by plain HTTP being one, and
every answer of 2,000 sessions until somebody reads it.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio import state_holder
from gradio.server_messages import ProcessCompletedMessage

UNREAD_S = 300.0
"""How long an answer waits to be fetched."""
UNREAD_BYTES = 200_000_000
"""Of answers that wait, all together; the oldest go first."""
MOST_SESSIONS = 300
"""Whose state is kept; the page of one that has gone works on, as after a reload."""
_VALUE_BYTES = 80
"""Of a number or a short text in a row, with its place there."""


class _Session(state_holder.SessionState):  # type: ignore[misc] # gradio carries no types
    """State of a session without its components' values, which only a deep link would read, and that route is closed."""

    def __init__(self, blocks: gr.Blocks) -> None:
        super().__init__(blocks)
        self.config_values.clear()

    def _update_value_in_config(self, key: int, value: Any) -> None:
        pass


@dataclass
class _Answer:
    since: float
    size: int
    """Bytes, roughly."""
    is_last: bool
    """Whether its session was for it alone."""


class Answers:
    """Those of one app. All of it happens on the event loop."""

    def __init__(self, demo: gr.Blocks) -> None:
        """Take over from Gradio."""
        state_holder.SessionState = _Session  # nothing else can be put in its place
        self._demo = demo
        self._queue = demo._queue
        self._send = self._queue.send_message
        self._kept: dict[str, _Answer] = {}
        vars(self._queue).update(send_message=self._send_message)

    def _send_message(self, event: Any, message: Any) -> None:
        self._send(event, message)
        if isinstance(message, ProcessCompletedMessage):
            session = event.session_hash
            self._kept.pop(session, None)  # the latest last
            self._kept[session] = _Answer(time.monotonic(), size_of(message.output), session == event._id)
            self.sweep()
            asyncio.get_running_loop().call_later(UNREAD_S + 1, self.sweep)

    def sweep(self) -> None:
        """Let go of what was fetched, and of what has waited for too long or is too much."""
        for session in [one for one in self._kept if self._is_fetched(one)]:
            self._forget(session)
        left, now = sum(answer.size for answer in self._kept.values()), time.monotonic()
        for session, answer in list(self._kept.items()):
            if now - answer.since > UNREAD_S or left > UNREAD_BYTES:
                left -= answer.size
                self._forget(session)

    def _waits(self, session: str) -> bool:
        """Whether there is something that nobody has read yet."""
        messages = self._queue.pending_messages_per_session.get(session)
        return messages is not None and not messages.empty()

    def _is_fetched(self, session: str) -> bool:
        """Whether it is with who asked for it; while it is on its way its number stands with its session's."""
        return not self._waits(session) and not self._queue.pending_event_ids_session.get(session)

    def _forget(self, session: str) -> None:
        answer = self._kept.pop(session)
        is_waiting = self._waits(session)
        under_way = self._queue.pending_event_ids_session.get(session, set()) & self._queue.event_ids_to_events.keys()
        if (answer.is_last or is_waiting) and not under_way:
            self._queue.pending_messages_per_session.pop(session, None)
            self._queue.pending_event_ids_session.pop(session, None)
        if answer.is_last:
            sessions = self._demo.state_holder
            sessions.session_data.pop(session, None)
            sessions.time_last_used.pop(session, None)


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
