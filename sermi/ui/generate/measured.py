"""Cards of the tab "Generate" that are measured: information, quality, and what the samples buy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import gradio as gr

from sermi.ui.explain import Updates
from sermi.ui.generate import html
from sermi.ui.generate.group import PLOT, Group
from sermi.ui.generate.session import MapState
from sermi.ui.glossary import explained
from sermi.ui.html import section

if TYPE_CHECKING:
    from sermi.mi import MIEstimate
    from sermi.quality.learning_curve import LearningCurve
    from sermi.ui.engine import Engine

_QUALITY = (
    "<h3>Quality</h3><p class='caption'>Generated features against real ones of half of the speakers, beside what real "
    "features of the other half score there. The headline is the smallest ratio of precision, recall, density and coverage "
    "to what real speech reaches. No single measure sees everything.</p>"
)
_LEARNING_CURVE = """
<h3>What does it buy?</h3>
<p class="caption">The last layer is fitted here and now, on few real samples of each class alone and with 150 generated ones
added, and tested on other speakers. The real samples are the checkpoint's held-out features: half of their speakers to fit on,
half to test on, dealt five times. The generator never met any of them, but it learnt from many other speakers; what it
brings is their knowledge.</p>
"""


@dataclass(frozen=True)
class InformationCard(Group):
    """How much the generated sets carry about the emotion."""

    verdict: gr.HTML
    caption: gr.HTML
    gauge: gr.Plot

    @classmethod
    def build(cls) -> InformationCard:
        """Lay it out."""
        with gr.Column(elem_classes="card"):
            return cls(
                verdict=gr.HTML(elem_id="gen-verdict"),
                caption=gr.HTML(),
                gauge=gr.Plot(elem_id="gauge", visible=False, **PLOT),
            )

    def empty(self, state: MapState) -> Updates:
        """Before anything of these sets is measured."""
        waiting = html.verdicts({}, list(state.requests))
        return {self.verdict: waiting, self.caption: "", self.gauge: gr.update(value=None, visible=False)}

    def show(self, engine: Engine, state: MapState, measured: Mapping[str, MIEstimate]) -> Updates:
        """What was measured so far, by regulariser."""
        from sermi import plots
        from sermi.ui.explorer import TOLERANCE, of_one_voice, verdict

        explorer = engine.explorer(state.checkpoint)
        real = explorer.real_information
        verdicts = {
            name: of_one_voice(estimate.value, explorer.ceiling)
            if state.request and state.request.voice
            else verdict(estimate.value, real.value, explorer.ceiling)
            for name, estimate in measured.items()
        }
        waiting = [name for name in state.requests if name not in measured]
        assert state.request is not None
        scope = html.scope(state.request, len(explorer.classes))
        caption = f"{scope} {plots.describe_gauge(measured, real, explorer.ceiling)}"
        gauge = plots.information_gauge(measured, real, explorer.ceiling, TOLERANCE)
        return {
            self.verdict: html.verdicts(verdicts, waiting),
            self.caption: explained(section("How much such samples carry about the emotion", caption, "gauge")),
            self.gauge: gr.update(value=gauge, visible=True),
        }


@dataclass(frozen=True)
class QualityCard(Group):
    """Measures of the generated set beside those of real features."""

    button: gr.Button
    measures: gr.HTML

    @classmethod
    def build(cls) -> QualityCard:
        """Lay it out."""
        with gr.Column(elem_classes="card"):
            gr.HTML(explained(_QUALITY))
            return cls(
                button=gr.Button("Measure the quality", elem_id="gen-quality"), measures=gr.HTML(elem_id="quality")
            )


@dataclass(frozen=True)
class LearningCurveCard(Group):
    """The last layer with and without generated samples."""

    n_real: gr.Slider
    button: gr.Button
    outdated: gr.HTML
    caption: gr.HTML
    figure: gr.Plot

    @classmethod
    def build(cls) -> LearningCurveCard:
        """Lay it out."""
        with gr.Column(elem_classes="card buy"):
            gr.HTML(explained(_LEARNING_CURVE))
            with gr.Row(elem_classes="pair"):
                n_real = gr.Slider(1, 100, 3, step=1, label="Real samples of each class", elem_id="gen-real")
                button = gr.Button("Fit with and without", elem_id="gen-learning-curve")
            return cls(
                n_real=n_real,
                button=button,
                outdated=gr.HTML(elem_id="curve-outdated"),
                caption=gr.HTML(elem_id="learning-curve-text"),
                figure=gr.Plot(elem_id="learning-curve", visible=False, **PLOT),
            )

    def empty(self) -> Updates:
        """Before anything was fitted."""
        return {self.outdated: "", self.caption: "", self.figure: gr.update(value=None, visible=False)}

    def show(self, curve: LearningCurve, regulariser: str, n_real: int) -> Updates:
        """Recall with and without generated samples."""
        from sermi import plots

        caption = plots.describe_learning_curve(curve, n_real)
        return {
            self.caption: section(f"Held-out UA: {regulariser}", caption, "learning-curve"),
            self.figure: gr.update(value=plots.learning_curve_figure(curve, n_real), visible=True),
        }
