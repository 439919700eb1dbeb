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
from sermi.ui.examples import examples
from sermi.ui.guard import Guard
from sermi.ui.html import UNEXPECTED
from sermi.ui.intake import Intake, files_of
from sermi.ui.limits import MAX_BYTES
from sermi.ui.routes import Routes
from sermi.ui.uploads import Uploads

GRACE_S = 0.5
"""For requests under way when the app is asked to end."""
WRONG_KIND = "An input is of another kind than this takes; send what /gradio_api/info describes."

log = logging.getLogger(__name__)


def middleware(demo: gr.Blocks, uploads: Uploads) -> list[Middleware]:
    """What stands before Gradio's app."""
    gradio_routes.CustomCORSMiddleware = Guard  # nothing else can be put in its place
    allowed = frozenset(str(example.path) for example in examples())
    return [Middleware(Intake, uploads=uploads, routes=Routes(demo.fns), examples=allowed, max_bytes=MAX_BYTES)]


def explain_errors(demo: gr.Blocks, uploads: Uploads) -> None:
    """Errors of Gradio's own work on a request become sentences, and files go when a program's call ends, however it does."""
    preprocess, process = demo.preprocess_data, demo.process_api

    async def preprocess_data(*args: Any, **options: Any) -> Any:
        try:
            return await preprocess(*args, **options)
        except gr.Error:
            raise
        except Exception as error:
            log.debug("an input can't be used", exc_info=True)
            raise gr.Error(WRONG_KIND, print_exception=False) from error

    async def process_api(block_fn: Any, inputs: list[Any], *args: Any, **options: Any) -> Any:
        handler = demo.fns[block_fn] if isinstance(block_fn, int) else block_fn
        try:
            return await process(handler, inputs, *args, **options)
        except (gr.Error, StopAsyncIteration):
            raise
        except Exception as error:
            log.exception("a request failed")
            raise gr.Error(UNEXPECTED, print_exception=False) from error
        finally:
            if handler.api_visibility == "public":
                uploads.finish(files_of(inputs))

    vars(demo).update(preprocess_data=preprocess_data, process_api=process_api)


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
