"""The tab "Generate": new samples among real ones, how much each carries, and what they buy."""

from __future__ import annotations

import gradio as gr

from sermi.ui.engine import Engine
from sermi.ui.generate.components import FILES, Cards
from sermi.ui.generate.controls import Controls
from sermi.ui.generate.events import Events
from sermi.ui.queues import AT_ONCE, FIT, GENERATE, INTERNAL, LATEST, MEASURE
from sermi.ui.uploads import Uploads


def build(tab: gr.Tab, engine: Engine, uploads: Uploads, visitor: gr.State) -> None:
    """Lay the tab out inside the current gr.Blocks and connect it.

    Args:
        tab: whose opening fills it.
        engine: the app's checkpoints.
        uploads: which files are on somebody's page.
        visitor: holds the last recording's Utterance, or None.
    """
    with gr.Column(elem_classes="studio"):
        controls = Controls.build(engine)
        cards = Cards.build()
    events = Events(engine, uploads, controls, cards, visitor)
    _connect_opening(tab, events)
    _connect_generation(events)
    _connect_cards(events)


def _connect_opening(tab: gr.Tab, events: Events) -> None:
    controls, learning_curve = events.controls, events.cards.learning_curve
    inputs = {controls.checkpoint, *events.map_inputs}
    outputs = [
        *events.map_outputs,
        events.cards.details,
        learning_curve.n_real,
        learning_curve.caption,
        learning_curve.figure,
    ]
    tab.select(events.on_open, inputs, outputs, **INTERNAL, **GENERATE)
    controls.checkpoint.input(
        events.on_choice_of_checkpoint,
        controls.checkpoint,
        [controls.emotion, controls.regulariser, controls.pairs],
        **AT_ONCE,
        **LATEST,
    ).then(events.on_checkpoint, inputs, outputs, **INTERNAL, **GENERATE)
    controls.words.input(events.on_words, controls.words, controls.sentence, **AT_ONCE, **LATEST)


def _connect_generation(events: Events) -> None:
    controls, cards = events.controls, events.cards
    generated = [
        *events.map_outputs,
        cards.details,
        *cards.information.components(),
        cards.sample.number,
        cards.quality.measures,
    ]
    listed = [
        cards.map.status,
        cards.scores.caption,
        cards.scores.histogram,
        cards.sample.details,
        cards.table.table,
        *cards.pairs.components(),
    ]
    gr.on(
        [controls.go.click, controls.sentence.submit, controls.n.submit, controls.seed.submit],
        events.on_generate,
        {*controls.components(), *events.map_inputs} - {controls.go},
        generated,
        **INTERNAL,
        **GENERATE,
    ).success(events.on_generated, events.state, listed, **INTERNAL, **GENERATE).success(
        events.on_listed, events.state, cards.information.components(), **INTERNAL, **MEASURE
    )


def _connect_cards(events: Events) -> None:
    controls, cards, state = events.controls, events.cards, events.state
    cards.map.projection.input(
        events.on_projection, events.map_inputs, events.map_outputs, **INTERNAL, **LATEST, **GENERATE
    )
    cards.sample.number.change(
        events.on_number, [state, cards.sample.number], cards.sample.details, **INTERNAL, **LATEST, **GENERATE
    )
    for suffix, button in zip(FILES, cards.table.buttons, strict=True):
        button.click(events.on_download(suffix), state, cards.table.file, **INTERNAL, **GENERATE).success(
            None, None, None, js="() => window.sermi.download()"
        )
    cards.quality.button.click(events.on_quality, state, cards.quality.components(), **INTERNAL, **FIT)
    curve = cards.learning_curve
    curve.button.click(
        events.on_learning_curve,
        {controls.checkpoint, controls.regulariser, controls.noise_scale, controls.seed, curve.n_real},
        [curve.button, curve.caption, curve.figure],
        **INTERNAL,
        **FIT,
    )
