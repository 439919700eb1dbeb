"""The steps of the walkthrough that show what was measured: every figure comes from the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from sermi.errors import SermiError
from sermi.ui.engine import Engine
from sermi.ui.walkthrough_slide import Slide, percent

if TYPE_CHECKING:
    from sermi.ui.measurements import Comparison

NO_HELP = "no help"
_NO_JUDGE = (
    "It learnt from actors, hears emotion from outside, and hears some people better than others. It is no judge of "
    "anybody: never use it for decisions about people."
)


def settings(engine: Engine, id: str) -> gr.Radio:
    """The settings that were compared, the clear win first."""
    evidence = engine.evidence(engine.default)
    choices = [(comparison.title, comparison.protocol) for comparison in evidence.comparisons]
    first = evidence.clearest_gain.protocol if evidence.clearest_gain else None
    return gr.Radio(label="Setting", choices=choices, value=first, elem_id=id)


def _comparison(engine: Engine, protocol: str | None) -> Comparison:
    comparisons = engine.evidence(engine.default).comparisons
    if not comparisons:
        raise SermiError("No comparison was run yet; run `python -m train compare` and come back.")
    return next((comparison for comparison in comparisons if comparison.protocol == protocol), comparisons[0])


def scarce(engine: Engine, protocol: str | None) -> Slide:
    """What real recordings alone reach."""
    from sermi.plots import walkthrough as plots

    comparison = _comparison(engine, protocol)
    rival = comparison.best_reference
    values = {"Real data alone": comparison.none.ua, rival.title: rival.ua}
    sentence = (
        f"Recordings with a trusted emotion are few. {comparison.title}: a last layer trained on them hears "
        f"{percent(comparison.none.ua)} of emotions right on people it never heard."
    )
    n = len(comparison.classes)
    chance = f" Guessing reaches {percent(1 / n)}, since there are {n} emotions." if n else ""
    notes = (
        "Somebody has to act an emotion, and listeners have to agree on it: that is why labelled recordings are few. The "
        f"figure is the mean over emotions of the share that is recognised rightly (UA).{chance} The second bar is the best "
        f"that is done with real recordings alone, {rival.short_title}: {percent(rival.ua)}."
    )
    figure = plots.bars(values, unit="%", ceiling=1, what="UA on speakers left out")
    return Slide(sentence, f"{plots.describe_bars(values, unit='%')} {comparison.run}", figure, notes)


def better(engine: Engine, protocol: str | None) -> Slide:
    """What generated features gain."""
    comparison = _comparison(engine, protocol)
    ours, rival = comparison.ours or comparison.ways[-1], comparison.best_reference
    sentence = (
        f"{comparison.title}: with generated features the same last layer gains {ours.points}. The best way without them, "
        f"{rival.short_title}, gains {100 * rival.gain:+.1f}: the line."
    )
    return _gains(comparison, sentence, _notes_on_gains(comparison))


def _notes_on_gains(comparison: Comparison) -> str:
    """What to say of a comparison, and how much to claim."""
    ours, rival, other = comparison.ours or comparison.ways[-1], comparison.best_reference, comparison.best_other
    more = 100 * (ours.gain - rival.gain)
    low, high = (100 * end for end in ours.interval)
    claim = (
        "the interval is above zero, so generated features do help here"
        if low > 0
        else "the interval holds zero, so don't say that it helps"
    )
    between = "behind" if more < 0 else "ahead of"
    lead = (
        f"SERMI is {between} the line by {abs(more):.1f} points, within its interval, so don't claim a lead over that way."
        if low <= 100 * rival.gain <= high
        else f"SERMI is {between} the line by {abs(more):.1f} points."
    )
    others = (
        f" Of the other ways to generate, {other.title} comes highest, with {100 * other.gain:+.1f}." if other else ""
    )
    return (
        f"The bold dot is SERMI: {percent(comparison.none.ua)} becomes {percent(ours.ua)}; {claim}. The dotted line is "
        f"{rival.short_title}, which needs no generated data. {lead}{others}"
    )


def _gains(comparison: Comparison, sentence: str, notes: str) -> Slide:
    """What each generated set is worth, ours marked, the best way without any drawn as a line."""
    from sermi import plots

    gains = {way.title: (way.gain, *way.interval) for way in comparison.ways if way.generates and not way.partial}
    marked = comparison.ours.title if comparison.ours else ""
    rival = comparison.best_reference
    figure = plots.gains(gains, marked=marked, rival=(rival.short_title, rival.gain))
    return Slide(sentence, f"{plots.describe_gains(gains)} {comparison.run}", figure, notes)


def groups(engine: Engine, id: str) -> gr.Radio:
    """Where it fails, and for whom."""
    choices = [
        ("Where it doesn't help", NO_HELP),
        ("A corpus never heard", "corpora"),
        ("Gender", "gender"),
        ("Speaker", "speaker"),
    ]
    return gr.Radio(label="Show", choices=choices, value=NO_HELP, elem_id=id)


def _no_help(comparison: Comparison) -> Slide:
    ours, rival = comparison.ours or comparison.ways[-1], comparison.best_reference
    verdict = "less than" if ours.gain < rival.gain else "hardly more than"
    sentence = (
        f"{comparison.title}: generated features gain {ours.points}, {verdict} {rival.short_title} on real recordings alone "
        f"with {100 * rival.gain:+.1f}. Where real recordings are many, they aren't needed."
    )
    return _gains(comparison, sentence, f"Say this before somebody asks. {_notes_on_gains(comparison)}")


def limits(engine: Engine, by: str) -> Slide:
    """Where generated features don't help, or whom the recogniser hears worse."""
    from sermi.plots import evidence as plots

    evidence = engine.evidence(engine.default)
    if by == NO_HELP:
        if evidence.least_help is None:
            raise SermiError("No comparison was run yet; run `python -m train compare` and come back.")
        return _no_help(evidence.least_help)
    recalls = evidence.corpora if by == "corpora" else evidence.recalls(by)
    if recalls is None:
        raise SermiError("This was not measured for the checkpoint; train it again with `python -m train fit`.")
    run = evidence.corpora_command if by == "corpora" else evidence.fit_command
    notes = f"Name the lowest row aloud. {plots.describe_recalls(recalls.groups, recalls.by)}"
    caption = f"{plots.describe_recalls(recalls.groups, recalls.by)} {run}"
    return Slide(_NO_JUDGE, caption, plots.recalls(recalls.groups), notes)
