"""What an operator asks: /health, for everybody, and /metrics, only where the operator wants it.

/metrics is closed by default: it says nothing of what visitors send, but how much goes on is nobody else's business.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sermi import __version__
from sermi.ui.engine import Engine
from sermi.ui.routes import HEALTH, METRICS, Routes

OPEN, TOKEN = "SERMI_METRICS", "SERMI_METRICS_TOKEN"
"""Environment variables: 1 answers everybody; a token answers who sends it (Authorization: Bearer)."""
_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


class Status:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, *, engine: Engine, metrics: Callable[[], bytes]) -> None:
        """In front of Gradio's app.

        Args:
            app: what is asked next.
            engine: whose checkpoints are listed.
            metrics: gives their text.
        """
        self._app = app
        self._engine = engine
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            route = Routes.of(scope)
            if route == HEALTH:
                app = health(self._engine)
            elif route == METRICS:
                app = self._answer(Request(scope))
        await app(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        token = os.environ.get(TOKEN, "")
        sent = request.headers.get("authorization", "").removeprefix("Bearer ")
        is_theirs = bool(token) and hmac.compare_digest(sent.encode(), token.encode())
        if is_theirs or (not token and os.environ.get(OPEN) == "1"):
            return Response(self._metrics(), media_type=_FORMAT)
        if token:
            return PlainTextResponse("Send the token.", 401, {"www-authenticate": "Bearer"})
        return PlainTextResponse("There is no such page.", 404)


def health(engine: Engine) -> Response:
    """200 while there is a checkpoint that can answer, else 503; with the state of each."""
    states = engine.states()
    is_ok = any(state != "damaged" for state in states.values())
    content = {"ok": is_ok, "version": __version__, "checkpoints": states}
    return JSONResponse(content, 200 if is_ok else 503, {"cache-control": "no-store"})
