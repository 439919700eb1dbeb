"""Logs: lines for people, or with SERMI_LOG_FORMAT=json one JSON object a line, with one line for each call.

Those hold nothing of a visitor. Messages of exceptions may quote what was sent, so of an exception only its class and where
it was raised are kept.
"""

from __future__ import annotations

import json
import logging
import os
import traceback
from datetime import UTC, datetime
from pathlib import Path

from sermi.errors import SermiError
from sermi.ui.calls import Call
from sermi.ui.queues import LIVE

FORMAT, LEVEL = "SERMI_LOG_FORMAT", "SERMI_LOG"
"""Environment variables: json or text; the least level."""
WINDOWS = f"page:{LIVE['concurrency_id']}"
_PLACES = 8
"""Of a traceback, the innermost."""

log = logging.getLogger(__name__)


def set_up() -> None:
    """As the environment says. Raises SermiError where it says what there isn't."""
    level = os.environ.get(LEVEL, "INFO").upper()
    if level not in logging.getLevelNamesMapping():
        raise SermiError(f"{LEVEL} is {level!r}; set it to DEBUG, INFO, WARNING or ERROR.")
    if os.environ.get(FORMAT, "text") not in ("json", "text"):
        raise SermiError(f"{FORMAT} is {os.environ[FORMAT]!r}; set it to json or text.")
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")
    if is_json():
        logging.captureWarnings(True)
        for handler in logging.getLogger().handlers:
            handler.setFormatter(_Json())
    for client in ("httpx", "httpx2"):
        logging.getLogger(client).setLevel(logging.WARNING)


def is_json() -> bool:
    """Whether lines are JSON."""
    return os.environ.get(FORMAT) == "json"


def report(call: Call) -> None:
    """A line about a call that is over, where lines are JSON: people would not read so many.

    Windows of what is being spoken come twice a second from each visitor: metrics count them, lines only tell of failures.
    """
    if is_json() and (call.endpoint != WINDOWS or call.outcome == "failed"):
        log.info("call", extra={"call": call})


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            # what others' libraries fill into theirs, or put below it, may quote an input
            "message": record.getMessage() if record.name.startswith("sermi.") else str(record.msg).split("\n")[0],
        }
        if isinstance(call := getattr(record, "call", None), Call):
            line |= _of(call)
        if record.exc_info and record.exc_info[1] is not None:
            line |= _raised(record.exc_info[1])
        return json.dumps(line)


def _of(call: Call) -> dict[str, object]:
    return {
        "endpoint": call.endpoint,
        "seconds": round(call.seconds, 3),
        "outcome": call.outcome,
        **({"kind": call.kind} if call.kind else {}),
        "bytes": call.n_bytes,
        "audio_s": round(call.audio_s, 1),
    }


def _raised(error: BaseException) -> dict[str, object]:
    """The class of an exception and where it came from: file names without folders, and lines."""
    frames = traceback.extract_tb(error.__traceback__)[-_PLACES:]
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return {"exception": type(error).__name__, "at": places}
