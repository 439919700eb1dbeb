"""Speech to try: clips that the installed `moonshine-voice` package carries. None of them is labelled with an emotion."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sermi.encoders.moonshine import assets_folder
from sermi.errors import EncoderError


@dataclass(frozen=True)
class Example:
    """A clip with what is said about it; words is its transcript, '' where the visitor should try without."""

    file: str
    title: str
    caption: str
    words: str = ""

    @property
    def path(self) -> Path:
        return assets_folder() / self.file


_ALL = (
    Example(
        "beckett.wav",
        "Beckett, read aloud",
        "“Ever tried. Ever failed.” 10\N{NO-BREAK SPACE}s, with its words",
        "Ever tried. Ever failed. No matter. Try again. Fail again. Fail better.",
    ),
    Example(
        "two_cities.wav",
        "A Tale of Two Cities",
        "The opening, read aloud. 44\N{NO-BREAK SPACE}s, with its words",
        "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, "
        "it was the epoch of belief, it was the epoch of incredulity, it was the season of light, it was the season of "
        "darkness, it was the spring of hope, it was the winter of despair.",
    ),
    Example("endgame_nagg_nell.wav", "Endgame, a scene", "Two actors in dialogue. 28\N{NO-BREAK SPACE}s, voice only"),
    Example("clone-test.wav", "An unscripted remark", "“I think that America…” 4\N{NO-BREAK SPACE}s, voice only"),
)


def examples() -> list[Example]:
    """The clips that are installed; none where the package is missing."""
    try:
        folder = assets_folder()
    except EncoderError:
        return []
    return [example for example in _ALL if (folder / example.file).is_file()]
