"""What is known of each visitor's voice while they are on the page: features of sentences, never their sound.

It is kept here and not in a component: two requests of one page may run at the same time, and what is known is to be gone
when the page is.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sermi.ui.uploads import MAX_AGE_S

if TYPE_CHECKING:
    from sermi.predictor import Utterance

MAX_SENTENCES = 30
"""Of a visitor; more would make answers little better and the page slower."""
_SAME = 1e-3
"""Relative distance of embeddings under which recordings are the same."""


@dataclass(frozen=True, eq=False)
class Sentence:
    """A recording that is part of a voice."""

    path: str
    """Where it was, to know it again: the file itself goes when another one comes."""
    utterance: Utterance
    emotion: str
    """As it was answered last."""
    asked: str | None = None
    """The emotion that it was to be said with, which is taken for known; None where nothing was asked for."""
    number: int = 0
    """By which the page names it; none is used twice in a visit."""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def is_also(self, path: str, utterance: Utterance) -> bool:
        """Whether it is the same recording, encoded likewise."""
        if self.utterance.frontend != utterance.frontend:
            return False
        distance = np.linalg.norm(self.utterance.a - utterance.a)
        return Path(self.path) == Path(path).resolve() or bool(distance <= _SAME * np.linalg.norm(utterance.a))


@dataclass(frozen=True)
class VisitorVoice:
    """All that is known of a visitor."""

    sentences: tuple[Sentence, ...] = ()
    """In the order in which they were spoken."""
    left_out: frozenset[int] = frozenset()
    """Numbers of those that don't sound like the others."""
    stranger: Sentence | None = None
    """The last recording, where it sounds like someone else."""
    reading: int | None = None
    """Which calm sentence is to be read next; None where none is."""
    read: str = ""
    """Where the last recording of a calm sentence is."""
    unwanted: str = ""
    """The recording on the page, where it was taken out of the voice."""
    count: int = 0
    """Sentences so far, with those that left."""

    def of(self, frontend: str) -> tuple[Sentence, ...]:
        """The sentences that a model with this encoder knows."""
        return tuple(one for one in self.sentences if one.utterance.frontend == frontend)

    def asked(self, path: str) -> str | None:
        """What a recording that is among the sentences was to be said with."""
        return next((one.asked for one in self.sentences if one.path == path), None)

    def alike(self, frontend: str) -> tuple[Sentence, ...]:
        """Those of them that sound like the same voice."""
        return tuple(one for one in self.of(frontend) if one.number not in self.left_out)

    def with_shown(self, path: str) -> VisitorVoice:
        """When a recording is on the page: what was to be read is no longer, and what was true of another one isn't."""
        stranger = self.stranger if self.stranger and self.stranger.path == path else None
        return replace(self, reading=None, stranger=stranger, unwanted=self.unwanted if self.unwanted == path else "")

    def with_sentence(
        self, sentence: Sentence, emotions: Mapping[int, str] | None = None, left_out: frozenset[int] = frozenset()
    ) -> VisitorVoice:
        """With one more, in the place of what was the same recording; 0 as its number stands for the next one.

        What that was to be said with stays known where this one was to be said with nothing.

        Args:
            sentence: the new one.
            emotions: what earlier ones sound like now, by number.
            left_out: as of the voice, 0 for the new one.
        """
        if sentence.path == self.unwanted:
            return self
        same = next((one for one in self.sentences if one.is_also(sentence.path, sentence.utterance)), None)
        number, at = (same.number, same.at) if same else (self.count + 1, sentence.at)
        asked = sentence.asked or (same.asked if same else None)
        emotions = dict(emotions or {})
        kept = [
            replace(one, emotion=emotions.get(one.number, one.emotion)) for one in self.sentences if one is not same
        ]
        if len(kept) >= MAX_SENTENCES:
            del kept[next((i for i, one in enumerate(kept) if one.asked is None), 0)]
        kept.append(replace(sentence, number=number, at=at, asked=asked))
        return replace(
            self,
            sentences=tuple(sorted(kept, key=lambda one: one.number)),
            left_out=frozenset(number if one == 0 else one for one in left_out),
            stranger=None,
            count=max(self.count, number),
        )

    def without(self, number: int, shown: str) -> VisitorVoice:
        """Without one sentence. shown: the recording on the page, which is not to come back by being answered again."""
        paths = {one.path for one in self.sentences if one.number == number}
        kept = tuple(one for one in self.sentences if one.number != number)
        return replace(self, sentences=kept, unwanted=shown if shown in paths else self.unwanted)

    def without_recording(self, path: str | None) -> VisitorVoice:
        """After a recording was removed from the page, whichever models know it."""
        kept = tuple(one for one in self.sentences if one.path != path)
        return replace(self, sentences=kept, stranger=None, unwanted="")

    def of_someone_else(self) -> VisitorVoice:
        """Of the stranger alone, or of nobody yet."""
        anew = VisitorVoice(count=self.count)
        return anew.with_sentence(self.stranger) if self.stranger else anew


class Voices:
    """The voices of all visitors, by session. Safe to share between threads."""

    def __init__(self) -> None:
        self._voices: dict[str, VisitorVoice] = {}
        self._changed: dict[str, float] = {}
        self._lock = threading.Lock()

    def of(self, session: str) -> VisitorVoice:
        """What is known now."""
        with self._lock:
            return self._voices.get(session, VisitorVoice())

    def change(self, session: str, change: Callable[[VisitorVoice], VisitorVoice]) -> VisitorVoice:
        """What is known after a change, which no other change comes between."""
        with self._lock:
            self._forget_the_old()
            before = self._voices.get(session, VisitorVoice())
            after = change(before)
            if after is not before:
                self._voices[session], self._changed[session] = after, time.monotonic()
            return after

    def drop(self, session: str) -> None:
        """The visitor has left."""
        with self._lock:
            self._voices.pop(session, None)
            self._changed.pop(session, None)

    def _forget_the_old(self) -> None:
        """Of pages that were lost without a goodbye."""
        now = time.monotonic()
        for session in [one for one, changed in self._changed.items() if now - changed > MAX_AGE_S]:
            del self._voices[session], self._changed[session]
