"""What visitors send, before Gradio sees it: files go to places of their own, and a request names only its session's files.

Gradio itself stores an upload by its content, so that two visitors would share it, takes any path in its folder from anybody,
and fetches what a request names by an address.
"""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from gradio.route_utils import MultiPartException, upload_fn
from gradio.routes import file_upload_statuses
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sermi.ui.limits import MAX_BODY
from sermi.ui.routes import API, UPLOAD, Routes
from sermi.ui.uploads import Uploads

FILE_ADDRESS = f"{API}/file="
"""What Gradio puts before the path of a file in its address."""
NO_JSON = "The request is not JSON that can be read; send what /gradio_api/info describes."

NO_UPLOAD = "The request brings no files that can be read; send them as multipart/form-data, each as 'files'."


class Intake:
    """ASGI middleware."""

    def __init__(
        self, app: ASGIApp, *, uploads: Uploads, routes: Routes, examples: frozenset[str], max_bytes: float = math.inf
    ) -> None:
        """In front of Gradio's app.

        Args:
            app: what is asked next.
            uploads: takes what is sent.
            routes: what can be called.
            examples: files that anybody may name.
            max_bytes: of a file that is sent.
        """
        self._app = app
        self._uploads = uploads
        self._routes = routes
        self._examples = examples
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
        elif self._routes.of(scope).startswith(UPLOAD):
            await (await self._take(Request(scope, receive)))(scope, receive, send)
        else:
            received = time.monotonic()
            try:
                body = await _body(receive)
                answer, body = self._checked(self._routes.of(scope), body)
            except ClientDisconnect:
                return
            if answer is not None:
                await answer(scope, receive, send)
                return
            scope = {**scope, "state": {**scope.get("state", {}), "received": received}}
            await self._app(_with_length(scope, len(body)), _replayed(body, receive), send)

    async def _take(self, request: Request) -> Response:
        """Store the files of a request in a place of their own."""
        place = self._uploads.new_place()
        upload_id = request.query_params.get("upload_id")
        progress = file_upload_statuses if upload_id else None
        try:
            paths, *_ = await upload_fn(
                request, str(place), self._max_bytes, upload_id, force_move=False, upload_progress=progress
            )
        except BaseException as error:
            shutil.rmtree(place, ignore_errors=True)
            if isinstance(error, MultiPartException) and "maximum allowed size" in error.message:
                return PlainTextResponse(error.message, status_code=413)
            if isinstance(error, OSError) or not isinstance(error, Exception):
                raise
            return _refusal(400, NO_UPLOAD)
        paths = [str(path) for path in paths]
        for stray in place.glob("*"):
            if stray.is_file():  # of a field of another name
                stray.unlink()
        self._uploads.add(paths)
        return JSONResponse(paths)

    def _checked(self, route: str, body: bytes) -> tuple[Response | None, bytes]:
        """A refusal or None, and the body with no other files than those that the session may name."""
        if len(body) > MAX_BODY:
            return _refusal(413, f"The request is too large; at most {MAX_BODY // 10**6} MB are taken."), body
        try:
            content = json.loads(body) if body.strip() else {}
        except (ValueError, RecursionError):
            return _refusal(400, NO_JSON), body
        if not isinstance(content, dict):
            return _refusal(400, NO_JSON), body
        if problem := self._routes.problem(route, content):
            return _refusal(404, problem), body
        files = list(_files(content))
        if not files:
            return None, body
        for file in files:
            file["path"] = file_named(file["path"])
        session, is_call = content.get("session_hash"), self._routes.is_call(route, content)
        session = session if isinstance(session, str) else ""
        allowed = {path: self._may_name(session, path, is_call) for path in {file["path"] for file in files}}
        for file in files:
            if not allowed[file["path"]]:
                file.clear()
                file |= {"path": self._uploads.nowhere, "meta": {"_type": "gradio.FileData"}}
        return None, json.dumps(content).encode()

    def _may_name(self, session: str, path: str, is_call: bool) -> bool:
        try:
            return path in self._examples or self._uploads.claim(session, path, for_call=is_call)
        except (OSError, ValueError, RuntimeError):  # no path at all, as with a null byte in it
            return False


def _files(content: Any) -> Iterator[dict[str, Any]]:
    """Whatever names a file, at any depth, also within another."""
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            waiting.extend(value.values())
            if isinstance(value.get("path"), str):
                yield value


def file_named(path: str) -> str:
    """The path of a file that is named by its address on this server; else what was given.

    >>> file_named("https://example.org/gradio_api/file=/tmp/gradio/1/a%20b.wav")
    '/tmp/gradio/1/a b.wav'
    """
    if not path.startswith(("http://", "https://")):
        return path
    _, is_file, name = urlsplit(path).path.partition(FILE_ADDRESS)
    return unquote(name) if is_file else path


def files_of(inputs: Any) -> set[str]:
    """The paths that a call's inputs name."""
    return {file["path"] for file in _files(inputs)}


async def _body(receive: Receive) -> bytes:
    """All of a request's body, or a little more than is taken. Raises ClientDisconnect where it ends too soon."""
    body, more = bytearray(), True
    while more and len(body) <= MAX_BODY:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Gives the body once, then whatever else comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


def _with_length(scope: Scope, length: int) -> Scope:
    headers = [
        (name, value) for name, value in scope["headers"] if name not in (b"content-length", b"transfer-encoding")
    ]
    return {**scope, "headers": [*headers, (b"content-length", str(length).encode())]}


def _refusal(code: int, sentence: str) -> Response:
    return JSONResponse({"detail": sentence}, status_code=code)
