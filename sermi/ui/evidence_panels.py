"""The figures of the tab "Evidence", each with its caption and the run that it comes from. Nothing here is typed in by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from sermi.ui.measurements import Augmented, Comparison, Evidence


class CaptionedFigure(NamedTuple):
    """A figure with its caption."""

    caption: str
    figure: go.Figure
    run: str
    """What was run for it."""
    unseen: str = ""
    """The figure in words, where the caption doesn't say it all."""
    table: tuple[Sequence[str], Sequence[Sequence[str]]] | None = None
    """Head and rows of its numbers."""


Draw = Callable[["Evidence", "Comparison | None"], CaptionedFigure | None]
"""A figure of the evidence and of the comparison that was chosen; None where there is nothing to draw."""


@dataclass(frozen=True)
class Panel:
    """A figure with its place."""

    id: str
    title: str
    draw: Draw


def _recall_by_known(evidence: Evidence, comparison: Comparison | None) -> CaptionedFigure | None:
    from sermi.plots import voices as plots

    if not evidence.new_voices:
        return None
    lines = {voice.title: voice.points for voice in evidence.new_voices}
    caption = (
        "Each corpus is left out in turn, of training and of all settings. "
        f"{plots.describe_recall_by_known(lines)} Bars are 95 % intervals over speakers."
    )
    run = "; ".join(voice.command for voice in evidence.new_voices)
    return CaptionedFigure(caption, plots.recall_by_known(lines), run, table=plots.table_of_known(lines))


def _gains(evidence: Evidence, comparison: Comparison | None) -> CaptionedFigure | None:
    from sermi import plots

    if comparison is None:
        return None
    baseline = comparison.none
    gains = {
        way.title: (way.gain, *way.interval) for way in comparison.ways if way.name != baseline.name and not way.partial
    }
    caption = (
        f"Real data alone reach {100 * baseline.ua:.1f} % (UA), the best way without generated data "
        f"{100 * comparison.best_reference.ua:.1f} % ({comparison.best_reference.title})."
    )
    return CaptionedFigure(caption, plots.gains(gains), comparison.run, plots.describe_gains(gains))


def _recall_by_size(evidence: Evidence, comparison: Comparison | None) -> CaptionedFigure | None:
    from sermi.plots import evidence as plots

    points = [(step.n_train or 0.0, step.none, step.ours) for step in evidence.curve if step.ours]
    if not points:
        return None
    rows = [(n, none.ua, ours.ua, *ours.interval) for n, none, ours in points]
    run = "; ".join(step.run for step in evidence.curve)
    figure = plots.recall_by_size(rows, points[0][2].title)
    return CaptionedFigure(plots.describe_recall_by_size(rows), figure, run)


def _information(evidence: Evidence, comparison: Comparison | None) -> CaptionedFigure | None:
    from sermi.plots import evidence as plots

    if comparison is None:
        return None
    points = {
        way.title: (way.information, way.gain)
        for way in comparison.ways
        if way.generates and not way.partial and way.information is not None
    }
    if not points:
        return None
    real = comparison.none.information
    caption = (
        "A set can carry more about its emotion than real features carry about the emotion of somebody new; that is memory of "
        "the training speakers, or copies of a recording on both sides of a split, not quality."
    )
    figure = plots.information_against_gain(points, real)
    return CaptionedFigure(caption, figure, comparison.run, plots.describe_information_against_gain(points, real))


def _set_study(evidence: Evidence, comparison: Comparison | None) -> CaptionedFigure | None:
    from sermi.plots import set_study as plots

    study = evidence.set_study
    if study is None:
        return None
    caption = (
        f"{study.n_sets} generated sets, of {study.n_corpora} corpora, ranked by each measure and by what they buy a last "
        f"layer on speakers held out; 1 is the same order, 0 chance. {plots.describe_rank_correlations(study.correlations)} "
        "Lines are 95 % intervals over corpora."
    )
    return CaptionedFigure(caption, plots.rank_correlations(study.correlations), study.command)


def _confusion_before(evidence: Evidence, comparison: Comparison | None) -> CaptionedFigure | None:
    return _confusion(comparison, comparison.none) if comparison else None


def _confusion_after(evidence: Evidence, comparison: Comparison | None) -> CaptionedFigure | None:
    from sermi.plots import evidence as plots

    best = comparison.best_generated if comparison else None
    if comparison is None or best is None:
        return None
    drawn = _confusion(comparison, best)
    if drawn is None:
        return None
    change = plots.describe_change(comparison.classes, comparison.none.confusion, best.confusion)
    return drawn._replace(caption=f"{best.title}. {change}", unseen=drawn.caption)


def _confusion(comparison: Comparison, way: Augmented) -> CaptionedFigure | None:
    from sermi.plots import evidence as plots

    if not (comparison.classes and way.confusion and comparison.none.confusion):
        return None
    caption = plots.describe_confusion(comparison.classes, way.confusion)
    return CaptionedFigure(caption, plots.confusion(comparison.classes, way.confusion), comparison.run)


def _quality(evidence: Evidence, comparison: Comparison | None) -> CaptionedFigure | None:
    from sermi.plots import evidence as plots
    from sermi.quality import MEASURES

    if comparison is None:
        return None
    four = ("precision", "recall", "density", "coverage")
    names = [*four, "taught", "memorisation"]
    ways = [way for way in comparison.ways if way.generates and not way.partial and set(names) <= way.measures.keys()]
    if not ways:
        return None
    table = {way.title: [way.measures[name] / way.real[name] for name in names] for way in ways}
    nearest = plots.nearest_to_real(table)
    headline = min(table[nearest][: len(four)])
    titles = [MEASURES[name].title for name in names]
    caption = (
        "Each is held against speakers who were left out; 1 is what real features of the training speakers reach there. "
        f"Nearest to real speech: {nearest}, whose six ratios are, as factors, the closest to 1 on average. Its headline is "
        f"{headline:.2f}, the smallest of precision, recall, density and coverage. A distance below 1 means nearer to training "
        "samples than new speakers are."
    )
    figure = plots.quality(titles, table)
    return CaptionedFigure(caption, figure, comparison.run, plots.describe_quality(titles, table))


def _recall_by_source(evidence: Evidence, comparison: Comparison | None) -> CaptionedFigure | None:
    from sermi.plots import walkthrough as plots

    recalls = evidence.recall_by_source
    if len(recalls) < 2:
        return None
    figure = plots.bars(recalls, unit="%", ceiling=1, what="mean recall (UA)")
    caption = f"{plots.describe_bars(recalls, unit='%')} {evidence.pairs[:1].upper()}{evidence.pairs[1:]}."
    return CaptionedFigure(caption, figure, f"speakers kept out of training: {evidence.fit_command}")


def _checkpoint_confusion(evidence: Evidence, comparison: Comparison | None) -> CaptionedFigure | None:
    from sermi.plots import evidence as plots

    unseen = evidence.unseen
    if unseen is None:
        return None
    figure = plots.confusion(unseen.classes, unseen.confusion)
    return CaptionedFigure(plots.describe_confusion(unseen.classes, unseen.confusion), figure, _run_of_fit(evidence))


def _calibration(evidence: Evidence, comparison: Comparison | None) -> CaptionedFigure | None:
    from sermi.plots import evidence as plots

    unseen = evidence.unseen
    if unseen is None or not unseen.reliability:
        return None
    caption = plots.describe_reliability(unseen.reliability, unseen.ece)
    return CaptionedFigure(caption, plots.reliability(unseen.reliability), _run_of_fit(evidence))


def _corpora(evidence: Evidence, comparison: Comparison | None) -> CaptionedFigure | None:
    from sermi.plots import evidence as plots

    if evidence.corpora is None:
        return None
    groups = evidence.corpora.groups
    caption = plots.describe_recalls(groups, evidence.corpora.by)
    return CaptionedFigure(caption, plots.recalls(groups), evidence.corpora_command)


def _groups(by: str) -> Draw:
    def draw(evidence: Evidence, comparison: Comparison | None) -> CaptionedFigure | None:
        from sermi.plots import evidence as plots

        recalls = evidence.recalls(by)
        if recalls is None:
            return None
        caption = plots.describe_recalls(recalls.groups, by)
        return CaptionedFigure(caption, plots.recalls(recalls.groups), _run_of_fit(evidence))

    return draw


def _run_of_fit(evidence: Evidence) -> str:
    unseen = evidence.unseen
    return f"{unseen.n:,} {unseen.what}: {evidence.fit_command}" if unseen else ""


NEW_VOICE = (Panel("ev-new-voice", "A voice, room and language that it never met", _recall_by_known),)
METHOD = (
    Panel("ev-gains", "What generated features are worth", _gains),
    Panel("ev-learning", "With and without, as data grows", _recall_by_size),
)
SETS = (
    Panel("ev-information", "Information and gain", _information),
    Panel("ev-quality", "Beside real speech", _quality),
    Panel("ev-set-study", "Does information tell which set will help?", _set_study),
)
MISTAKES = (
    Panel("ev-before", "What is mistaken for what: real data alone", _confusion_before),
    Panel("ev-after", "What is mistaken for what: the best with generated features", _confusion_after),
)
CHECKPOINT = (
    Panel("ev-sources", "Voice, words and both", _recall_by_source),
    Panel("ev-confusion", "What is mistaken for what", _checkpoint_confusion),
    Panel("ev-calibration", "Does it know how sure to be?", _calibration),
    Panel("ev-corpora", "A corpus never heard before", _corpora),
    Panel("ev-gender", "By gender", _groups("gender")),
    Panel("ev-speaker", "By speaker", _groups("speaker")),
)
