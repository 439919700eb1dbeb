"""Gradio's file route also fetches web addresses for whoever asks. This app has no use for that, so it is refused."""

from __future__ import annotations

import re

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_FOREIGN = re.compile(r"/(file[=/]|proxy=)\s*https?:", re.IGNORECASE)


class OwnFilesOnly:
    """ASGI middleware: 403 for a path that names another host."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _FOREIGN.search(scope["path"]):
            await PlainTextResponse("Only this app's own files are served.", status_code=403)(scope, receive, send)
            return
        await self._app(scope, receive, send)
