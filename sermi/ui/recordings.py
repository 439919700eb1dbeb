"""Recordings that visitors send, read within the page's limits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sermi.errors import AudioError
from sermi.ui.calls import note_audio
from sermi.ui.limits import MAX_BYTES, MAX_SECONDS
from sermi.ui.progress import Report

if TYPE_CHECKING:
    from sermi.audio import Recording
    from sermi.frontend import Progress


def read(path: str | None) -> Recording:
    """The recording behind an audio component's value. Raises AudioError where there is none to read."""
    if not path:
        raise AudioError("There is no recording yet; press record, drop a file or pick an example.")
    if not Path(path).is_file():
        raise AudioError("There is no such upload of yours on the server any more; record or upload it again.")
    from sermi import audio

    recording = audio.read(path, audio.Limits(MAX_SECONDS, MAX_BYTES))
    note_audio(recording.duration_s)
    return recording


def progress_of(recording: Recording, report: Report | None) -> Progress | None:
    """What the front end reports to, where anybody would wait for it."""
    if report is None or not recording.long:
        return None
    return lambda done_s: report(done_s, recording.duration_s)
