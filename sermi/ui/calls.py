"""What is known of a call: how long it took, how it ended and how much came. Never what was sent, nor by whom."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

from sermi.errors import SermiError

Outcome = Literal["ok", "refused", "failed"]


@dataclass
class Call:
    """Of an endpoint or of the page, under way or over."""

    endpoint: str
    seconds: float = 0.0
    """Of work, without waiting for a turn."""
    outcome: Outcome = "ok"
    kind: str = ""
    """Of the reason why it was refused, or the class of the exception that it failed with."""
    n_bytes: int = 0
    """Of the files that it names."""
    audio_s: float = 0.0
    """Seconds of the recordings that were read."""

    def refuse(self, kind: str) -> None:
        """It ended in a sentence for who called."""
        self.outcome, self.kind = "refused", kind

    def end_with(self, error: BaseException) -> None:
        """It ended in an error: one that users cause, or a bug."""
        if isinstance(error, SermiError):
            self.refuse(type(error).__name__.removesuffix("Error").lower())
        else:
            self.outcome, self.kind = "failed", type(error).__name__


current: ContextVar[Call | None] = ContextVar("current", default=None)
"""The call that the code which reads this works for."""


def note_error(error: BaseException) -> None:
    """The call under way ends in this error, whatever becomes of it on the page."""
    if call := current.get():
        call.end_with(error)


def note_refusal(kind: str) -> None:
    """The call under way ends in a sentence that no `SermiError` brings."""
    if call := current.get():
        call.refuse(kind)


def note_audio(seconds: float) -> None:
    """The call under way reads a recording of this length."""
    if call := current.get():
        call.audio_s += seconds
