"""How good generated features are, beside how much they carry: each measure stands next to what real data reaches.

A number by itself says little in hundreds of dimensions with few samples, so each comes as `Scored(value, real)`: `value`
compares generated features with real ones of speakers that were left out, `real` compares other real features with the same, in
sets of the same size with the same classes. No measure sees everything: precision and coverage can't tell copies from new
samples, memorisation can't see collapse, and a classifier trained on samples may do well with a caricature. Show them together.

`measure_quality` and `measure_against_reference` give all of them; each statistic is also a function of arrays by itself
(`prdc`, `c2st`, `frechet_distance`, ...), and `learning_curve` says what generated features buy.
"""

from sermi.quality.interface import MEASURES, Measure, QualityError, Scored
from sermi.quality.learning_curve import LearningCurve, learning_curve, most_real
from sermi.quality.measure import measure_against_reference, measure_quality
from sermi.quality.statistics import (
    c2st,
    frechet_distance,
    gaussian_frechet_distance,
    median_nearest_distance,
    prdc,
    train_on_generated,
)

__all__ = [
    "MEASURES",
    "LearningCurve",
    "Measure",
    "QualityError",
    "Scored",
    "c2st",
    "frechet_distance",
    "gaussian_frechet_distance",
    "learning_curve",
    "measure_against_reference",
    "measure_quality",
    "median_nearest_distance",
    "most_real",
    "prdc",
    "train_on_generated",
]
