"""Who sent a request of the page, and when."""

from __future__ import annotations

import math

import gradio as gr


def received(request: gr.Request) -> float:
    """When a request came, by `time.monotonic`: a busy server may answer a later one first."""
    return getattr(getattr(getattr(request, "request", None), "state", None), "received", math.inf)


def session_of(request: gr.Request) -> str:
    """The visit's."""
    return request.session_hash or ""
