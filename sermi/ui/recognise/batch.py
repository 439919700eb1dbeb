"""Many recordings of one visitor: encoded once, answered again whenever it is known better who speaks in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sermi.ui.recognise.bundle import Row
from sermi.ui.recognise.whose import ALONE, FOLDER, START, TABLE, SpeakerTable, by_folder, by_start, cleaned

if TYPE_CHECKING:
    from sermi.prediction import Prediction
    from sermi.predictor import Encoded, Predictor

MOST_NAMED = 6
"""Speakers that a sentence counts one by one."""


@dataclass(frozen=True, eq=False)
class Take:
    """A recording, without its sound."""

    name: str
    clip: Encoded | None = None
    """None where it can't be used."""
    alone: Prediction | None = None
    """Its answer by itself."""
    problem: str = ""
    """Why it can't be used."""
    warnings: tuple[str, ...] = ()


@dataclass(eq=False)
class Batch:
    """All of them, in the order in which they came."""

    number: int = 0
    """Of the run that they came with."""
    checkpoint: str = ""
    takes: list[Take] = field(default_factory=list)
    way: str = ALONE
    """How speakers are known."""
    table: SpeakerTable | None = None
    typed: Mapping[int, str] = field(default_factory=dict)
    """Speakers as the visitor corrected them, by the take's place."""
    compared: tuple[int, ...] = ()
    """Two takes that are shown side by side, by their places."""
    is_done: bool = False
    """Whether no more takes come."""
    notes: list[str] = field(default_factory=list)
    """What was wrong with a table of speakers."""

    def speaker(self, place: int) -> str:
        """Who speaks in a take; '' where nobody knows."""
        if place in self.typed:
            return self.typed[place]
        name = self.takes[place].name
        if self.way == TABLE and self.table:
            return self.table.speakers.get(self.table.file(name) or "", "")
        return {FOLDER: by_folder, START: by_start}.get(self.way, lambda _: "")(name)

    def known_emotion(self, place: int) -> str | None:
        """What the table says of a take's emotion."""
        if self.way != TABLE or self.table is None:
            return None
        return self.table.known.get(self.table.file(self.takes[place].name) or "")

    def rows_alone(self) -> list[Row]:
        """Each by itself, as soon as it is there."""
        return [self._row(place, take.alone) for place, take in enumerate(self.takes)]

    def rows(self, predictor: Predictor) -> list[Row]:
        """Each with the others of its speaker as context."""
        answers = {
            place: answer for places in self._voices() for place, answer in self._answers(predictor, places).items()
        }
        return [self._row(place, answers.get(place, take.alone)) for place, take in enumerate(self.takes)]

    def _voices(self) -> Iterator[list[int]]:
        """The places of each speaker's takes, where there are several."""
        places: dict[str, list[int]] = {}
        for place, take in enumerate(self.takes):
            if take.clip is not None and self.speaker(place):
                places.setdefault(self.speaker(place), []).append(place)
        return (of_one for of_one in places.values() if len(of_one) > 1)

    def _answers(self, predictor: Predictor, places: list[int]) -> dict[int, Prediction]:
        from sermi.speakers import answers_of_one_voice

        clips = {place: clip for place in places if (clip := self.takes[place].clip) is not None}
        known = {place: self.known_emotion(place) for place in places}
        names = {place: self.takes[place].name for place in places}
        return answers_of_one_voice(predictor, predictor.new_voice(), clips, known, names)

    def _row(self, place: int, answer: Prediction | None) -> Row:
        take = self.takes[place]
        return Row(take.name, answer, take.problem, take.warnings, self.speaker(place))

    def correct(self, speakers: Mapping[int, str]) -> None:
        """Speakers as they were typed beside the takes; what is as before isn't a correction."""
        self.typed = {}
        given = {place: self.speaker(place) for place in range(len(self.takes))}
        typed = {place: cleaned(name) for place, name in speakers.items() if place in given}
        self.typed = {place: name for place, name in typed.items() if name != given[place]}

    def understood(self) -> str:
        """Who speaks in how many of them, in a sentence."""
        count = Counter(name for place in range(len(self.takes)) if (name := self.speaker(place)))
        if not count:
            return "" if self.way == ALONE else "No speaker is known: each is answered by itself."
        listed = ", ".join(f"{name} ({n})" for name, n in count.most_common(MOST_NAMED))
        more = f" and {len(count) - MOST_NAMED} more" if len(count) > MOST_NAMED else ""
        unknown = len(self.takes) - sum(count.values())
        rest = f"; of {unknown} nobody knows" if unknown else ""
        speakers = "1 speaker" if len(count) == 1 else f"{len(count)} speakers"
        by = ", as typed" if self.typed else ""
        return f"{speakers}{by}: {listed}{more}{rest}. Files of one speaker are answered together."
