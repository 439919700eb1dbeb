"""Where the page is served, as Gradio's environment variables say; checked before Gradio reads them."""

from __future__ import annotations

import os

from sermi.errors import SermiError

_MAX_PORT = 65_535


def check_port() -> None:
    """Raises SermiError where GRADIO_SERVER_PORT is no port. Gradio would stop on it in the middle of being imported."""
    port = os.environ.get("GRADIO_SERVER_PORT", "7860")
    if not (port.isascii() and port.strip().isdecimal() and 1 <= int(port) <= _MAX_PORT):
        raise SermiError(f"GRADIO_SERVER_PORT is {port!r}; set it to a number from 1 to {_MAX_PORT}, such as 7860.")
