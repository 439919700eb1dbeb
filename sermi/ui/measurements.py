"""What was measured of a checkpoint and of the method, as the page shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sermi.known_sentences import KnownSentences

NEW_VOICE, CLIPS = "new-voice", "8"
"""The protocol of voices never heard, and how many unlabelled clips of each are known in what the page shows of it."""
TITLES: Mapping[str, str] = MappingProxyType(
    {
        NEW_VOICE: f"A voice never heard, {CLIPS} clips known",
        "ravdess": "All training actors",
        "low-resource": "Four training actors",
        "imbalance": "Three classes cut to 10 %",
        "paired": "Voice and words (label-matched)",
    }
)
"""Protocol -> its title on the page, in the order in which they are shown."""
SAME_BUT_FEWER = ("low-resource", "ravdess")
"""Protocols that differ in nothing but how much there is to train on, the least first: a learning curve."""
INFORMATION = "information"
OURS = ("sermi-match", "sermi-maximise")
NONE = "none"
_REFERENCE = "reference: "


@dataclass(frozen=True)
class Missing:
    """What was not measured, and the command that measures it."""

    what: str
    command: str


@dataclass(frozen=True)
class Augmented:
    """One way to train the last layer: its mean over runs."""

    name: str
    title: str
    ua: float
    gain: float
    """Over real data alone, in UA from 0 to 1, paired."""
    interval: tuple[float, float]
    """Of the gain, 95 %."""
    runs: int
    measures: Mapping[str, float]
    """Of its generated set, by name; information in nats."""
    real: Mapping[str, float]
    """What real data reaches in the same measures."""
    confusion: Sequence[Sequence[int]] = ()
    """(K, K) counts, rows are true classes; empty where the file lacks them."""
    partial: bool = False
    """Whether it is not done for all folds and seeds yet, so not to be compared."""

    @property
    def short_title(self) -> str:
        """Of a way without generated data, as it stands within a sentence, without what kind of way it is."""
        title = self.title.removeprefix("Reference: ")
        return title if title[:2].isupper() else title[:1].lower() + title[1:]

    @property
    def points(self) -> str:
        """Its gain, in words."""
        low, high = self.interval
        return f"{100 * self.gain:+.1f} points ({100 * low:+.1f} to {100 * high:+.1f})"

    @property
    def generates(self) -> bool:
        return self.name != NONE and not self.reference

    @property
    def reference(self) -> bool:
        """Real data alone, by another last layer than the one that generated data is added to."""
        return self.name.startswith(_REFERENCE)

    @property
    def information(self) -> float | None:
        return self.measures.get(INFORMATION)


OF_BEFORE = "; by an earlier version, whose features were of pauses, too, and whose generator drew no voices"


@dataclass(frozen=True)
class Comparison:
    """What `compare` or `ablate` measured for one protocol."""

    protocol: str
    command: str
    folds: int
    seeds: int
    ways: Sequence[Augmented]
    """From the worst to the best."""
    n_train: float | None = None
    """Recordings that were trained on, the mean over folds."""
    classes: Sequence[str] = ()
    is_of_today: bool = True
    """Whether it says what its features depend on, as results do that were run since pauses have no part in features."""
    folds_are: str = "speaker-disjoint folds"
    gains_are: str = "gains paired by fold, with 95 % intervals by Student's t"

    @property
    def title(self) -> str:
        """What the page calls it."""
        title = TITLES.get(self.protocol, self.protocol)
        return f"One choice at a time: {title.lower()}" if self.ablates else title

    @property
    def ablates(self) -> bool:
        """Whether options of one augmenter are compared with each other."""
        return any(":" in way.name for way in self.ways if not way.reference)

    @property
    def keeps_sets(self) -> bool:
        """Whether it says what generated sets are like, and what is mistaken for what."""
        return any(way.measures for way in self.ways)

    @property
    def none(self) -> Augmented:
        """Real data alone, with the same last layer."""
        return next(way for way in self.ways if way.name == NONE)

    @property
    def best_reference(self) -> Augmented:
        """The best of those that use no generated data."""
        return max((way for way in self.ways if not way.generates), key=lambda way: way.ua)

    @property
    def ours(self) -> Augmented | None:
        """SERMI: MI matched where that is done, else maximised."""
        return next((way for way in map(self.way, OURS) if way and not way.partial), None)

    @property
    def best_generated(self) -> Augmented | None:
        """The best of those that are done and use generated data."""
        done = [way for way in self.ways if way.generates and not way.partial]
        return max(done, key=lambda way: way.ua, default=None)

    @property
    def best_other(self) -> Augmented | None:
        """The best of those that are done, use generated data and aren't ours."""
        done = [way for way in self.ways if way.generates and not way.partial and way.name not in OURS]
        return max(done, key=lambda way: way.ua, default=None)

    @property
    def run(self) -> str:
        """How it was measured, in a sentence."""
        seeds = "1 seed" if self.seeds == 1 else f"{self.seeds} seeds"
        how = f"{self.folds} {self.folds_are}, {seeds}; {self.gains_are}"
        return f"{how}{'' if self.is_of_today else OF_BEFORE}: {self.command}"

    def way(self, name: str) -> Augmented | None:
        return next((way for way in self.ways if way.name == name), None)


@dataclass(frozen=True)
class Recalls:
    """Mean recall in each group of recordings."""

    by: str
    """What groups them, e.g. "speaker"."""
    groups: Mapping[str, tuple[float, int | None]]
    """Name -> (recall, recordings, if their number is known)."""


@dataclass(frozen=True)
class Recognition:
    """How well a checkpoint recognises."""

    what: str
    """The recordings that it was measured on."""
    n: int
    ua: float
    ece: float
    classes: Sequence[str]
    confusion: Sequence[Sequence[int]]
    """(K, K) counts, rows are true classes."""
    reliability: Sequence[tuple[float, float, int]] = ()
    """(confidence, accuracy, recordings) of each bin."""
    recalls: Sequence[Recalls] = ()


@dataclass(frozen=True)
class NewVoice:
    """How well voices are recognised that no training met, by how much is known of them."""

    title: str
    """Of the encoder."""
    points: Sequence[KnownSentences]
    """That with nothing known first, then from few sentences to many."""
    command: str


@dataclass(frozen=True)
class SetStudy:
    """Which measure of a generated set tells what it buys."""

    correlations: Mapping[str, tuple[float, float, float]]
    """By the measure's title: rank correlation with the gain, low and high."""
    n_sets: int
    n_corpora: int
    command: str


@dataclass(frozen=True)
class Evidence:
    """All of it."""

    comparisons: Sequence[Comparison]
    ablations: Sequence[Comparison]
    unseen: Recognition | None
    """On speakers and corpora that were left out."""
    corpora: Recalls | None
    """UA on each corpus when it is left out of training; where that was measured, of all settings too."""
    corpora_command: str
    fit_command: str
    recall_by_source: Mapping[str, float]
    """UA from voice, words and both on label-matched pairs."""
    pairs: str
    """What these pairs are."""
    missing: Sequence[Missing] = ()
    new_voices: Sequence[NewVoice] = ()
    """One for each encoder."""
    set_study: SetStudy | None = None

    @property
    def clearest_gain(self) -> Comparison | None:
        """Where generated features help most: the comparison in which ours gains most."""
        done = [one for one in self.comparisons if one.ours]
        return max(done, key=lambda one: one.ours.gain if one.ours else 0.0, default=None)

    @property
    def least_help(self) -> Comparison | None:
        """Where they help least: ours is the furthest behind the best way without them, or the least ahead of it."""
        done = [one for one in self.comparisons if one.ours]
        return min(done, key=lambda one: (one.ours.gain if one.ours else 0.0) - one.best_reference.gain, default=None)

    @property
    def curve(self) -> Sequence[Comparison]:
        """Comparisons that differ in the amount of training data alone, from the least to the most."""
        same = [step for step in self.comparisons if step.protocol in SAME_BUT_FEWER and step.n_train is not None]
        return sorted(same, key=lambda step: step.n_train or 0.0)

    def recalls(self, by: str) -> Recalls | None:
        """On speakers and corpora that were left out, in groups; None where that wasn't measured."""
        recalls = self.unseen.recalls if self.unseen else ()
        return next((groups for groups in recalls if groups.by == by), None)
