"""Emotions and class sets."""

import pytest

from sermi.errors import SermiError
from sermi.labels import CLASS_SETS, EMOTIONS, SYNONYMS, canonical, class_set

OPEN4 = ("angry", "happy", "neutral", "sad")


def test_class_sets_are_those_of_the_design():
    assert set(CLASS_SETS) == {"open4", "open7", "ravdess8", "podcast8"}
    assert class_set("open4").names == OPEN4
    assert class_set("open7").names == (*OPEN4, "fearful", "disgust", "surprised")
    assert set(class_set("ravdess8").names) == {*class_set("open7").names, "calm"}
    assert [len(class_set(name)) for name in ("open4", "open7", "ravdess8", "podcast8")] == [4, 7, 8, 8]


@pytest.mark.parametrize(
    ("name", "emotion", "into"),
    [
        ("open4", "excited", "happy"),
        ("open4", "fearful", None),
        ("open7", "excited", "happy"),
        ("open7", "calm", "neutral"),
        ("open7", "bored", None),
        ("ravdess8", "calm", "calm"),
        ("ravdess8", "excited", None),
    ],
)
def test_what_is_merged_and_what_is_left_out(name, emotion, into):
    chosen = class_set(name)
    assert chosen.code(emotion) == (None if into is None else chosen.names.index(into))


@pytest.mark.parametrize("name", CLASS_SETS)
def test_codes_are_positions(name):
    chosen = class_set(name)
    assert [chosen.code(emotion) for emotion in chosen.names] == list(range(len(chosen)))
    assert set(chosen.names) | set(chosen.merged) <= set(EMOTIONS)
    assert set(chosen.merged.values()) <= set(chosen.names)


def test_spellings():
    assert all(canonical(f" {emotion.upper()}\n") == emotion for emotion in EMOTIONS)
    assert all(canonical(spelling) == emotion for spelling, emotion in SYNONYMS.items())
    assert set(SYNONYMS.values()) <= set(EMOTIONS)


def test_unknown_names_are_named():
    with pytest.raises(SermiError, match="'grumpy' is not a known emotion; use one of angry, "):
        canonical("grumpy")
    with pytest.raises(SermiError, match="'open5' is not a class set; use one of open4, open7, podcast8, ravdess8"):
        class_set("open5")
