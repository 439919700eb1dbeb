"""What a visitor asks a generator for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sermi.errors import SermiError
from sermi.ui.voiced import CALM

if TYPE_CHECKING:
    import numpy as np

    from sermi.ui.voices import Sentence

MAX_SHOWN = 2_000
"""Samples on one map, where each is still a dot to point at."""


@dataclass(frozen=True)
class SampleRequest:
    """What a visitor asks a generator for. Raises SermiError for more samples than a map holds, or none."""

    checkpoint: str
    emotions: tuple[str, ...]
    n: int
    """Samples of each emotion."""
    seed: int = 0
    noise_scale: float = 1.0
    regulariser: str | None = None
    """Of the generator; None for the checkpoint's first."""
    pairs: bool = False
    """Whether each ĥ comes with a t̂."""
    text: str | None = None
    """The words to go with, for the data sheet."""
    t: np.ndarray | None = None
    """(dt,) their feature."""
    voice: tuple[Sentence, ...] = ()
    """Recordings of the voice whose samples to make; none for new voices."""

    def __post_init__(self) -> None:
        if not 1 <= self.n * len(self.emotions) <= MAX_SHOWN:
            most = MAX_SHOWN // max(1, len(self.emotions))
            emotions = f"{len(self.emotions)} emotions" if len(self.emotions) > 1 else "an emotion"
            raise SermiError(f"Ask for 1 to {most:,} samples of {emotions} at a time, not {self.n:,}.")

    def settings(self) -> dict[str, Any]:
        """What makes the same samples again; the fields of the command line's data sheet, and `asked`: recordings of the voice
        by the emotion that they were to be said with, where that isn't neutral."""
        asked = Counter(one.asked for one in self.voice)
        others = {emotion: n for emotion, n in asked.items() if emotion not in (None, CALM)}
        return {
            "checkpoint": self.checkpoint,
            "n": self.n,
            "text": self.text,
            "seed": self.seed,
            "pairs": self.pairs,
            "spread": self.noise_scale,
            "regulariser": self.regulariser,
            "emotions": list(self.emotions),
            **({"context": asked[None], "neutral": asked[CALM]} if self.voice else {}),
            **({"asked": others} if others else {}),
        }
