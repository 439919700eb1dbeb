"""The tab "Generate": new samples among real ones, how much each carries, and what they buy."""

from __future__ import annotations

from typing import Any

import gradio as gr

from sermi.ui import glossary
from sermi.ui.engine import Engine
from sermi.ui.generate.card_events import CardEvents
from sermi.ui.generate.components import FILES, Cards
from sermi.ui.generate.controls import Controls
from sermi.ui.generate.events import Events
from sermi.ui.generate.link import NAMES, LinkPart, follow
from sermi.ui.generate.studio import Studio
from sermi.ui.queues import AT_ONCE, FIT, GENERATE, INTERNAL, LATEST, MEASURE, OVERLAPPING
from sermi.ui.sessions import Sessions
from sermi.ui.uploads import Uploads
from sermi.ui.voices import Voices


def build(
    tab: gr.Tab, engine: Engine, uploads: Uploads, studios: Sessions[Studio], voices: Voices, visitor: gr.State
) -> None:
    """Lay the tab out inside the current gr.Blocks and connect it.

    Args:
        tab: whose opening fills it.
        engine: the app's checkpoints.
        uploads: which files are on somebody's page.
        studios: what is on this tab of each visitor.
        voices: what is known of each visitor's.
        visitor: holds the last recording's Utterance, or None.
    """
    with gr.Column(elem_classes="studio"):
        with gr.Column(elem_classes="card ask"):
            controls = Controls.build(engine)
            link = LinkPart.build()
        cards = Cards.build()
        gr.HTML(glossary.listed(), elem_classes="words")
    events = Events(engine, studios, voices, controls=controls, cards=cards, visitor=visitor)
    _connect_opening(tab, events, link)
    _connect_generation(events)
    _connect_cards(events, CardEvents(events, uploads))


def _view(events: Events) -> set[Any]:
    """What every map depends on."""
    return {events.cards.map.projection, events.visitor}


def _map(events: Events) -> list[Any]:
    """What every map changes: itself, and whether there is a set."""
    cards = events.cards
    return [*cards.map.components(), cards.details, cards.sample.block]


def _connect_opening(tab: gr.Tab, events: Events, link: LinkPart) -> None:
    controls, cards = events.controls, events.cards
    inputs = {controls.checkpoint, *_view(events)}
    curve = cards.learning_curve
    outputs = [*_map(events), curve.n_real, curve.outdated, curve.caption, curve.figure]
    tab.select(events.on_open, inputs, outputs, **INTERNAL, **LATEST, **GENERATE)
    controls.checkpoint.input(
        events.on_choice_of_checkpoint,
        controls.checkpoint,
        [controls.emotion, controls.regulariser, controls.pairs],
        **AT_ONCE,
        **LATEST,
    ).then(events.on_checkpoint, inputs, outputs, **INTERNAL, **OVERLAPPING, **GENERATE)
    in_link = [getattr(controls, name) for name in NAMES]
    link.copy.click(None, in_link, None, js=f"(...values) => window.sermi.copyLink('generate', {list(NAMES)}, values)")
    link.followed.change(
        lambda query: follow(events.engine, controls, link, query),
        link.followed,
        [*in_link, controls.pairs, link.status],
        **AT_ONCE,
    ).then(events.on_checkpoint, inputs, outputs, **INTERNAL, **OVERLAPPING, **GENERATE)
    controls.words.input(events.on_words, controls.words, controls.sentence, **AT_ONCE, **LATEST)


def _connect_generation(events: Events) -> None:
    controls, cards = events.controls, events.cards
    settings = {*controls.components()} - {controls.go}
    outdated = [cards.map.outdated, cards.learning_curve.outdated]
    generated = [
        *_map(events),
        cards.learning_curve.outdated,
        *cards.information.components(),
        *cards.scores.components(),
        cards.sample.number,
        cards.sample.details,
        cards.table.table,
        cards.pairs.block,
        cards.quality.measures,
    ]
    listed = [
        cards.map.status,
        *cards.scores.components(),
        cards.sample.details,
        cards.table.table,
        *cards.pairs.components(),
    ]
    gr.on(
        [controls.go.click, controls.sentence.submit, controls.n.submit, controls.seed.submit],
        events.on_generate,
        settings | _view(events),
        generated,
        **INTERNAL,
        **LATEST,
        **GENERATE,
    ).success(events.on_generated, None, listed, **INTERNAL, **OVERLAPPING, **GENERATE).success(
        events.on_listed, None, cards.information.components(), **INTERNAL, **OVERLAPPING, **MEASURE
    )
    gr.on(
        [control.change for control in (*settings, cards.learning_curve.n_real)],
        events.on_control,
        settings | {cards.learning_curve.n_real},
        outdated,
        **AT_ONCE,
        **LATEST,
    )


def _connect_cards(events: Events, of_cards: CardEvents) -> None:
    controls, cards = events.controls, events.cards
    cards.map.projection.input(events.on_projection, _view(events), _map(events), **INTERNAL, **LATEST, **GENERATE)
    cards.sample.number.change(
        of_cards.on_number, cards.sample.number, cards.sample.details, **INTERNAL, **LATEST, **GENERATE
    )
    for suffix, button in zip(FILES, cards.table.buttons, strict=True):
        button.click(of_cards.on_download(suffix), None, cards.table.file, **INTERNAL, **GENERATE).success(
            None, None, None, js="() => window.sermi.download()"
        )
    cards.quality.button.click(of_cards.on_quality, None, cards.quality.components(), **INTERNAL, **FIT)
    curve = cards.learning_curve
    curve.button.click(
        of_cards.on_learning_curve,
        {controls.checkpoint, controls.regulariser, controls.noise_scale, controls.seed, curve.n_real},
        [curve.button, curve.outdated, curve.caption, curve.figure, cards.map.outdated],
        **INTERNAL,
        **FIT,
    )
