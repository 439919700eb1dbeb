"""From figures to a word: what a set of generated features may be called, and the reason that decided.

Checks run in a fixed order, and the first that fails decides. A figure fails where it is outside the range of real sets and
also further off than anybody would mind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any, Literal

import numpy as np

Word = Literal[
    "like real", "too narrow", "too wide", "off", "copies", "wrong emotions", "no voices", "told apart", "undecided"
]
WORDS: Mapping[str, str] = {
    "like real": "could pass for real speech of other speakers",
    "too narrow": "is less varied than real speech",
    "too wide": "strays further than real speech does",
    "off": "lies beside real speech",
    "copies": "holds copies of training samples",
    "wrong emotions": "shows other emotions than it says",
    "no voices": "lies where real speech does, but without the likeness of samples of one voice",
    "told apart": "can be told from real speech by a classifier",
    "undecided": "can't be judged by so few real speakers",
}
"""What each word means."""
_NEIGHBOURHOODS = ("precision", "recall", "density", "coverage")
_DEVIATIONS = 2 * 3**0.5
"""Of deals, on either side of their mean: the range of real sets. Deals are of the same speakers, so that the mean of a half
varies by σ²/N between them; a set of N/2 new speakers differs from their mean by σ²/(N/2) + σ²/N, three times as much."""
_SANE = 0.2
"""Precision, recall, density and coverage of real against real, under any of which nothing can be held against it."""
_LEAST_TAUGHT = 0.75
"""Of what real features teach beyond chance."""
_COPIES_MARGIN, _REPEATS_MARGIN, _CLOSENESS_MARGIN = 0.03, 0.5, 0.25
_SPREAD_MARGIN, _BEYOND_MARGIN, _TEST_MARGIN, _CORPUS_MARGIN = 0.25, 0.03, 0.1, 0.8
"""How far from real a figure is before anybody minds."""
_VOICES_MARGIN = 0.4
"""Directions between voices are those of a few speakers: a set that was made from these spreads more along them."""
_SPREADS = {
    "spread_classes": "between classes",
    "spread_voices": "between voices",
    "spread_rest": "across both",
}
_TESTS = {
    "two_sample": "logistic regressions",
    "two_sample_mlp": "networks",
    "two_sample_neighbours": "nearest neighbours",
}


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
    """The smallest of the ratios of precision, recall, density and coverage to those of real against real."""
    return min(figures[name].ratio for name in _NEIGHBOURHOODS)


def decide(
    figures: Mapping[str, Figure],
    *,
    headlines_of_real: Sequence[float],
    n_classes: int,
    rarest_corpus: str,
    **details: Any,
) -> SetVerdict:
    """The verdict on figures.

    Args:
        figures: by name, all that could be measured.
        headlines_of_real: (D,) the headlines of single real sets beside the mean of all.
        n_classes: K.
        rarest_corpus: that the figure of this name is about.
        details: the other fields of the verdict.
    """
    headline = headline_of(figures)
    floor = max(0.0, Figure.of(headline, np.asarray(headlines_of_real)).low)
    passed: tuple[Word, str] = (
        "like real",
        f"precision, recall, density and coverage are {headline:.2f} of real's or more; real sets reach {floor:.2f}",
    )
    failures = chain(
        _of_samples(figures, n_classes), _of_places(figures, headline, floor, rarest_corpus), _of_spread(figures)
    )
    word, reason = next(failures, passed)
    return SetVerdict(
        word,
        reason,
        headline=headline,
        headline_of_real=floor,
        figures=figures,
        rarest_corpus=rarest_corpus,
        **details,
    )


def _of_samples(figures: Mapping[str, Figure], n_classes: int) -> Iterator[tuple[Word, str]]:
    """Repeats, copies and labels: what can be seen however few the real speakers are."""
    closeness, copies, chance = figures["closeness"], figures["copies"], 1 / n_classes
    if closeness.below(_REPEATS_MARGIN):
        yield "too narrow", _distance_to_each_other(closeness)
    if copies.above(_COPIES_MARGIN):
        yield "copies", f"{copies.value:.0%} are near copies of training samples; of new real samples {copies.real:.0%}"
    if (taught := figures.get("taught")) and taught.below((1 - _LEAST_TAUGHT) * (taught.real - chance)):
        yield (
            "wrong emotions",
            f"a classifier that met nothing else recognises {taught.value:.0%} of real speech, and {taught.real:.0%} when "
            "taught by real speech",
        )


def _of_places(
    figures: Mapping[str, Figure], headline: float, floor: float, rarest_corpus: str
) -> Iterator[tuple[Word, str]]:
    """Where samples lie, by their neighbourhoods."""
    least_real = min(_NEIGHBOURHOODS, key=lambda name: figures[name].real)
    if figures[least_real].real < _SANE:
        yield (
            "undecided",
            f"{least_real} of real against real is {figures[least_real].real:.2f}; give more speakers of each corpus",
        )
    if headline < floor:
        # a set that is too wide covers little, too, so what it lacks more decides: reach, or a place among real ones
        if figures["recall"].ratio < figures["precision"].ratio:
            word: Word = "too narrow"
            least = min("recall", "coverage", key=lambda name: figures[name].ratio)
        else:
            widest = max(figures[name].value for name in _SPREADS if name in figures)
            word = "too wide" if widest > 1 + _SPREAD_MARGIN else "off"
            least = min("precision", "density", key=lambda name: figures[name].ratio)
        yield word, f"{least} is {figures[least].ratio:.2f} of real's; real sets reach {floor:.2f} in all four measures"
    if (rarest := figures.get("rarest_corpus")) and rarest.below(_CORPUS_MARGIN):
        yield (
            "too narrow",
            f"samples like those of {rarest_corpus} are {rarest.value:.2f} times as many as in real sets",
        )


def _of_spread(figures: Mapping[str, Figure]) -> Iterator[tuple[Word, str]]:
    """How far samples lie from the middle, from each other, and from what a classifier takes for real."""
    closeness, beyond = figures["closeness"], figures["beyond"]
    failing = {}
    for name, where in _SPREADS.items():
        margin = _VOICES_MARGIN if name == "spread_voices" else _SPREAD_MARGIN
        if (figure := figures.get(name)) and (figure.below(margin) or figure.above(margin)):
            failing[where] = figure.value
    if failing:
        where, value = max(failing.items(), key=lambda item: abs(np.log(max(item[1], 1e-9))))
        yield "too narrow" if value < 1 else "too wide", f"spread {where} is {value:.2f} of real's"
    if beyond.above(_BEYOND_MARGIN):
        yield "too wide", f"{beyond.value:.0%} lie beyond the furthest real sample; of real sets {beyond.real:.0%}"
    if closeness.below(_CLOSENESS_MARGIN):
        yield "too narrow", _distance_to_each_other(closeness)
    if closeness.above(_CLOSENESS_MARGIN):
        yield "no voices", _distance_to_each_other(closeness)
    for name, how in _TESTS.items():
        if (test := figures.get(name)) and test.above(_TEST_MARGIN):
            yield "told apart", f"{how} put {test.value:.0%} into the right set, and {test.real:.0%} of real sets"


def _distance_to_each_other(closeness: Figure) -> str:
    return f"samples lie {closeness.value:.2f} times as far from each other as real ones do"
