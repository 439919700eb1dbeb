"""Figures: pure functions from data to plotly figures, the same in the app and in reports.

Every figure has a transparent background and mid-grey text, so that it reads on light and on dark paper, and a
sentence beside it (`describe_*`) that says the same for those who don't see it.
"""

from sermi.plots.comparison import describe_gains, gains
from sermi.plots.learning_curve import benefit_curve, describe_benefit
from sermi.plots.recognition import (
    SILENCE,
    Region,
    describe_probabilities,
    describe_sources,
    describe_timeline,
    probability_bars,
    regions,
    sources,
    timeline,
)
from sermi.plots.samples import (
    RealPoints,
    describe_gauge,
    describe_map,
    describe_real,
    describe_scores,
    describe_text_map,
    information_gauge,
    sample_map,
    score_histogram,
    text_map,
)
from sermi.plots.style import COLOURS, FONT, GRID, TEXT, ink_on, percent, ranked, relative_luminance, style

__all__ = [
    "COLOURS",
    "FONT",
    "GRID",
    "SILENCE",
    "TEXT",
    "RealPoints",
    "Region",
    "benefit_curve",
    "describe_benefit",
    "describe_gains",
    "describe_gauge",
    "describe_map",
    "describe_probabilities",
    "describe_real",
    "describe_scores",
    "describe_sources",
    "describe_text_map",
    "describe_timeline",
    "gains",
    "information_gauge",
    "ink_on",
    "percent",
    "probability_bars",
    "ranked",
    "regions",
    "relative_luminance",
    "sample_map",
    "score_histogram",
    "sources",
    "style",
    "text_map",
    "timeline",
]
