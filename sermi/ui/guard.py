"""What every answer says to the browser, and what this app doesn't answer at all."""

from __future__ import annotations

import re
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sermi.ui.routes import Routes

_FOREIGN = re.compile(r"/(file[=/]|proxy=)\s*https?:", re.IGNORECASE)
"""Gradio's file route also fetches web addresses for whoever asks."""
_FRAMES = "'self' https://huggingface.co https://*.hf.space"
"""Who may show the page in a frame: a hosted space is shown in one."""
_POLICY = "; ".join(
    (
        "default-src 'self'",
        # Gradio's page brings scripts and styles in itself, and makes functions of the text of handlers
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        f"frame-ancestors {_FRAMES}",
    )
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


class Guard:
    """ASGI middleware, in the place of Gradio's own for other origins: pages of other sites get no answer that they can read.

    Gradio's reflects any origin and allows credentials. Nothing here needs that: programs send no origin.
    """

    def __init__(self, app: ASGIApp, **_: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        app = self._app
        if _FOREIGN.search(scope["path"]):
            app = PlainTextResponse("Only this app's own files are served.", status_code=403)
        elif not Routes.is_open(Routes.of(scope)):
            app = PlainTextResponse("There is no such page.", status_code=404)
        await app(scope, receive, send_with_headers)
