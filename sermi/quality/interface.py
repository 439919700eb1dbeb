"""What the measures are called, which way is better and what they show; imports nothing else of the package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from sermi.errors import SermiError

Better = Literal["higher", "lower", "near 1"]


class QualityError(SermiError, ValueError):
    """The sets can't be compared; the message says what to change. A ValueError for scikit-learn."""


@dataclass(frozen=True)
class Measure:
    """A measure in words."""

    name: str
    """Key in results."""
    title: str
    """What people call it."""
    better: Better
    """Which way is better."""
    description: str
    """What it shows, in one line for everybody."""
    source: str
    """Where it was published first."""


@dataclass(frozen=True)
class Scored:
    """A measure, and what it can be compared with."""

    value: float
    """Of the generated features."""
    real: float
    """The same measure of real features in their place."""


_ALL = (
    Measure(
        name="frechet",
        title="Fréchet distance",
        better="lower",
        description="How far the cloud of generated features is from that of real ones, in place and in shape.",
        source="Heusel et al. 2017",
    ),
    Measure(
        name="precision",
        title="Precision",
        better="higher",
        description="Share of generated features that lie where real ones lie: how plausible they are.",
        source="Kynkäänniemi et al. 2019",
    ),
    Measure(
        name="recall",
        title="Recall",
        better="higher",
        description="Share of real features that lie where generated ones lie: how much of real variety they reach.",
        source="Kynkäänniemi et al. 2019",
    ),
    Measure(
        name="density",
        title="Density",
        better="higher",
        description="How many real neighbourhoods a generated feature falls into: precision that one outlier can't flatter.",
        source="Naeem et al. 2020",
    ),
    Measure(
        name="coverage",
        title="Coverage",
        better="higher",
        description="Share of real features that have a generated one next to them: variety that one outlier can't flatter.",
        source="Naeem et al. 2020",
    ),
    Measure(
        name="two_sample",
        title="Two-sample test",
        better="lower",
        description="How often a classifier tells generated from real features of the same emotion; 0.5 is pure guessing.",
        source="Lopez-Paz and Oquab 2017",
    ),
    Measure(
        name="two_sample_mlp",
        title="Two-sample test by a network",
        better="lower",
        description="The same by a small neural network, which sees tails and modes, too.",
        source="Lopez-Paz and Oquab 2017",
    ),
    Measure(
        name="two_sample_neighbours",
        title="Two-sample test by neighbours",
        better="lower",
        description="The same by the five nearest samples, which sees clumps and lone samples.",
        source="Lopez-Paz and Oquab 2017",
    ),
    Measure(
        name="taught",
        title="Trained on generated, tested on real",
        better="higher",
        description="Recall on real speech of a classifier that has met generated features only.",
        source="Esteban et al. 2017",
    ),
    Measure(
        name="memorisation",
        title="Distance to training samples",
        better="near 1",
        description=(
            "How far generated features keep from the training samples, 1 being as far as new speakers do; 0 is a copy."
        ),
        source="Meehan et al. 2020",
    ),
    Measure(
        name="copies",
        title="Near copies",
        better="lower",
        description="Share nearer to a training sample than 99 in 100 training samples are to each other.",
        source="this project",
    ),
    Measure(
        name="beyond",
        title="Beyond the furthest real one",
        better="lower",
        description="Share further from the middle of its emotion than any real feature.",
        source="this project",
    ),
    Measure(
        name="spread_classes",
        title="Spread between classes",
        better="near 1",
        description="Deviation within an emotion along the directions in which emotions differ, over that of real features.",
        source="this project",
    ),
    Measure(
        name="spread_voices",
        title="Spread between voices",
        better="near 1",
        description="The same along the directions in which speakers differ.",
        source="this project",
    ),
    Measure(
        name="spread_rest",
        title="Spread elsewhere",
        better="near 1",
        description="The same along all other directions.",
        source="this project",
    ),
    Measure(
        name="closeness",
        title="Distance to each other",
        better="near 1",
        description="How far samples keep from the next one of their set: 0 for repeats, over 1 where no two are of one voice.",
        source="this project",
    ),
    Measure(
        name="rarest_corpus",
        title="The kind of speech it lacks most",
        better="near 1",
        description="Share of samples nearest to real ones of the corpus that is rarest among them, over real sets'.",
        source="Richardson and Weiss 2018",
    ),
)
MEASURES: Mapping[str, Measure] = MappingProxyType({measure.name: measure for measure in _ALL})
"""In the order in which they are shown."""
