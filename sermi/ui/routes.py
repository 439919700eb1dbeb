"""Which of Gradio's routes this app answers, and which calls there are. All others are refused before Gradio sees them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from starlette.types import Scope

from sermi.ui import agents

API = "/gradio_api"
UPLOAD = f"{API}/upload"
HEALTH, METRICS = "/health", "/metrics"
"""This app's own, beside the page (`sermi.ui.status`)."""
_FOR_THE_PAGE = (
    "app_id",
    "user",
    "token",
    "login_check",
    "startup-events",
    "heartbeat",
    "theme.css",
    "cancel",
    "reset",
)
_FOR_ALL = ("info", "openapi.json", "queue", "call", "run", "api", "upload", "upload_progress", "file")
_FOR_AGENTS = ("mcp",) if agents.wanted() else ()
_OPEN = frozenset({*_FOR_THE_PAGE, *_FOR_ALL, *_FOR_AGENTS})
"""What of Gradio's programming interface the page and its clients use. The rest reloads and edits code, fetches from other
hosts or keeps histories."""
_CLOSED = ("/monitoring", "/login", "/logout", "/custom_component", "/svelte", f"{API}/mcp/sse", f"{API}/mcp/messages")
_NO_ENDPOINT = "There is no such endpoint; /gradio_api/info lists those that there are."


class Callable(Protocol):
    """What is known of a handler."""

    api_name: str | bool
    api_visibility: str


class Routes:
    """Those of one app."""

    def __init__(self, handlers: Mapping[int, Callable]) -> None:
        """handlers: by number, as requests name them."""
        self._handlers = handlers

    @staticmethod
    def of(scope: Scope) -> str:
        """The path of a request, below where the app is mounted."""
        return scope["path"].removeprefix(scope.get("root_path", "").rstrip("/"))

    @staticmethod
    def is_open(route: str) -> bool:
        """Whether anybody may ask for it. METRICS is open here; `sermi.ui.status` answers it where the operator wants that."""
        if route.startswith(_CLOSED):
            return False
        is_api = route.startswith((f"{API}/", f"{API}="))
        return not is_api or route.removeprefix(f"{API}/").replace("=", "/").split("/")[0] in _OPEN

    def problem(self, route: str, content: Mapping[str, Any]) -> str:
        """The sentence about a call of what isn't there; '' where it is."""
        return "" if not self._is_call_route(route) or self._handler(route, content) else _NO_ENDPOINT

    def is_call(self, route: str, content: Mapping[str, Any]) -> bool:
        """Whether a program calls a public endpoint, which no page has an event for."""
        handler = self._handler(route, content) if self._is_call_route(route) else None
        return handler is not None and handler.api_visibility == "public"

    @staticmethod
    def _is_call_route(route: str) -> bool:
        return route.startswith(tuple(f"{API}/{kind}/" for kind in ("queue/join", "call", "run", "api"))) or (
            route == f"{API}/queue/join"
        )

    def _handler(self, route: str, content: Mapping[str, Any]) -> Callable | None:
        number = content.get("fn_index")
        if isinstance(number, int) and not route.startswith(f"{API}/call/"):
            return self._handlers.get(number)
        name = route.rstrip("/").split("/")[-1]
        return next((one for one in self._handlers.values() if one.api_name == name), None)
