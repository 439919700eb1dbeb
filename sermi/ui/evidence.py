"""The tab "Evidence": what was measured, as figures, each with the run that it comes from. Nothing here is typed in by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import gradio as gr

from sermi.ui import engine
from sermi.ui import html as results

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from sermi.ui.measurements import Augmented, Comparison, Evidence

INTERNAL: dict[str, Any] = {
    "api_visibility": "private",
    "show_progress": "hidden",
    "queue": False,
    "trigger_mode": "always_last",
}


class Drawn(NamedTuple):
    """A figure, its caption, what was run for it, and the same in words where the caption doesn't say it all."""

    caption: str
    figure: go.Figure
    run: str
    unseen: str = ""


@dataclass(frozen=True)
class Panel:
    """A figure with its place. draw: from the evidence and the protocol chosen; None where there is nothing to draw."""

    id: str
    title: str
    draw: Callable[[Evidence, Comparison | None], Drawn | None]


def _gains(evidence: Evidence, chosen: Comparison | None) -> Drawn | None:
    from sermi import plots

    if chosen is None:
        return None
    found = {
        way.title: (way.gain, *way.interval) for way in chosen.ways if way.name != chosen.none.name and not way.partial
    }
    caption = (
        f"Real data alone reach {100 * chosen.none.ua:.1f} % (UA), the best way without generated data "
        f"{100 * chosen.best_reference.ua:.1f} % ({chosen.best_reference.title})."
    )
    return Drawn(caption, plots.gains(found), chosen.run, plots.describe_gains(found))


def _learning(evidence: Evidence, chosen: Comparison | None) -> Drawn | None:
    from sermi.plots import evidence as plots

    points = [(each.n_train or 0.0, each.none, each.ours) for each in evidence.curve if each.ours]
    if not points:
        return None
    rows = [(n, none.ua, ours.ua, *ours.interval) for n, none, ours in points]
    run = "; ".join(each.run for each in evidence.curve)
    return Drawn(plots.describe_learning_curve(rows), plots.learning_curve(rows, points[0][2].title), run)


def _information(evidence: Evidence, chosen: Comparison | None) -> Drawn | None:
    from sermi.plots import evidence as plots

    if chosen is None:
        return None
    points = {
        way.title: (way.information, way.gain)
        for way in chosen.ways
        if way.generates and not way.partial and way.information is not None
    }
    if not points:
        return None
    real = chosen.none.information
    caption = (
        "A set can tell more about its emotion than real features tell about the emotion of somebody new; that is memory of "
        "the training speakers, not quality."
    )
    figure = plots.information_against_gain(points, real)
    return Drawn(caption, figure, chosen.run, plots.describe_information_against_gain(points, real))


def _before(evidence: Evidence, chosen: Comparison | None) -> Drawn | None:
    return _confused(chosen, chosen.none) if chosen else None


def _after(evidence: Evidence, chosen: Comparison | None) -> Drawn | None:
    from sermi.plots import evidence as plots

    best = chosen.best_generated if chosen else None
    found = _confused(chosen, best) if chosen and best else None
    if found is None:
        return None
    change = plots.describe_change(chosen.classes, chosen.none.confusion, best.confusion)
    return found._replace(caption=f"{best.title}. {change}", unseen=found.caption)


def _confused(chosen: Comparison, way: Augmented) -> Drawn | None:
    from sermi.plots import evidence as plots

    if not (chosen.classes and way.confusion and chosen.none.confusion):
        return None
    caption = plots.describe_confusion(chosen.classes, way.confusion)
    return Drawn(caption, plots.confusion(chosen.classes, way.confusion), chosen.run)


def _quality(evidence: Evidence, chosen: Comparison | None) -> Drawn | None:
    from sermi.plots import evidence as plots
    from sermi.quality import MEASURES

    if chosen is None:
        return None
    names = [name for name in ("coverage", "precision", "taught", "memorisation") if name in MEASURES]
    ways = [way for way in chosen.ways if way.generates and not way.partial and set(names) <= way.measures.keys()]
    if not ways:
        return None
    table = {way.title: [way.measures[name] / way.real[name] for name in names] for way in ways}
    titles = [MEASURES[name].title for name in names]
    caption = (
        f"Nearest to real speech over all of these: {plots.nearest_to_real(table)}. Real features of training speakers are "
        "at 1; a distance below 1 means nearer to training samples than new speakers are."
    )
    return Drawn(caption, plots.quality(titles, table), chosen.run, plots.describe_quality(titles, table))


def _heard(evidence: Evidence, chosen: Comparison | None) -> Drawn | None:
    from sermi.plots import walkthrough as plots

    if len(evidence.heard) < 2:
        return None
    figure = plots.bars(evidence.heard, unit="%", ceiling=1, what="mean recall (UA)")
    caption = f"{plots.describe_bars(evidence.heard, unit='%')} {evidence.pairs[:1].upper()}{evidence.pairs[1:]}."
    return Drawn(caption, figure, f"speakers kept out of training: {evidence.fit_command}")


def _confusion(evidence: Evidence, chosen: Comparison | None) -> Drawn | None:
    from sermi.plots import evidence as plots

    unseen = evidence.unseen
    if unseen is None:
        return None
    figure = plots.confusion(unseen.classes, unseen.confusion)
    return Drawn(plots.describe_confusion(unseen.classes, unseen.confusion), figure, _unseen(evidence))


def _calibration(evidence: Evidence, chosen: Comparison | None) -> Drawn | None:
    from sermi.plots import evidence as plots

    unseen = evidence.unseen
    if unseen is None or not unseen.reliability:
        return None
    caption = plots.describe_reliability(unseen.reliability, unseen.ece)
    return Drawn(caption, plots.reliability(unseen.reliability), _unseen(evidence))


def _corpora(evidence: Evidence, chosen: Comparison | None) -> Drawn | None:
    from sermi.plots import evidence as plots

    if evidence.corpora is None:
        return None
    groups = evidence.corpora.groups
    return Drawn(plots.describe_recalls(groups, "corpus left out"), plots.recalls(groups), evidence.corpora_command)


def _groups(by: str) -> Callable[[Evidence, Comparison | None], Drawn | None]:
    def draw(evidence: Evidence, chosen: Comparison | None) -> Drawn | None:
        from sermi.plots import evidence as plots

        found = [each for each in evidence.unseen.recalls if each.by == by] if evidence.unseen else []
        if not found:
            return None
        return Drawn(plots.describe_recalls(found[0].groups, by), plots.recalls(found[0].groups), _unseen(evidence))

    return draw


def _unseen(evidence: Evidence) -> str:
    unseen = evidence.unseen
    return f"{unseen.n:,} {unseen.what}: {evidence.fit_command}" if unseen else ""


METHOD = (
    Panel("ev-gains", "What generated features are worth", _gains),
    Panel("ev-learning", "With and without, as data grows", _learning),
)
SETS = (
    Panel("ev-information", "Information and gain", _information),
    Panel("ev-quality", "Beside real speech", _quality),
)
MISTAKES = (
    Panel("ev-before", "What is mistaken for what: real data alone", _before),
    Panel("ev-after", "What is mistaken for what: the best with generated features", _after),
)
CHECKPOINT = (
    Panel("ev-heard", "Voice, words and both", _heard),
    Panel("ev-confusion", "What is mistaken for what", _confusion),
    Panel("ev-calibration", "Does it know how sure to be?", _calibration),
    Panel("ev-corpora", "A corpus never heard before", _corpora),
    Panel("ev-gender", "By gender", _groups("gender")),
    Panel("ev-speaker", "By speaker", _groups("speaker")),
)
PANELS = (*METHOD, *MISTAKES, *SETS, *CHECKPOINT)


def build(tab: gr.Tab) -> None:
    """Lay the tab out inside the current gr.Blocks; it is filled when it is first opened."""
    checkpoints = engine.choices()
    with gr.Column(elem_classes="evidence"):
        with gr.Column(elem_classes="card"):
            gr.HTML(
                "<h2>The method</h2><p class='caption'>Each way to train the last layer, on the same folds, with the same "
                "care; gains are paired with real data alone.</p>"
            )
            protocol = gr.Radio(label="Setting", choices=[], elem_id="ev-protocol")
        shown = [_place(panel) for panel in METHOD]
        with gr.Row(elem_classes="gallery pair"):
            shown += [_place(panel) for panel in MISTAKES]
        with gr.Column(elem_classes="card"):
            gr.HTML("<h2>The generated sets</h2><p class='caption'>What they are like, in the same setting.</p>")
        shown += [_place(panel) for panel in SETS]
        with gr.Column(elem_classes="card"):
            gr.HTML("<h2>The checkpoint</h2><p class='caption'>On speakers and corpora that it never heard.</p>")
            checkpoint = gr.Dropdown(
                label="Model",
                choices=checkpoints,
                value=checkpoints[0][1] if checkpoints else None,
                elem_id="ev-checkpoint",
            )
        with gr.Row(elem_classes="gallery"):
            shown += [_place(panel) for panel in CHECKPOINT]
        missing = gr.HTML()
    outputs = [protocol, *(part for place in shown for part in place), missing]
    gr.on([tab.select, protocol.input, checkpoint.input], _show, [checkpoint, protocol], outputs, **INTERNAL)


def _place(panel: Panel) -> tuple[gr.Column, gr.HTML, gr.Plot, gr.HTML]:
    with gr.Column(elem_classes="card", visible=False) as block:
        text = gr.HTML()
        plot = gr.Plot(show_label=False, container=False, elem_id=panel.id)
        run = gr.HTML()
    return block, text, plot, run


def _show(checkpoint: str | None, protocol: str | None) -> list[Any]:
    evidence = engine.evidence(checkpoint)
    by_name: Mapping[str, Comparison] = {each.title: each for each in (*evidence.comparisons, *evidence.ablations)}
    # what the visitor chose is not sent back: they may have chosen anew meanwhile
    fallback = {} if protocol in by_name else {"value": next(iter(by_name), None)}
    protocol = fallback.get("value", protocol)
    chosen = by_name.get(protocol or "")
    filled: list[Any] = [gr.update(choices=list(by_name), visible=bool(by_name), **fallback)]
    for panel in PANELS:
        filled += _filled(panel, evidence, chosen)
    return [*filled, "".join(_not_run(evidence))]


def _filled(panel: Panel, evidence: Evidence, chosen: Comparison | None) -> list[Any]:
    drawn = panel.draw(evidence, chosen)
    if drawn is None:
        return [gr.update(visible=False), "", None, ""]
    text = results.section(panel.title, drawn.caption, panel.id, drawn.unseen)
    return [gr.update(visible=True), text, drawn.figure, results.measured_by(drawn.run)]


def _not_run(evidence: Evidence) -> Iterator[str]:
    for missing in evidence.missing:
        yield results.measured_by(f"{missing.what}: not measured yet; run {missing.command}")
