"""How good generated features are, beside how much they tell: each measure stands next to what real data reaches.

A number by itself says little in hundreds of dimensions with few samples, so each comes as `Scored(value, real)`: `value`
compares generated features with real ones of speakers that were left out, `real` compares other real features with the same, in
sets of the same size with the same classes. No measure sees everything: precision and coverage can't tell copies from new
samples, memorisation can't see collapse, and a classifier taught by samples may do well with a caricature. Show them together.
"""

from sermi.quality.interface import MEASURES, Measure, QualityError, Scored
from sermi.quality.measure import measure_against_reference, measure_quality

__all__ = ["MEASURES", "Measure", "QualityError", "Scored", "measure_against_reference", "measure_quality"]
