"""Words that not everybody knows: explained where they first stand, and in a list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from types import MappingProxyType

TERMS: Mapping[str, str] = MappingProxyType(
    {
        "feature": "The numbers that stand for the voice in one recording; what the recogniser decides by.",
        "generator": "A network that draws new features of an emotion, which no recording has.",
        "regulariser": "What the generator is held to while it learns: how much its samples say about their emotion.",
        "critic": "A small model that learns to read the emotion from features, to measure how much they say about it.",
        "information": "How much is known of the emotion once a feature is seen: nothing, or up to all.",
        "bit": "A unit of information: the answer to one question of yes or no. Four equally likely emotions take two.",
        "nat": "Another unit of information: 1.44 bits.",
        "noise scale": "How far samples lie from the middle of their emotion; 1 is as the generator was trained.",
        "seed": "The number that chance starts from: the same seed gives the same samples again.",
        "checkpoint": "A trained model: recogniser and generators.",
        "t-SNE": "A map that keeps neighbours together; distances across it mean little.",
        "principal components": "The directions in which real features differ most.",
        "over-conditioned": "The emotion is plainer in the samples than in real voices on average.",
        "precision": "The share of samples that lie where real speech lies.",
        "recall": "The share of real speech near which there is a sample. Of a recogniser: the share it gets right.",
        "density": "How many real neighbourhoods a sample lies in.",
        "coverage": "The share of real neighbourhoods with a sample in them.",
        "UA": "The mean over emotions of the share that is recognised rightly.",
    }
)
_WORDS = re.compile(
    r"(?<![\w-])(" + "|".join(map(re.escape, sorted(TERMS, key=len, reverse=True))) + r")(s?)(?![\w-])", re.I
)


def explained(markup: str) -> str:
    """HTML of ours in which each hard word is explained on hover where it first stands."""
    seen: set[str] = set()

    def explain(match: re.Match[str]) -> str:
        term = next(term for term in TERMS if term.lower() == match[1].lower())
        if term in seen:
            return match[0]
        seen.add(term)
        return f'<abbr title="{escape(TERMS[term])}">{match[0]}</abbr>'

    # between tags only
    return "".join(
        part if part.startswith("<") else _WORDS.sub(explain, part) for part in re.split("(<[^>]*>)", markup)
    )


def listed() -> str:
    """All of them, to be opened."""
    entries = "".join(f"<div><dt>{escape(term)}</dt><dd>{escape(text)}</dd></div>" for term, text in TERMS.items())
    return f'<details class="glossary"><summary>What the words mean</summary><dl>{entries}</dl></details>'
