"""The stream by which a page gets its answers stays open for a while after the last one.

Gradio closes it behind the last answer. A page on a slow link, which is still reading that answer, takes the stream for open:
what is pressed meanwhile is answered, and nobody comes for the answer, so that the button waits for it for ever.
"""

from __future__ import annotations

import asyncio
from typing import Any

import gradio as gr
from gradio.server_messages import ProcessCompletedMessage

LINGERS_S = 30.0
"""After the last press: much longer than an answer takes to arrive."""
_OPEN = "open"
"""Stands among a session's calls that are under way, and so keeps its stream open."""


def keep_streams_open(demo: gr.Blocks) -> None:
    """For what a page asks; programs' calls have a stream each, which ends with its answer."""
    queue, push = demo._queue, demo._queue.push
    timers: dict[str, asyncio.TimerHandle] = {}

    async def push_and_keep_open(body: Any, request: Any, username: str | None) -> Any:
        answer = await push(body=body, request=request, username=username)
        session = body.session_hash
        is_of_page = body.fn_index is not None and demo.fns[body.fn_index].api_visibility != "public"
        if is_of_page and session in queue.pending_event_ids_session:
            queue.pending_event_ids_session[session].add(_OPEN)
            plan(session)
        return answer

    def plan(session: str) -> None:
        if session in timers:
            timers[session].cancel()
        timers[session] = asyncio.get_running_loop().call_later(LINGERS_S, close, session)

    def close(session: str) -> None:
        under_way = queue.pending_event_ids_session.get(session, set())
        if under_way - {_OPEN}:
            plan(session)
            return
        del timers[session]
        if messages := queue.pending_messages_per_session.get(session):
            messages.put_nowait(ProcessCompletedMessage(output={}, success=True, event_id=_OPEN))
        else:  # the page was left
            queue.pending_event_ids_session.pop(session, None)

    vars(queue).update(push=push_and_keep_open)
