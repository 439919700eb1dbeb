"""An MCP server beside the page, where the operator asks for one: `SERMI_MCP=1 python app.py`."""

from __future__ import annotations

import importlib.util
import os

from sermi.errors import SermiError, needs_extra


def wanted() -> bool:
    """Whether the operator asks for an MCP server."""
    return os.environ.get("SERMI_MCP") == "1"


def check_installed() -> None:
    """Raises SermiError where an MCP server is wanted and what it needs isn't installed."""
    if wanted() and importlib.util.find_spec("mcp") is None:
        raise SermiError("SERMI_MCP asks for an MCP server. " + needs_extra("mcp", "mcp"))
