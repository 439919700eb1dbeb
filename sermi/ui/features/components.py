"""What the tab "Your features" shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from sermi.ui.explain import Updates
from sermi.ui.features import html
from sermi.ui.features.choices import FIELDS, Choices, Dropped, offered
from sermi.ui.generate.group import PLOT, Group

if TYPE_CHECKING:
    from sermi.ui.features.work import Result

_REGULARISERS = [
    ("Maximise: as much about the label as can be", "maximise"),
    ("Match: as much as real rows carry", "match"),
    ("Off: a plain generator", "off"),
]
_NO_GROUP = ("None: rows are independent", "")
_PARTS = ("own-generated", "own-information", "own-quality", "own-bought")


@dataclass(frozen=True)
class Form(Group):
    """The table, and what a visitor chooses."""

    file: gr.File
    example: gr.Button
    refused: gr.Textbox
    """Name and size of a file that the page didn't send, as JSON."""
    understood: gr.HTML
    block: gr.Column
    """All that follows, once there is a table."""
    label: gr.Dropdown
    group: gr.Dropdown
    text: gr.Textbox
    ignore: gr.Textbox
    ratio: gr.Slider
    regulariser: gr.Radio
    steps: gr.Slider
    seed: gr.Number
    go: gr.Button
    stop: gr.Button

    @classmethod
    def build(cls) -> Form:
        """Lay it out in a card."""
        with gr.Column(elem_classes="card own-ask"):
            gr.HTML(html.INTRODUCTION)
            file = gr.File(label="Table of features", height=150, elem_id="own-file")
            # gr.File itself would leave an empty file behind
            vars(file)["preprocess"] = lambda payload: payload.path if payload else ""
            example = gr.Button("Try it with an example", size="sm", elem_id="own-example")
            gr.HTML(html.PRIVACY)
            refused = gr.Textbox(visible="hidden", label="Refused", elem_id="own-refused")
            understood = gr.HTML(elem_id="own-understood")
            with gr.Column(visible=False) as block:
                with gr.Row(elem_classes="pair"):
                    label = gr.Dropdown([], label=FIELDS["label"], elem_id="own-label")
                    group = gr.Dropdown([], label=FIELDS["group"], elem_id="own-group")
                more = cls._more_settings()
                with gr.Row(elem_classes="actions"):
                    go = gr.Button("Augment", variant="primary", elem_id="own-go")
                    stop = gr.Button("Stop", visible=False, elem_id="own-stop")
        return cls(
            file=file, example=example, refused=refused, understood=understood, block=block, label=label, group=group,
            go=go, stop=stop, **more,
        )  # fmt: skip

    @staticmethod
    def _more_settings() -> dict[str, Any]:
        default = Choices()
        with gr.Accordion("More settings", open=False, elem_id="own-more"):
            return {
                "ratio": gr.Slider(
                    0,
                    5,
                    default.ratio,
                    step=0.25,
                    label=FIELDS["ratio"],
                    info="Of each class beyond balance, for each row of the largest",
                    elem_id="own-ratio",
                ),
                "regulariser": gr.Radio(
                    _REGULARISERS,
                    value=default.regulariser,
                    label="Regulariser of the information",
                    elem_id="own-regulariser",
                ),
                "steps": gr.Slider(0, 400, default.steps, step=1, label="Training steps", elem_id="own-steps"),
                "text": gr.Textbox(
                    label=FIELDS["text-columns"],
                    placeholder="bert_*",
                    info="Columns or patterns, with commas between them",
                    max_length=2_000,
                    elem_id="own-text",
                ),
                "ignore": gr.Textbox(
                    label=FIELDS["ignore"],
                    placeholder="start, end, F0*",
                    info="Columns or patterns, likewise",
                    max_length=2_000,
                    elem_id="own-ignore",
                ),
                "seed": gr.Number(default.seed, label="Seed", precision=0, minimum=0, elem_id="own-seed"),
            }

    @property
    def controls(self) -> list[Any]:
        """What is chosen with."""
        return [self.label, self.group, self.text, self.ignore, self.ratio, self.regulariser, self.steps, self.seed]

    def chosen(self, values: Mapping[Any, Any]) -> Choices:
        """What they hold. values: by component."""
        default = Choices()
        steps, ratio, seed = values[self.steps], values[self.ratio], values[self.seed]
        return Choices(
            label=values[self.label] or "",
            group=values[self.group] or "",
            text=_patterns(values[self.text]),
            ignore=_patterns(values[self.ignore]),
            ratio=default.ratio if ratio is None else float(ratio),
            regulariser=values[self.regulariser] or default.regulariser,
            steps=default.steps if steps is None else int(steps),
            seed=int(seed or 0),
        )

    def show(self, dropped: Dropped, choices: Choices) -> Updates:
        """The drop-downs of a table."""
        labels, groups = offered(dropped, choices)
        return {
            self.block: gr.update(visible=True),
            self.label: gr.update(choices=labels, value=choices.label or None),
            self.group: gr.update(choices=[_NO_GROUP, *groups], value=choices.group),
            self.steps: choices.steps,
            self.text: ", ".join(choices.text),
            self.ignore: ", ".join(choices.ignore),
            **self.at_rest(),
        }

    def hide(self, understood: str = "") -> Updates:
        """Nothing to choose from. understood: what stands in its place."""
        return {self.understood: understood, self.block: gr.update(visible=False), **self.at_rest()}

    def at_rest(self) -> Updates:
        """The buttons while nothing is under way."""
        return {self.go: gr.update(interactive=True), self.stop: gr.update(visible=False)}

    def at_work(self) -> Updates:
        """And while something is."""
        return {self.go: gr.update(interactive=False), self.stop: gr.update(visible=True)}


def _patterns(text: str | None) -> tuple[str, ...]:
    return tuple(part for part in (one.strip() for one in (text or "").split(",")) if part)


@dataclass(frozen=True)
class Answer(Group):
    """The report."""

    status: gr.HTML
    """How far it is, then the verdict."""
    outdated: gr.HTML
    downloads: list[gr.DownloadButton]
    """The table and the report."""
    details: list[gr.Column]
    """Its parts: the first by itself, then the others."""
    above: list[gr.HTML]
    figures: list[gr.Plot]
    below: list[gr.HTML]

    @classmethod
    def build(cls) -> Answer:
        """Lay it out."""
        above: list[gr.HTML] = []
        figures: list[gr.Plot] = []
        below: list[gr.HTML] = []

        def add(part: str) -> None:
            above.append(gr.HTML())
            figures.append(gr.Plot(elem_id=part, visible=False, **PLOT))
            below.append(gr.HTML())

        first, *others = _PARTS
        with gr.Column(elem_classes="own-answer"):
            status, outdated, downloads = cls._top()
            with gr.Column(visible=False, elem_classes="card own-part") as counts:
                add(first)
        with gr.Column(visible=False, elem_classes="own-details") as details:
            for part in others:
                with gr.Column(elem_classes="card own-part"):
                    add(part)
        return cls(
            status=status,
            outdated=outdated,
            downloads=downloads,
            details=[counts, details],
            above=above,
            figures=figures,
            below=below,
        )

    @staticmethod
    def _top() -> tuple[gr.HTML, gr.HTML, list[gr.DownloadButton]]:
        with gr.Column(elem_classes="card"):
            status = gr.HTML(html.empty(), elem_id="own-status")
            outdated = gr.HTML(elem_id="own-outdated")
            with gr.Row(elem_classes="actions"):
                downloads = [
                    gr.DownloadButton(title, visible=False, elem_id=name)
                    for title, name in (("Download the table", "own-table"), ("Download the report", "own-report"))
                ]
        return status, outdated, downloads

    def hide(self, status: str) -> Updates:
        """No report. status: what stands in its place."""
        return {
            self.status: status,
            self.outdated: "",
            **dict.fromkeys(self.details, gr.update(visible=False)),
            **dict.fromkeys((*self.above, *self.below), ""),
            **dict.fromkeys(self.figures, gr.update(value=None, visible=False)),
            **dict.fromkeys(self.downloads, gr.update(value=None, visible=False)),
        }

    def show(self, result: Result) -> Updates:
        """A report, and its files."""
        updates: Updates = {
            self.status: html.verdict(result.words),
            **dict.fromkeys(self.details, gr.update(visible=True)),
        }
        for name, part, above, figure, below in zip(
            _PARTS, result.parts, self.above, self.figures, self.below, strict=True
        ):
            updates |= {
                above: html.above(part, name),
                figure: gr.update(value=part.figure, visible=part.figure is not None),
                below: part.numbers,
            }
        for download, path in zip(self.downloads, (result.table, result.page), strict=True):
            updates[download] = gr.update(value=str(path), visible=True)
        return updates
