"""Each call is reported when it is over: those of handlers, and those that no handler gets to see."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import gradio as gr
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sermi.ui.calls import Call, current
from sermi.ui.intake import files_of
from sermi.ui.queues import NAMES
from sermi.ui.routes import UPLOAD, Routes

Report = Callable[[Call], None]
_REASONS = {400: "unreadable", 403: "not_allowed", 404: "no_endpoint", 413: "too_large", 422: "unreadable"}
"""Of requests that are refused before they become calls, by status; a full queue reports its own."""


def endpoint_of(handler: Any) -> str:
    """A public endpoint by its name, an event of the page by the queue that it waits in: few names, all of them ours."""
    return str(handler.api_name) if handler.api_visibility == "public" else f"page:{queue_of(handler.concurrency_id)}"


def queue_of(concurrency_id: str) -> str:
    """The name of a queue; those of events that share none have no name of their own."""
    return concurrency_id if concurrency_id in NAMES else "other"


def observe_handlers(demo: gr.Blocks, report: Report) -> None:
    """Report every call of a handler. What one shows bit by bit is one call, of all its turns together."""
    process = demo.process_api
    under_way: WeakKeyDictionary[Any, Call] = WeakKeyDictionary()  # whoever leaves takes the iterator along

    async def process_api(block_fn: Any, inputs: list[Any], *args: Any, **options: Any) -> Any:
        handler = demo.fns[block_fn] if isinstance(block_fn, int) else block_fn
        iterator, is_over = options.get("iterator"), True
        call = under_way.pop(iterator, None) if iterator is not None else None
        call = call or Call(endpoint_of(handler), n_bytes=_n_bytes(inputs))
        token, begun = current.set(call), time.perf_counter()
        try:
            result = await process(block_fn, inputs, *args, **options)
            if result.get("is_generating") and result.get("iterator") is not None:
                under_way[result["iterator"]], is_over = call, False
            return result
        except BaseException as error:
            if call.outcome == "ok":
                call.end_with(error)
            raise
        finally:
            current.reset(token)
            call.seconds += time.perf_counter() - begun
            if is_over:
                report(call)

    vars(demo).update(process_api=process_api)


def _n_bytes(inputs: list[Any]) -> int:
    """Of the files that are still there."""
    try:
        return sum(Path(path).stat().st_size for path in files_of(inputs) if Path(path).is_file())
    except (OSError, ValueError):
        return 0


class Observer:
    """ASGI middleware: reports uploads, and requests that are refused before they become calls."""

    def __init__(self, app: ASGIApp, *, report: Report) -> None:
        self._app = app
        self._report = report

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        is_upload = Routes.of(scope) == UPLOAD
        call, begun = Call("upload" if is_upload else "request"), time.perf_counter()

        async def receive_counted() -> Message:
            message = await receive()
            call.n_bytes += len(message.get("body", b""))
            return message

        async def send_observed(message: Message) -> None:
            if message["type"] == "http.response.start" and (kind := _REASONS.get(message["status"])):
                call.refuse(kind)
            await send(message)

        try:
            await self._app(scope, receive_counted, send_observed)
        except Exception as error:
            call.end_with(error)
            raise
        finally:
            call.seconds = time.perf_counter() - begun
            if is_upload or call.outcome != "ok":
                self._report(call)
