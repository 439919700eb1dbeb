"""The emotion of a recording, with all that is said about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sermi.speech import Span


@dataclass(frozen=True)
class Segment:
    """The voice's probabilities over one window of the recording."""

    start_s: float
    end_s: float
    probabilities: Mapping[str, float]


@dataclass(frozen=True)
class Prediction:
    """The emotion of one recording. Probabilities are by class name and sum to 1."""

    emotion: str
    confidence: float
    sure: bool
    """Whether the confidence reaches the threshold that was chosen on speakers not trained on, for enough of a recording."""
    probabilities: Mapping[str, float]
    """The fusion of `audio_only` and `text_only`, or the voice's alone when there is no transcript."""
    audio_only: Mapping[str, float]
    """With the context, where there is any."""
    text_only: Mapping[str, float] | None
    transcript: str | None
    duration_s: float
    speech_s: float
    """Seconds in which somebody speaks."""
    speech: Sequence[Span]
    """Where that is, in seconds."""
    segments: Sequence[Segment]
    """Windows with speech, in order; pauses are left out."""
    warnings: Sequence[str]
    context: int = 0
    """How many other recordings of the speaker it rests on."""
    without_context: Mapping[str, float] | None = None
    """What `probabilities` would be without these; None where there are none."""
