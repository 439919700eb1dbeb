"""How the page is served: what stands before Gradio, what becomes of its errors, and how it ends."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio import routes as gradio_routes
from starlette.middleware import Middleware

from sermi import cache
from sermi.ui import logs
from sermi.ui.calls import Call, note_error, note_refusal
from sermi.ui.engine import Engine
from sermi.ui.examples import examples
from sermi.ui.guard import Guard
from sermi.ui.html import UNEXPECTED
from sermi.ui.intake import Intake, files_of
from sermi.ui.limits import MAX_BYTES
from sermi.ui.metrics import Metrics
from sermi.ui.observing import Observer, Report, endpoint_of, observe_handlers
from sermi.ui.queues import MOST_OF_A_VISITOR, MOST_WAITING
from sermi.ui.routes import Routes
from sermi.ui.status import Status
from sermi.ui.uploads import Uploads

GRACE_S = 0.5
"""For requests under way when the app is asked to end."""
WRONG_KIND = "An input is of another kind than this takes; send what /gradio_api/info describes."
FULL = f"{MOST_WAITING} calls wait already, so that yours would take long; try again in about 20 seconds."
FULL_OF_YOURS = f"{MOST_OF_A_VISITOR} calls of yours wait already; send the next when they are answered."

log = logging.getLogger(__name__)


def watch(demo: gr.Blocks, engine: Engine, uploads: Uploads) -> list[Middleware]:
    """Report and limit the calls of a page. What has to stand before Gradio's app then, the outermost first."""
    metrics = Metrics(demo, engine, uploads)

    def report(call: Call) -> None:
        metrics.report(call)
        logs.report(call)

    observe_handlers(demo, report)
    limit_queue(demo, uploads, report)
    gradio_routes.CustomCORSMiddleware = Guard  # nothing else can be put in its place
    allowed = frozenset(str(example.path) for example in examples())
    return [
        Middleware(Status, engine=engine, metrics=metrics.text),
        Middleware(Observer, report=report),
        Middleware(Intake, uploads=uploads, routes=Routes(demo.fns), examples=allowed, max_bytes=MAX_BYTES),
    ]


def explain_errors(demo: gr.Blocks, uploads: Uploads) -> None:
    """Errors of Gradio's own work on a request become sentences, and files go when a program's call ends, however it does."""
    preprocess, process = demo.preprocess_data, demo.process_api

    async def preprocess_data(*args: Any, **options: Any) -> Any:
        try:
            return await preprocess(*args, **options)
        except gr.Error as error:
            note_refusal("wrong_kind")
            error.print_exception = False  # it is no bug, and names the file
            raise
        except Exception as error:
            note_refusal("wrong_kind")
            log.debug("an input can't be used", exc_info=True)
            raise gr.Error(WRONG_KIND, print_exception=False) from error

    async def process_api(block_fn: Any, inputs: list[Any], *args: Any, **options: Any) -> Any:
        handler = demo.fns[block_fn] if isinstance(block_fn, int) else block_fn
        try:
            return await process(handler, inputs, *args, **options)
        except (gr.Error, StopAsyncIteration):
            raise
        except Exception as error:
            note_error(error)
            log.exception("a request failed")
            raise gr.Error(UNEXPECTED, print_exception=False) from error
        finally:
            if handler.api_visibility == "public":
                uploads.finish(files_of(inputs))

    vars(demo).update(preprocess_data=preprocess_data, process_api=process_api)


def limit_queue(demo: gr.Blocks, uploads: Uploads, report: Report) -> None:
    """Who would have to wait for too long is told so at once, and what they sent for the call is deleted.

    report: is given the calls that are sent away.
    """
    push = demo._queue.push

    def waiting(session: str | None) -> tuple[int, int]:
        """Calls, and those of a visitor."""
        calls = [event for queue in demo._queue.event_queue_per_concurrency_id.values() for event in queue.queue]
        return len(calls), sum(event.session_hash == session for event in calls)

    async def push_or_refuse(body: Any, request: Any, username: str | None) -> Any:
        n_all, n_own = waiting(body.session_hash)
        if n_all < MOST_WAITING and n_own < MOST_OF_A_VISITOR:
            return await push(body=body, request=request, username=username)
        is_full = n_all >= MOST_WAITING
        if body.fn_index is not None:
            handler = demo.fns[body.fn_index]
            report(Call(endpoint_of(handler), outcome="refused", kind="full" if is_full else "full_of_visitor"))
            if handler.api_visibility == "public":
                uploads.finish(files_of(body.data))
        return False, FULL if is_full else FULL_OF_YOURS, "queue_full"

    vars(demo._queue).update(push=push_or_refuse)


def serve_until_asked_to_end(demo: gr.Blocks, uploads: Uploads, serve: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; nothing of a visitor is left afterwards.

    serve: begins. The end needs neither the main thread nor those that work: any of them may be busy for long.
    """

    def end() -> None:
        log.info("ending")
        uploads.delete_all()
        if server := getattr(demo, "server", None):
            server.should_exit = True
            server.thread.join(GRACE_S)
        uploads.delete_all()  # what came meanwhile
        cache.delete_temporary()
        os._exit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=end, name="end", daemon=True).start())
    try:
        serve()
        while True:
            time.sleep(1)
    finally:
        uploads.delete_all()
