"""What was measured, in three lines. Every figure comes from the tables."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sermi.ui.measurements import Comparison, Evidence


def lines(evidence: Evidence) -> Iterator[str]:
    """A voice that it never met, where generated features help most, and where they don't."""
    if evidence.new_voices:
        voice = evidence.new_voices[0]
        nothing = voice.points[0]
        # the same corpora on both sides: not all have speakers with sentences enough for the last points
        known = [point for point in voice.points[1:] if not point.neutral and point.n_corpora == nothing.n_corpora]
        more = f", {100 * known[-1].ua:.1f} % once {known[-1].n} of its sentences are known" if known else ""
        yield f"A voice, room and language that it never met: {100 * nothing.ua:.1f} % of emotions right{more}."
    if most := evidence.clearest_gain:
        yield f"Generated features help most here: {_against(most)}"
    if least := evidence.least_help:
        yield f"And least here: {_against(least)}"


def _against(comparison: Comparison) -> str:
    ours, rival, title = comparison.ours, comparison.best_reference, comparison.title
    gain = ours.points if ours else ""
    return (
        f"{title[0].lower()}{title[1:]}, {gain} over real data alone, where {rival.short_title} without any "
        f"gains {100 * rival.gain:+.1f}."
    )


def html(evidence: Evidence) -> str:
    """The lines as a list."""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines(evidence))
    return f'<ul class="summary">{items}</ul>' if items else ""
