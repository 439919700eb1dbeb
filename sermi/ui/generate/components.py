"""What the tab "Generate" shows: a card for each thing, with the function that lays it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from sermi.ui.generate import html
from sermi.ui.generate.session import MAPS

FILES = (".csv", ".parquet", ".npz")
_PLOT: dict[str, Any] = {"show_label": False, "container": False}
_QUALITY = (
    "<h3>Quality</h3><p class='caption'>Generated features against real ones of half of the speakers, beside what real "
    "features of the other half score there. The headline is the smallest ratio of precision, recall, density and coverage "
    "to what real speech reaches. No single measure sees everything.</p>"
)
_DOWNLOAD = (
    '<p class="hint">A zip with a data sheet: what the samples are, how they were made, what the columns '
    "mean, limits and licence.</p>"
)
_LEARNING_CURVE = """
<h3>What does it buy?</h3>
<p class="caption">The last layer is fitted here and now, on few real samples of each class alone and with 150 generated ones
added, and tested on other speakers. The real samples are the checkpoint's held-out features: half of their speakers to fit on,
half to test on, dealt five times. The generator never met any of them, but it learnt from many other speakers; what it
brings is their knowledge.</p>
"""


class Group:
    """A dataclass whose fields are components, or lists of them."""

    def components(self) -> list[Any]:
        """All of them, in the order of the fields."""
        return [c for value in vars(self).values() for c in (value if isinstance(value, list) else [value])]


@dataclass(frozen=True)
class MapCard(Group):
    """Where the samples lie, beside those of other regularisers."""

    status: gr.HTML
    projection: gr.Radio
    caption: gr.HTML
    figure: gr.Plot
    others: gr.Row
    other_captions: list[gr.HTML]
    other_figures: list[gr.Plot]

    @classmethod
    def build(cls) -> MapCard:
        """Lay it out."""
        with gr.Column(elem_classes="card atlas"):
            status = gr.HTML(html.invitation(False), elem_id="gen-status")
            projection = gr.Radio(
                [("Emotion axes", "emotion"), ("Principal components", "pca"), ("t-SNE", "tsne")],
                value="emotion",
                label="Map",
                elem_id="gen-projection",
            )
            caption = gr.HTML()
            figure = gr.Plot(elem_id="sample-map", **_PLOT)
            with gr.Row(visible=False, elem_classes="others") as others:
                other_captions, other_figures = [], []
                for i in range(1, MAPS):
                    with gr.Column(elem_classes="other"):
                        other_captions.append(gr.HTML())
                        other_figures.append(gr.Plot(elem_id=f"sample-map-{i}", **_PLOT))
        return cls(
            status=status,
            projection=projection,
            caption=caption,
            figure=figure,
            others=others,
            other_captions=other_captions,
            other_figures=other_figures,
        )


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
                gauge=gr.Plot(elem_id="gauge", visible=False, **_PLOT),
            )


@dataclass(frozen=True)
class ScoresCard(Group):
    """How much each sample carries."""

    caption: gr.HTML
    histogram: gr.Plot

    @classmethod
    def build(cls) -> ScoresCard:
        """Lay it out."""
        with gr.Column(elem_classes="card"):
            return cls(caption=gr.HTML(), histogram=gr.Plot(elem_id="scores", **_PLOT))


@dataclass(frozen=True)
class SampleCard(Group):
    """One sample, by its number."""

    number: gr.Number
    details: gr.HTML

    @classmethod
    def build(cls) -> SampleCard:
        """Lay it out."""
        with gr.Column(elem_classes="card"):
            gr.HTML("<h3>One sample</h3>")
            return cls(
                number=gr.Number(None, label="Number", precision=0, elem_id="gen-number"),
                details=gr.HTML(html.no_sample(), elem_id="gen-sample"),
            )


@dataclass(frozen=True)
class TableCard(Group):
    """All samples, on the page and as files."""

    table: gr.HTML
    buttons: list[gr.Button]
    """One for each of FILES."""
    file: gr.DownloadButton
    """Hands the file out, out of sight."""

    @classmethod
    def build(cls) -> TableCard:
        """Lay it out."""
        with gr.Column(elem_classes="card"):
            gr.HTML("<h3>All samples</h3>")
            table = gr.HTML(elem_id="gen-table")
            with gr.Row(elem_classes="actions"):
                names = [suffix[1:] for suffix in FILES]
                buttons = [
                    gr.Button(
                        f"Download {'Parquet' if name == 'parquet' else name.upper()}",
                        elem_id=f"gen-{name}",
                    )
                    for name in names
                ]
            file = gr.DownloadButton("Download", visible="hidden", elem_id="gen-file")
            gr.HTML(_DOWNLOAD)
        return cls(table=table, buttons=buttons, file=file)


@dataclass(frozen=True)
class PairsCard(Group):
    """Where the text features of pairs lie."""

    block: gr.Column
    caption: gr.HTML
    figure: gr.Plot

    @classmethod
    def build(cls) -> PairsCard:
        """Lay it out."""
        with gr.Column(visible=False, elem_classes="card") as block:
            return cls(block=block, caption=gr.HTML(), figure=gr.Plot(elem_id="pairs-map", **_PLOT))


@dataclass(frozen=True)
class QualityCard(Group):
    """Measures of the generated set beside those of real features."""

    button: gr.Button
    measures: gr.HTML

    @classmethod
    def build(cls) -> QualityCard:
        """Lay it out."""
        with gr.Column(elem_classes="card"):
            gr.HTML(_QUALITY)
            return cls(
                button=gr.Button("Measure the quality", elem_id="gen-quality"), measures=gr.HTML(elem_id="quality")
            )


@dataclass(frozen=True)
class LearningCurveCard(Group):
    """The last layer with and without generated samples."""

    n_real: gr.Slider
    button: gr.Button
    caption: gr.HTML
    figure: gr.Plot

    @classmethod
    def build(cls) -> LearningCurveCard:
        """Lay it out."""
        with gr.Column(elem_classes="card buy"):
            gr.HTML(_LEARNING_CURVE)
            with gr.Row(elem_classes="pair"):
                n_real = gr.Slider(1, 100, 3, step=1, label="Real samples of each class", elem_id="gen-real")
                button = gr.Button("Fit with and without", elem_id="gen-learning-curve")
            return cls(
                n_real=n_real,
                button=button,
                caption=gr.HTML(elem_id="learning-curve-text"),
                figure=gr.Plot(elem_id="learning-curve", visible=False, **_PLOT),
            )


@dataclass(frozen=True)
class Cards:
    """What the tab shows."""

    map: MapCard
    details: gr.Column
    """What there is once samples were generated: all of the following but the learning curve."""
    information: InformationCard
    scores: ScoresCard
    sample: SampleCard
    table: TableCard
    pairs: PairsCard
    quality: QualityCard
    learning_curve: LearningCurveCard

    @classmethod
    def build(cls) -> Cards:
        """Lay them all out."""
        map_card = MapCard.build()
        with gr.Column(visible=False, elem_classes="details") as details:
            with gr.Row(elem_classes="two"):
                information = InformationCard.build()
                scores = ScoresCard.build()
            with gr.Row(elem_classes="two"):
                sample = SampleCard.build()
                table = TableCard.build()
            pairs = PairsCard.build()
            quality = QualityCard.build()
        return cls(
            map=map_card,
            details=details,
            information=information,
            scores=scores,
            sample=sample,
            table=table,
            pairs=pairs,
            quality=quality,
            learning_curve=LearningCurveCard.build(),
        )
