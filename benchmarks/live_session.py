"""What the page of a visitor who speaks sends, without a browser."""

from __future__ import annotations

import base64
from functools import cache
from typing import Self
from uuid import uuid4

import httpx
import numpy as np

from benchmarks.server import RefusedError

WINDOW_S, HOP_S = 2, 0.5


class LiveSession:
    """A visit."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=f"{url}/gradio_api", timeout=60, trust_env=False)
        self._session = uuid4().hex
        self._event = _event(url)

    def ask(self, samples: np.ndarray, end_s: float, rate: int) -> None:
        """Returns with the answer. Raises RefusedError where it isn't taken, RuntimeError where there is none.

        Args:
            samples: (n,) int16, what was spoken last, WINDOW_S of it at most.
            end_s: when they end, since the recording began.
            rate: samples a second.
        """
        pcm = base64.b64encode(samples.astype("<i2").tobytes()).decode()
        window = {"take": 1, "end": end_s, "rate": rate, "pcm": pcm}
        call = {"data": ["open4"], "fn_index": self._event, "event_data": window, "session_hash": self._session}
        joined = self._client.post("/queue/join", json=call)
        if joined.is_error:
            raise RefusedError(joined.status_code, joined.text)
        with self._client.stream("GET", "/queue/data", params={"session_hash": self._session}) as answers:
            for line in answers.iter_lines():
                if "process_completed" in line:
                    if '"success":true' not in line.replace(" ", ""):
                        raise RuntimeError(line[:200])
                    return
        raise RuntimeError("the answers ended without one")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """The visitor leaves."""
        self._client.close()


@cache
def _event(url: str) -> int:
    """The number of the page's event."""
    config = httpx.get(f"{url}/config", trust_env=False).json()
    live = next(one["id"] for one in config["components"] if one["props"].get("elem_id") == "live")
    return int(next(one["id"] for one in config["dependencies"] if [live, "input"] in one["targets"]))
