"""The tab "Your features": a visitor's table in; further rows, what they are like and what they buy out."""

from __future__ import annotations

from typing import Any

import gradio as gr

from sermi.ui.features.components import Answer, Form
from sermi.ui.features.desk import Desk
from sermi.ui.features.events import Events
from sermi.ui.queues import AT_ONCE, AUGMENT, INTERNAL, LATEST, OVERLAPPING, READ
from sermi.ui.sessions import Sessions
from sermi.ui.uploads import Uploads


def build(uploads: Uploads) -> Events:
    """Lay the tab out inside the current gr.Blocks and connect it. uploads: what visitors send."""
    with gr.Column(elem_classes="own"):
        form = Form.build()
        answer = Answer.build()
    events = Events(uploads, Sessions(Desk), form, answer)
    table = [form.understood, form.block, *form.controls, form.go, form.stop, *answer.components()]
    reading: dict[str, Any] = {**INTERNAL, **OVERLAPPING, **READ}
    form.file.upload(events.on_file, form.file, table, **reading)
    form.file.clear(events.on_clear, None, table, **AT_ONCE, **OVERLAPPING)
    form.refused.change(events.on_refused, form.refused, form.understood, **AT_ONCE, **LATEST)
    pressed = [
        form.go.click,
        form.example.click(events.on_example, None, [form.file, *table], **reading).success,
    ]
    for press in pressed:
        press(events.on_press, None, [form.go, form.stop, *answer.components()], **AT_ONCE, **OVERLAPPING).success(
            events.on_augment,
            {*form.controls},
            [form.go, form.stop, *answer.components()],
            **INTERNAL,
            **OVERLAPPING,
            **AUGMENT,
        )
    form.stop.click(events.on_stop, None, [form.go, form.stop, *answer.components()], **AT_ONCE, **OVERLAPPING)
    changed = [control.input for control in form.controls if control not in (form.text, form.ignore)]
    typed = [event for box in (form.text, form.ignore) for event in (box.blur, box.submit)]
    gr.on(
        [*changed, *typed],
        events.on_choice,
        {*form.controls},
        [form.understood, form.go, answer.status, answer.outdated],
        **AT_ONCE,
        **LATEST,
    )
    return events
