"""Whether an MCP server is asked for and can be had."""

from __future__ import annotations

import sys

import pytest

from sermi.errors import SermiError
from sermi.ui import agents


def test_without_its_package_the_app_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "mcp", None)
    for off in ("", "0", "false", "no"):
        monkeypatch.setenv("SERMI_MCP", off)
        agents.check_installed()
    monkeypatch.setenv("SERMI_MCP", "1")
    with pytest.raises(SermiError, match=r"needs mcp.*pip install '\.\[mcp\]'"):
        agents.check_installed()
