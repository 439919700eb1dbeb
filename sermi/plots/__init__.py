"""Figures: pure functions from data to plotly figures, the same in the app and in reports.

Every figure has a transparent background and mid-grey text, so that it reads on light and on dark paper, and a
sentence beside it (`describe_*`) that says the same for those who don't see it.
"""

from sermi.plots.comparison import describe_gains, gains
from sermi.plots.information import describe_gauge, describe_scores, information_gauge, score_histogram
from sermi.plots.learning_curve import describe_learning_curve, learning_curve_figure
from sermi.plots.maps import RealPoints, describe_map, describe_real, describe_text_map, sample_map, text_map
from sermi.plots.recognition import describe_probabilities, describe_sources, probability_bars, sources
from sermi.plots.style import COLOURS, FONT, GRID, TEXT, ink_on, percent, ranked, relative_luminance, style
from sermi.plots.timeline import SILENCE, Region, describe_speech, describe_timeline, regions, spelt, timeline

__all__ = [
    "COLOURS",
    "FONT",
    "GRID",
    "SILENCE",
    "TEXT",
    "RealPoints",
    "Region",
    "describe_gains",
    "describe_gauge",
    "describe_learning_curve",
    "describe_map",
    "describe_probabilities",
    "describe_real",
    "describe_scores",
    "describe_sources",
    "describe_speech",
    "describe_text_map",
    "describe_timeline",
    "gains",
    "information_gauge",
    "ink_on",
    "learning_curve_figure",
    "percent",
    "probability_bars",
    "ranked",
    "regions",
    "relative_luminance",
    "sample_map",
    "score_histogram",
    "sources",
    "spelt",
    "style",
    "text_map",
    "timeline",
]
