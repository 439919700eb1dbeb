"""Emotions and the class sets made of them: open4 and open7 of free corpora, RAVDESS's and MSP-Podcast's own eight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sermi.errors import SermiError

EMOTIONS: tuple[str, ...] = (
    "angry",
    "happy",
    "neutral",
    "sad",
    "fearful",
    "disgust",
    "surprised",
    "calm",
    "bored",
    "excited",
    "contempt",
)
"""Every emotion that a corpus reader may report, under the one name that SERMI uses for it."""

SYNONYMS: Mapping[str, str] = MappingProxyType(
    {
        "anger": "angry",
        "ang": "angry",
        "joy": "happy",
        "happiness": "happy",
        "hap": "happy",
        "neu": "neutral",
        "sadness": "sad",
        "fear": "fearful",
        "disgusted": "disgust",
        "surprise": "surprised",
        "boredom": "bored",
        "excitement": "excited",
        "exc": "excited",
    }
)
"""Spellings used by published corpora and by people's own tables."""


def canonical(name: str) -> str:
    """SERMI's name for an emotion as a corpus or a user spells it.

    Raises SermiError for a name that is neither an emotion nor a known synonym.

    >>> canonical("Joy ")
    'happy'
    """
    key = name.strip().lower()
    key = SYNONYMS.get(key, key)
    if key not in EMOTIONS:
        raise SermiError(f"'{name}' is not a known emotion; use one of {', '.join(EMOTIONS)}.")
    return key


@dataclass(frozen=True)
class ClassSet:
    """An ordered set of K classes."""

    name: str
    names: tuple[str, ...]
    """Of the classes: an emotion code c is a position among them."""
    merged: Mapping[str, str] = field(default_factory=dict)
    """Further emotions and the class that each is sent to in training; every other emotion is left out. Protocols test on
    recordings whose own label is one of `names`, since no two corpora agree on the others; only of a corpus that has nothing
    else of a class they test on what is merged into it."""

    def __len__(self) -> int:
        return len(self.names)

    def code(self, emotion: str) -> int | None:
        """The emotion code c, or None when the class set leaves this emotion out.

        >>> CLASS_SETS["open7"].code("calm")
        2
        """
        emotion = self.merged.get(emotion, emotion)
        return self.names.index(emotion) if emotion in self.names else None


CLASS_SETS: Mapping[str, ClassSet] = MappingProxyType(
    {
        class_set.name: class_set
        for class_set in (
            ClassSet("open4", ("angry", "happy", "neutral", "sad"), {"excited": "happy", "calm": "neutral"}),
            ClassSet(
                "open7",
                ("angry", "happy", "neutral", "sad", "fearful", "disgust", "surprised"),
                {"excited": "happy", "calm": "neutral"},
            ),
            ClassSet(
                "podcast8",
                ("angry", "sad", "happy", "surprised", "fearful", "disgust", "contempt", "neutral"),
            ),
            ClassSet("ravdess8", ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")),
        )
    }
)


def class_set(name: str) -> ClassSet:
    """The class set of that name. Raises SermiError for any other name."""
    if name not in CLASS_SETS:
        raise SermiError(f"'{name}' is not a class set; use one of {', '.join(CLASS_SETS)}.")
    return CLASS_SETS[name]
