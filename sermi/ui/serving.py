"""How the page is served: what stands before Gradio, what becomes of its errors, and how it ends."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr
from gradio import routes as gradio_routes
from starlette.middleware import Middleware

from sermi.ui.examples import examples
from sermi.ui.guard import Guard
from sermi.ui.html import UNEXPECTED
from sermi.ui.intake import Intake, files_of
from sermi.ui.limits import MAX_BYTES
from sermi.ui.routes import Routes
from sermi.ui.uploads import Uploads

GRACE_S = 0.5
"""For requests under way when the app is asked to end."""
EXIT_S = 0.5
"""For the interpreter then; work that nobody waits for any more may keep it."""
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


@contextmanager
def until_asked_to_end(demo: gr.Blocks, uploads: Uploads) -> Iterator[None]:
    """Do what is inside, then serve until SIGTERM or SIGINT; nothing of a visitor is left afterwards."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        log.info("ending")
        _end_within(GRACE_S + EXIT_S)
        if server := getattr(demo, "server", None):
            server.should_exit = True
            server.thread.join(GRACE_S)
    finally:
        uploads.delete_all()


def _end_within(seconds: float) -> None:
    """The process is over by then, whatever its threads do."""
    timer = threading.Timer(seconds, os._exit, (0,))
    timer.daemon = True
    timer.start()
