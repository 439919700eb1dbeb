"""The tab "Walkthrough": the whole idea in seven steps, each with a live figure and one control, for people who present it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from sermi.ui import html
from sermi.ui.engine import Engine
from sermi.ui.explain import Updates, as_gradio_error, run_or_explain
from sermi.ui.queues import AT_ONCE, INTERNAL, LATEST, MEASURE
from sermi.ui.requests import session_of
from sermi.ui.uploads import Uploads
from sermi.ui.walkthrough_print import NAME, document
from sermi.ui.walkthrough_slide import Step
from sermi.ui.walkthrough_steps import STEPS, Ahead


@dataclass(frozen=True)
class Place:
    """The components of a step."""

    number: int
    step: Step
    column: gr.Column
    sentence: gr.HTML
    control: Any
    figure: gr.Plot
    caption: gr.HTML
    notes: gr.HTML

    @classmethod
    def build(cls, engine: Engine, number: int, step: Step) -> Place:
        """Lay them out; only the first step is visible."""
        with gr.Column(visible=number == 1, elem_classes="card slide", elem_id=f"step-{number}") as column:
            return cls(
                number=number,
                step=step,
                column=column,
                sentence=gr.HTML(html.slide(f"{number}. {step.title}", "Drawing…", busy=True)),
                control=step.control(engine, f"step-{number}-control"),
                figure=gr.Plot(show_label=False, container=False, elem_id=f"step-{number}-figure"),
                caption=gr.HTML(),
                notes=gr.HTML(elem_id=f"step-{number}-notes", elem_classes="notes"),
            )

    def components(self) -> list[Any]:
        """What the control changes."""
        return [self.sentence, self.figure, self.caption, self.notes]

    @property
    def title(self) -> str:
        """Its heading."""
        return f"{self.number}. {self.step.title}"

    def busy(self) -> Updates:
        """A sign that the figure is of what was chosen before, and will change."""
        return {self.sentence: html.slide(self.title, "Drawing…", busy=True)}

    def show(self, engine: Engine, value: Any) -> Updates:
        """The slide for a value of the control; a mistake is one sentence in its place."""

        def act() -> Updates:
            slide = self.step.render(engine, value)
            return {
                self.sentence: html.slide(self.title, slide.sentence),
                self.figure: slide.figure,
                self.caption: html.caption(slide.caption, f"step-{self.number}-figure", scrolls=True),
                self.notes: html.notes(slide.notes),
            }

        def fail(sentence: str) -> Updates:
            return {
                self.sentence: html.slide(self.title, sentence),
                self.figure: None,
                self.caption: "",
                self.notes: "",
            }

        return run_or_explain(act, fail, toast=False)


def print_key(session: str) -> str:
    """Under which a session's slides to print are kept among the uploads."""
    return f"{session} walkthrough"


def build(tab: gr.Tab, engine: Engine, uploads: Uploads) -> None:
    """Lay the tab out inside the current gr.Blocks; each step is drawn when it is reached. uploads: keeps slides to print."""
    with gr.Column(elem_classes="walkthrough"):
        with gr.Row(elem_classes="steps"):
            back = gr.Button("Back", elem_id="step-back", variant="secondary")
            progress = gr.HTML(_progress(1), elem_id="step-progress")
            number = gr.Number(1, label="Step", precision=0, elem_id="step-number")
            forward = gr.Button("Next", elem_id="step-next", variant="primary")
        places = [Place.build(engine, i, step) for i, step in enumerate(STEPS, 1)]
        with gr.Row(elem_classes="presenting"):
            gr.Button("Speaker notes (n)", size="sm", elem_id="step-notes")
            save = gr.Button("Save all seven to print", size="sm", elem_id="step-save")
            saved = gr.DownloadButton("Download", visible="hidden", elem_id="step-saved")

    ahead = Ahead(engine)

    def turn(number: float | None) -> Updates:
        ahead.begin()
        if number is None:
            return {progress: gr.skip()}
        i = _within(number)
        columns: Updates = {place.column: gr.update(visible=place.number == i) for place in places}
        return columns | {progress: _progress(i)} | places[i - 1].busy()

    def show(number: float | None, *values: Any) -> Updates:
        i = _within(number)
        return {progress: gr.skip()} if number is None else places[i - 1].show(engine, values[i - 1])

    columns = [component for place in places for component in (place.column, place.sentence)]
    outputs = [progress, *(component for place in places for component in place.components())]
    controls = [place.control for place in places]
    gr.on([tab.select, number.change], turn, number, [progress, *columns], **AT_ONCE, **LATEST).then(
        show, [number, *controls], outputs, **INTERNAL, **LATEST, **MEASURE
    )
    for button, steps in ((back, -1), (forward, 1)):
        # in the browser: presses that come quickly each start from where the last one led
        moved = f"(number) => Math.min({len(STEPS)}, Math.max(1, Math.trunc(number || 1) + ({steps})))"
        button.click(None, number, number, js=moved, show_progress="hidden")
    for place in places:
        # a slider that is dragged or typed into: of what comes meanwhile, only the last is shown
        event = place.control.change if isinstance(place.control, gr.Slider) else place.control.input
        event(place.busy, None, place.sentence, **AT_ONCE, **LATEST).then(
            _changed(engine, place), place.control, place.components(), **INTERNAL, **LATEST, **MEASURE
        )

    def on_save(request: gr.Request, *values: Any) -> str:
        with as_gradio_error():
            path = uploads.new_place() / NAME
            path.write_text(document(engine, values), encoding="utf-8")
        uploads.keep(print_key(session_of(request)), path)
        return str(path)

    save.click(on_save, controls, saved, **INTERNAL, **MEASURE).success(
        None, None, None, js="() => window.sermi.download('step-saved')"
    )


def _changed(engine: Engine, place: Place) -> Callable[[Any], Updates]:
    def changed(value: Any) -> Updates:
        return place.show(engine, value)

    return changed


def _within(number: float | None) -> int:
    """The step of that number, where there is one."""
    return min(len(STEPS), max(1, int(number or 1)))


def _progress(number: int) -> str:
    return html.progress(number, [step.title for step in STEPS])
