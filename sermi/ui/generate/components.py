"""What the tab "Generate" shows: a card for each thing, with the function that lays it out."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from sermi.ui.explain import Updates
from sermi.ui.generate import html
from sermi.ui.generate.group import PLOT, Group
from sermi.ui.generate.measured import InformationCard, LearningCurveCard, QualityCard
from sermi.ui.generate.session import MAPS, MapState

FILES = (".csv", ".parquet", ".npz")
_DOWNLOAD = (
    '<p class="hint">A zip with a data sheet: what the samples are, how they were made, what the columns '
    "mean, limits and licence.</p>"
)


@dataclass(frozen=True)
class MapCard(Group):
    """Where the samples lie, beside those of other regularisers."""

    status: gr.HTML
    outdated: gr.HTML
    """Whether the controls say something else than what the set was generated with."""
    projection: gr.Radio
    key: gr.HTML
    """What colours and shapes mean."""
    columns: list[gr.Column]
    """One for each map."""
    captions: list[gr.HTML]
    figures: list[gr.Plot]

    @classmethod
    def build(cls) -> MapCard:
        """Lay it out."""
        with gr.Column(elem_classes="card atlas"):
            status = gr.HTML(html.invitation(False), elem_id="gen-status")
            outdated = gr.HTML(elem_id="gen-outdated")
            projection = gr.Radio(
                [("Emotion axes", "emotion"), ("Principal components", "pca"), ("t-SNE", "tsne")],
                value="emotion",
                label="Map",
                elem_id="gen-projection",
            )
            key = gr.HTML(elem_id="gen-key")
            columns, captions, figures = [], [], []
            with gr.Row(elem_classes="maps"):
                for i in range(MAPS):
                    with gr.Column(visible=i == 0, elem_classes="one-map") as column:
                        captions.append(gr.HTML())
                        figures.append(gr.Plot(elem_id=f"sample-map-{i}" if i else "sample-map", **PLOT))
                    columns.append(column)
        return cls(
            status=status,
            outdated=outdated,
            projection=projection,
            key=key,
            columns=columns,
            captions=captions,
            figures=figures,
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
            return cls(caption=gr.HTML(), histogram=gr.Plot(elem_id="scores", **PLOT))


@dataclass(frozen=True)
class SampleCard(Group):
    """One sample, by its number."""

    block: gr.Column
    number: gr.Number
    details: gr.HTML

    @classmethod
    def build(cls) -> SampleCard:
        """Lay it out."""
        with gr.Column(visible=False, elem_classes="card one-sample") as block:
            gr.HTML("<h3>One sample</h3>")
            return cls(
                block=block,
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
            return cls(block=block, caption=gr.HTML(), figure=gr.Plot(elem_id="pairs-map", **PLOT))


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
        sample, map_card = SampleCard.build(), MapCard.build()
        with gr.Column(visible=False, elem_classes="details") as details:
            with gr.Row(elem_classes="two"):
                information = InformationCard.build()
                scores = ScoresCard.build()
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

    def empty(self, state: MapState) -> Updates:
        """Nothing of another set is left where a set is new on the map."""
        return {
            self.details: gr.update(visible=True),
            self.sample.block: gr.update(visible=True),
            **self.information.empty(state),
            self.scores.caption: "",
            self.scores.histogram: None,
            self.sample.number: 0,
            self.sample.details: html.no_sample(),
            self.table.table: "",
            self.pairs.block: gr.update(visible=False),
            self.quality.measures: "",
        }

    def hide(self) -> Updates:
        """Nothing but the map: there is no set."""
        return {self.details: gr.update(visible=False), self.sample.block: gr.update(visible=False)}
