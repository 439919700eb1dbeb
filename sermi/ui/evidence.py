"""The tab "Evidence": what was measured, as figures, each with the run that it comes from."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from sermi.ui import evidence_summary, html
from sermi.ui.engine import Engine
from sermi.ui.evidence_panels import CHECKPOINT, METHOD, MISTAKES, NEW_VOICE, SETS, Panel
from sermi.ui.explain import Updates
from sermi.ui.queues import AT_ONCE, INTERNAL, LATEST, READ

if TYPE_CHECKING:
    from sermi.ui.measurements import Comparison, Evidence

log = logging.getLogger(__name__)

_NOT_KEPT = "Of this setting neither mistakes nor generated sets were kept; choose another to see them."


@dataclass(frozen=True)
class Place:
    """The components of a panel."""

    panel: Panel
    block: gr.Column
    caption: gr.HTML
    figure: gr.Plot
    run: gr.HTML

    @classmethod
    def build(cls, panel: Panel) -> Place:
        """Lay them out in a card."""
        with gr.Column(elem_classes="card", visible=False) as block:
            return cls(
                panel=panel,
                block=block,
                caption=gr.HTML(),
                figure=gr.Plot(show_label=False, container=False, elem_id=panel.id),
                run=gr.HTML(),
            )

    def components(self) -> list[Any]:
        """What an event changes."""
        return [self.block, self.caption, self.figure, self.run]

    def show(self, evidence: Evidence, comparison: Comparison | None) -> Updates:
        """Draw the panel; nothing is there where there is nothing to draw."""
        try:
            drawn = self.panel.draw(evidence, comparison)
        except Exception:  # a damaged file of one measurement, whose values may be anything
            log.warning("the panel %s can't be drawn", self.panel.id, exc_info=True)
            text = "What was measured here can't be read; its file is damaged."
            return {
                self.block: gr.update(visible=True),
                self.caption: html.section(self.panel.title, text, self.panel.id),
                self.figure: None,
                self.run: "",
            }
        if drawn is None:
            return {self.block: gr.update(visible=False), self.caption: "", self.figure: None, self.run: ""}
        return {
            self.block: gr.update(visible=True),
            self.caption: html.section(self.panel.title, drawn.caption, self.panel.id, drawn.unseen),
            self.figure: drawn.figure,
            self.run: (html.numbers(*drawn.table) if drawn.table else "") + html.measured_by(drawn.run),
        }


def build(tab: gr.Tab, engine: Engine) -> None:
    """Lay the tab out inside the current gr.Blocks; it is filled when it is first opened."""
    checkpoints = engine.choices()
    with gr.Column(elem_classes="evidence"):
        status = gr.HTML(html.working("Reading what was measured…"), elem_id="ev-status")
        with gr.Column(elem_classes="card"):
            gr.HTML("<h2>In three lines</h2>")
            summary = gr.HTML(elem_id="ev-summary")
        with gr.Column(elem_classes="card"):
            _heading(
                "A voice never met", "See where the line starts, and how it rises with every sentence that is known."
            )
        chapters = [[Place.build(panel) for panel in NEW_VOICE]]
        with gr.Column(elem_classes="card"):
            _heading(
                "The method",
                "Each way to train the last layer, on the same recordings, with the same care. See which intervals lie wholly "
                "right of zero, and whether a way without generated data lies as far right.",
            )
            protocol = gr.Radio(label="Setting", choices=[], elem_id="ev-protocol")
            kept = gr.HTML(elem_id="ev-kept")
        chapters.append([Place.build(panel) for panel in METHOD])
        with gr.Row(elem_classes="gallery pair"):
            chapters.append([Place.build(panel) for panel in MISTAKES])
        with gr.Column(elem_classes="card"):
            _heading(
                "The generated sets",
                "What they are like, in the same setting. See that the set that says most about its emotion isn't the one that "
                "helps most.",
            )
        chapters.append([Place.build(panel) for panel in SETS])
        with gr.Column(elem_classes="card"):
            _heading(
                "The checkpoint",
                "On speakers and corpora that it never heard. See what it mistakes for what, whether it is as often right as "
                "it is sure, and for whom it is worst.",
            )
            checkpoint = gr.Dropdown(
                label="Model",
                choices=checkpoints,
                value=checkpoints[0][1] if checkpoints else None,
                elem_id="ev-checkpoint",
            )
        with gr.Row(elem_classes="gallery"):
            chapters.append([Place.build(panel) for panel in CHECKPOINT])
        missing = gr.HTML()

    def begin(name: str | None, chosen: str | None) -> Updates:
        """A sign of life, and the settings that there are."""
        evidence = engine.evidence(name)
        titles = list(_by_title(evidence))
        # what the visitor chose is not sent back: they may have chosen anew meanwhile
        fallback = {} if chosen in titles else {"value": next(iter(titles), None)}
        comparison = _by_title(evidence).get(chosen if chosen in titles else next(iter(titles), ""))
        return {
            summary: evidence_summary.html(evidence),
            kept: html.hint(_NOT_KEPT) if comparison and not comparison.keeps_sets else "",
            status: f'<div class="{"again" if chosen in titles else "first"}">{html.working("Drawing…")}</div>',
            protocol: gr.update(choices=titles, visible=bool(titles), **fallback),
        }

    def draw(chapter: list[Place], is_last: bool) -> Callable[[str | None, str | None], Updates]:
        def handle(name: str | None, chosen: str | None) -> Updates:
            evidence = engine.evidence(name)
            updates: Updates = {status: "", missing: "".join(_not_run(evidence))} if is_last else {}
            for place in chapter:
                updates |= place.show(evidence, _by_title(evidence).get(chosen or ""))
            return updates

        return handle

    event = gr.on(
        [tab.select, protocol.input, checkpoint.input],
        begin,
        [checkpoint, protocol],
        [status, summary, protocol, kept],
        **AT_ONCE,
        **LATEST,
    )
    for i, chapter in enumerate(chapters):
        is_last = i == len(chapters) - 1
        outputs = [component for place in chapter for component in place.components()]
        event = event.then(
            draw(chapter, is_last),
            [checkpoint, protocol],
            [*outputs, *([status, missing] if is_last else [])],
            **INTERNAL,
            **LATEST,
            **READ,
        )


def _heading(title: str, what_to_see: str) -> None:
    """Of a chapter."""
    gr.HTML(f'<h2>{title}</h2><p class="caption">{what_to_see}</p>')


def _by_title(evidence: Evidence) -> dict[str, Comparison]:
    return {comparison.title: comparison for comparison in (*evidence.comparisons, *evidence.ablations)}


def _not_run(evidence: Evidence) -> Iterator[str]:
    for missing in evidence.missing:
        yield html.measured_by(f"{missing.what}: not measured yet; run {missing.command}")
