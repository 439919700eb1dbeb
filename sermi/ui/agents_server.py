"""Gradio's MCP server with this app's rules: an agent brings a recording or names one that it sent, no address is fetched, and
answers are JSON.

The endpoints of `sermi.ui.api` are the tools. Calls take the way of all programs, through the queue and its limits.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
from typing import Any
from urllib.parse import quote

import gradio.mcp
from mcp import types

from sermi.ui.intake import FILE_ADDRESS, file_named
from sermi.ui.limits import MAX_BODY
from sermi.ui.uploads import Uploads

FILES = {"audio": "one", "context": "several", "neutral": "several"}
"""Parameters of the tools that are recordings."""
HOW = (
    f"a recording: data:audio/wav;base64,... in a request of at most {MAX_BODY // 10**6} MB, or the path that "
    "/gradio_api/upload answered; addresses of other hosts are not fetched"
)
NO_RECORDING = f"That is no recording that can be used. Give {HOW}."


def install(uploads: Uploads) -> None:
    """Let Gradio use this server in place of its own. uploads: where recordings are kept for the time of a call."""

    class Server(gradio.mcp.GradioMCPServer):  # type: ignore[misc] # gradio's types are not read
        def get_input_schema(
            self, tool_name: str, parameters: dict[str, str] | None = None
        ) -> tuple[dict[str, Any], list[list[str | int]]]:
            schema, _ = super().get_input_schema(tool_name, parameters)
            one = {"type": "string", "description": HOW}
            for name in FILES.keys() & schema["properties"].keys():
                several = {"type": "array", "items": one, "default": []}
                schema["properties"][name] = one if FILES[name] == "one" else several
            return schema, []  # Gradio would ask for the helper that sends files to addresses

        def _prepare_tool_call_args(self, name: str, arguments: dict[str, Any]) -> tuple[Any, ...]:
            stored: list[str] = []
            try:
                with_files = {
                    key: _with_files(given, uploads, stored) if key in FILES else given
                    for key, given in arguments.items()
                }
                return super()._prepare_tool_call_args(name, with_files)
            except BaseException:  # there is no call that these would go with
                for path in stored:
                    uploads.delete(None, path)
                raise

        def convert_strings_to_filedata(self, value: Any, filedata_positions: list[list[str | int]]) -> Any:
            return value  # they are files already

        def postprocess_output_data(self, data: Any, root_url: str) -> list[types.TextContent | types.ImageContent]:
            texts = [output if isinstance(output, str) else json.dumps(output) for output in data]
            return [types.TextContent(type="text", text=text) for text in texts]

    gradio.mcp.GradioMCPServer = Server  # nothing else can be put in its place
    logging.getLogger("mcp").setLevel(logging.WARNING)  # it has lines for each call, which the app's own logs have


def _with_files(given: Any, uploads: Uploads, stored: list[str]) -> Any:
    """An argument with what Gradio takes for a file in place of each recording. stored: gets the paths of those it brings."""
    if isinstance(given, list):
        return [_with_files(one, uploads, stored) for one in given]
    if not isinstance(given, str) or not given:
        return given
    path = file_named(given)
    if given.startswith("data:"):
        path = _stored(given, uploads)
        stored.append(path)
    if path.startswith(("http://", "https://")):
        raise ValueError(NO_RECORDING)
    # as an address, or gradio's client, which the call goes through, would send the file anew
    return {"path": f"http://localhost{FILE_ADDRESS}{quote(path)}", "meta": {"_type": "gradio.FileData"}}


def _stored(given: str, uploads: Uploads) -> str:
    """The place of a recording that a data address brings. It is deleted when its call is over. Raises ValueError."""
    head, _, content = given.partition(",")
    try:
        sound = base64.b64decode(content, validate=True) if head.endswith(";base64") else b""
    except binascii.Error:
        sound = b""
    if not sound:
        raise ValueError(NO_RECORDING)
    kind = head.removeprefix("data:audio/").split(";")[0]
    is_ending = kind.isascii() and kind.isalnum() and len(kind) < 8
    path = uploads.new_place() / f"recording.{kind if is_ending else 'wav'}"
    path.write_bytes(sound)
    uploads.add([path])
    return str(path)
