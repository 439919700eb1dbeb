"""Where the page is to be served."""

import subprocess
import sys
from pathlib import Path

import pytest

from sermi.errors import SermiError
from sermi.ui.address import check_port

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("port", ["abc", "", "0", "-1", "70000", "78.6", "²"])
def test_what_is_no_port(monkeypatch, port):
    monkeypatch.setenv("GRADIO_SERVER_PORT", port)
    with pytest.raises(SermiError, match="set it to a number from 1 to 65535"):
        check_port()


@pytest.mark.parametrize("port", ["1", "7860", " 80 ", "65535", None])
def test_ports(monkeypatch, port):
    monkeypatch.delenv("GRADIO_SERVER_PORT", raising=False)
    if port:
        monkeypatch.setenv("GRADIO_SERVER_PORT", port)
    check_port()


def test_the_app_says_it_in_one_line(monkeypatch):
    monkeypatch.setenv("GRADIO_SERVER_PORT", "abc")
    done = subprocess.run([sys.executable, "app.py"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "error: GRADIO_SERVER_PORT is 'abc'; set it to a number from 1 to 65535, such as 7860.\n"
