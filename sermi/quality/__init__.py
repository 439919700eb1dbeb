"""How good generated features are, beside how much they carry: each measure stands next to what real data reaches.

`judge` is the verdict of a set: whether it could pass for real speech of other speakers, in a word, with the figure that
decided and all others. It compares with the speakers of one half of the real features, and compares the other half in
the set's place, over many deals of speakers into halves that match by corpus.

Each statistic is also a function by itself, of arrays, lists, tensors or data frames of one's own: `prdc`,
`frechet_distance`, `c2st`, `memorisation`, `share_of_copies`, `train_on_generated`. `measure_quality` has those of one set
beside one of held-out speakers, for tables of `compare`; `learning_curve` says what generated features buy.
`sermi.quality.impostors` makes sets that are wrong in one way each.
"""

from sermi.quality.arrays import (
    c2st,
    frechet_distance,
    median_nearest_distance,
    memorisation,
    prdc,
    share_of_copies,
    train_on_generated,
)
from sermi.quality.interface import MEASURES, Measure, QualityError, Scored
from sermi.quality.judgement import judge
from sermi.quality.learning_curve import LearningCurve, learning_curve, most_real
from sermi.quality.measure import OF_PAIRS, measure_quality
from sermi.quality.statistics import gaussian_frechet_distance
from sermi.quality.verdict import WORDS, Figure, SetVerdict

__all__ = [
    "MEASURES",
    "OF_PAIRS",
    "WORDS",
    "Figure",
    "LearningCurve",
    "Measure",
    "QualityError",
    "Scored",
    "SetVerdict",
    "c2st",
    "frechet_distance",
    "gaussian_frechet_distance",
    "judge",
    "learning_curve",
    "measure_quality",
    "median_nearest_distance",
    "memorisation",
    "most_real",
    "prdc",
    "share_of_copies",
    "train_on_generated",
]
