"""A sentence answered with what is known of the visitor's voice, and what it adds to that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sermi.checkpoint import Checkpoint
    from sermi.prediction import Prediction
    from sermi.predictor import Encoded, Predictor, Utterance
    from sermi.recorded_voice import RecordedVoice
    from sermi.ui.voices import Sentence

CALM = "neutral"
"""The emotion of a sentence that was read calmly."""


@dataclass(frozen=True)
class Standing:
    """How a recording goes with the sentences of a voice."""

    fits: bool = True
    """Whether it can be of the same voice; of nobody's it always can."""
    emotions: Mapping[int, str] = field(default_factory=dict)
    """What the sentences before it sound like now, by number."""
    left_out: frozenset[int] = frozenset()
    """Numbers of those that don't sound like the others; 0 for the recording itself."""


def answer_with(
    predictor: Predictor, encoded: Encoded, sentences: Sequence[Sentence], *, path: str, asked: str | None
) -> tuple[Prediction, Standing]:
    """The emotion of a recording given sentences of the same voice, each answered again given all others.

    Args:
        predictor: of a checkpoint, with a voice model or without.
        encoded: the recording.
        sentences: the recording itself may be among them, and ones of other encoders, which say nothing.
        path: where the recording is, as a sentence of it has it.
        asked: the emotion that it was to be said with, which is taken for known; None where nothing was asked for. It has no
            part in its own answer.
    """
    if predictor.checkpoint.voices is None:
        return predictor.answer(encoded), Standing()
    sentences = [one for one in sentences if one.utterance.frontend == encoded.utterance.frontend]
    others = [one for one in sentences if not one.is_also(path, encoded.utterance)]
    voice = _voice_of_those_alike(predictor.checkpoint, others)
    fits = not len(voice) or voice.context(encoded.h[0]).n > 0
    prediction = predictor.answer(encoded, voice if fits else None)
    if not fits or not encoded.utterance.is_enough:
        return prediction, Standing(fits)
    numbers = [*(one.number for one in others), 0]
    voice = known_voice(predictor.checkpoint, others)
    voice.add(encoded.utterance, emotion=_known(predictor.checkpoint, asked))
    return prediction, Standing(
        emotions={one.number: predictor.answer(predictor.restored(one.utterance), voice).emotion for one in others},
        left_out=frozenset(numbers[row] for row in voice.left_out),
    )


def answer_in_passing(predictor: Predictor, encoded: Encoded, sentences: Sequence[Sentence]) -> Prediction:
    """The emotion of a part of what is being spoken, given sentences of the same voice, which it isn't added to."""
    if predictor.checkpoint.voices is None:
        return predictor.answer(encoded)
    known = [one for one in sentences if one.utterance.frontend == encoded.utterance.frontend]
    return predictor.answer(encoded, _voice_of_those_alike(predictor.checkpoint, known))


def _voice_of_those_alike(checkpoint: Checkpoint, sentences: Sequence[Sentence]) -> RecordedVoice:
    """`known_voice` without the sentences that don't sound like the others."""
    voice = known_voice(checkpoint, sentences)
    for row in sorted(voice.left_out, reverse=True):
        voice.remove(row)
    return voice


def known_voice(checkpoint: Checkpoint, sentences: Sequence[Sentence]) -> RecordedVoice:
    """What a checkpoint knows of a voice by its sentences, which are encoded already."""
    from sermi.recorded_voice import RecordedVoice

    voice = RecordedVoice(checkpoint, embed=_never)
    for one in sentences:
        voice.add(one.utterance, emotion=_known(checkpoint, one.asked))
    return voice


def _known(checkpoint: Checkpoint, asked: str | None) -> str | None:
    """An emotion that a checkpoint has, else None."""
    return asked if asked in checkpoint.config.classes else None


def _never(_: object) -> Utterance:
    raise TypeError("sentences of a page are encoded")
