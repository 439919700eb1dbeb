"""From figures to a word: what a set of generated features may be called, and the reason that decided.

Checks run in a fixed order, and the first that fails decides. A figure fails where it is outside the range of real sets and
also further off than anybody would mind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

Word = Literal["like real", "too narrow", "too wide", "off", "copies", "wrong emotions", "no voices", "told apart"]
WORDS: Mapping[Word, str] = {
    "like real": "could pass for real speech of other speakers",
    "too narrow": "less varied than real speech",
    "too wide": "strays further than real speech does",
    "off": "lies beside real speech",
    "copies": "holds copies of training samples",
    "wrong emotions": "shows other emotions than it says",
    "no voices": "lies where real speech does, but without the likeness of samples of one voice",
    "told apart": "a classifier tells it from real speech",
}
"""What each word means."""
_NEIGHBOURHOODS = ("precision", "recall", "density", "coverage")
_DEVIATIONS = 2 * 3**0.5
"""Of deals, on either side of their mean: the range of real sets. Deals are of the same speakers, so that the mean of a half
varies by σ²/N between them; a set of N/2 new speakers differs from their mean by σ²/(N/2) + σ²/N, three times as much."""
_FEWEST_COPIES = 0.03
_CORPUS_MARGIN = 0.8
_LEAST_TAUGHT = 0.75
"""Of what real features teach beyond chance."""
_SPREAD_MARGIN, _CLOSENESS_MARGIN, _BEYOND_MARGIN, _TEST_MARGIN = 0.25, 0.25, 0.03, 0.1
"""How far from real a figure is before anybody minds."""
_VOICES_MARGIN = 0.4
"""Directions between voices are those of a few speakers: a set that was made from these spreads more along them."""


@dataclass(frozen=True)
class Figure:
    """A measure of a set, what real sets reach, and the range in which single real sets lie."""

    value: float
    """Of the generated features, mean over deals."""
    real: float
    """Of real features of other speakers in their place, mean over deals."""
    low: float
    high: float

    @classmethod
    def of(cls, value: float, real: np.ndarray) -> Figure:
        """From what real sets (D,) reached."""
        mean, margin = float(real.mean()), _DEVIATIONS * float(real.std(ddof=1))
        return cls(value, mean, mean - margin, mean + margin)

    @property
    def ratio(self) -> float:
        return self.value / self.real if self.real else float(self.value == self.real)

    def above(self, margin: float) -> bool:
        """Whether it is over the range of real sets, and over their mean by more than a margin."""
        return self.value > max(self.high, self.real + margin)

    def below(self, margin: float) -> bool:
        return self.value < min(self.low, self.real - margin)


@dataclass(frozen=True)
class SetVerdict:
    """What a set is like, in a word, and all that the word rests on."""

    word: Word
    reason: str
    """The figure that decided, in words."""
    headline: float
    """The smallest of the ratios of precision, recall, density and coverage to those of real against real."""
    headline_of_real: float
    """What 95 % of single real sets reach at least."""
    figures: Mapping[str, Figure]
    """By name in `MEASURES`."""
    n_components: int
    """In which neighbourhoods and classifiers look."""
    n_deals: int
    n_samples: int
    """On each side of a deal."""
    by_speaker: bool
    """Whether speakers were dealt, or single rows because nobody named the speakers."""
    rarest_corpus: str = ""
    """The name of the corpus that the set lacks most; empty where no corpora were given."""
    missing: tuple[int, ...] = ()
    """Classes of the real features that were not generated, and not compared."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON, rounded."""
        content = {name: value for name, value in asdict(self).items() if name not in ("figures", "missing")}
        content |= {name: round(content[name], 4) for name in ("headline", "headline_of_real")}
        if self.missing:
            content["missing"] = list(self.missing)
        content["figures"] = {
            name: {key: round(number, 4) for key, number in asdict(figure).items()}
            for name, figure in self.figures.items()
        }
        return content


def headline_of(figures: Mapping[str, Figure]) -> float:
    return min(figures[name].ratio for name in _NEIGHBOURHOODS)


def decide(
    figures: Mapping[str, Figure],
    *,
    headline: float,
    headlines_of_real: Sequence[float],
    n_classes: int,
    **details: Any,
) -> SetVerdict:
    floor = Figure.of(headline, np.asarray(headlines_of_real)).low
    word, reason = next(
        _failures(figures, headline, floor, n_classes=n_classes, corpus=details["rarest_corpus"]), ("like real", "")
    )
    if not reason:
        reason = f"precision, recall, density and coverage are at least {headline:.2f} of real's, where real sets reach {floor:.2f} and more"
    return SetVerdict(word, reason, headline=headline, headline_of_real=floor, figures=figures, **details)


def _failures(
    figures: Mapping[str, Figure], headline: float, floor: float, *, n_classes: int, corpus: str
) -> Iterator[tuple[Word, str]]:
    closeness, copies, beyond = figures["closeness"], figures["copies"], figures["beyond"]
    if closeness.below(0.5):
        yield "too narrow", f"samples lie at {closeness.value:.2f} of the distance that real ones keep from each other"
    if copies.above(_FEWEST_COPIES):
        yield "copies", f"{copies.value:.0%} are near copies of training samples; of new real samples {copies.real:.0%}"
    if taught := figures.get("taught"):
        chance = 1 / n_classes
        if taught.value - chance < _LEAST_TAUGHT * (taught.real - chance) and taught.below(0):
            yield (
                "wrong emotions",
                f"a classifier that met it alone recognises {taught.value:.0%} of real speech; one taught by real speech {taught.real:.0%}",
            )
    spread = {name: figure for name, figure in figures.items() if name.startswith("spread_")}
    if headline < floor:
        least = min(_NEIGHBOURHOODS, key=lambda name: figures[name].ratio)
        word: Word = "too narrow" if least in ("recall", "coverage") else "off"
        if word == "off" and max(figure.value for figure in spread.values()) > 1 + _SPREAD_MARGIN:
            word = "too wide"
        yield word, f"{least} is {headline:.2f} of real's, where real sets reach {floor:.2f} and more"
    if (rarest := figures.get("rarest_corpus")) and rarest.below(_CORPUS_MARGIN):
        yield "too narrow", f"samples like those of {corpus} are {rarest.value:.2f} times as many as in real sets"
    for name, figure in spread.items():
        where = {"spread_classes": "between classes", "spread_voices": "between voices", "spread_rest": "elsewhere"}[
            name
        ]
        margin = _VOICES_MARGIN if name == "spread_voices" else _SPREAD_MARGIN
        if figure.below(margin):
            yield "too narrow", f"spread {where} is {figure.value:.2f} of real's"
        if figure.above(margin):
            yield "too wide", f"spread {where} is {figure.value:.2f} of real's"
    if beyond.above(_BEYOND_MARGIN):
        yield "too wide", f"{beyond.value:.0%} lie beyond the furthest real sample; of real sets {beyond.real:.0%}"
    if closeness.below(_CLOSENESS_MARGIN):
        yield "too narrow", f"samples lie at {closeness.value:.2f} of the distance that real ones keep from each other"
    if closeness.above(_CLOSENESS_MARGIN):
        yield "no voices", f"samples lie {closeness.value:.2f} times as far from each other as real ones do"
    for name in ("two_sample", "two_sample_mlp", "two_sample_neighbours"):
        if name in figures and figures[name].above(_TEST_MARGIN):
            test = figures[name]
            yield "told apart", f"a classifier puts {test.value:.0%} into the right set, real sets {test.real:.0%}"
