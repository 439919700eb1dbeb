"""The tab "About": what happens to a recording, how programs use the page, and the card of a checkpoint."""

from __future__ import annotations

import gradio as gr

from sermi.ui import programs
from sermi.ui.engine import Engine
from sermi.ui.queues import AT_ONCE, LATEST

PRIVACY = """
## Your recording

It is sent to this server, turned into numbers and answered. It is deleted when you replace it, remove it or leave the page, and
after an hour at most. Nothing is passed on, nothing is used for training, and no account or cookie is needed. The features of
your last recording stay in memory, so that you can find yourself on the map of the tab Generate, and go with it.

While you speak, the last two seconds are sent twice a second, answered in memory and not kept; untick *Show the emotion while I
speak* where that isn't wanted.

So that answers can draw on how you sound otherwise, the features of your last 30 sentences stay too: no sound and no words, and
for your visit alone. Each goes when you remove it; all go when you close the page or press *Someone else speaks*, and an hour
after the last one.

## Many files

The sound of each is deleted as soon as it is recognised. Its features and words stay in memory until you press *Remove all*,
drop others or leave, so that it can be answered again when you say who speaks; after an hour at most they go, too.

## Your table

A table of features that you drop on the tab *Your features* is read into this server's memory, and so is what is generated of
it. All of it is deleted when you remove or replace the table or leave the page, and after an hour at most. Nothing is passed
on, nothing is used for training.

## What it is not

It learnt from actors. It says how an emotion would look from outside, not what anybody feels, and it errs more on some voices
and languages than on others: the tab Evidence shows by how much. It must not be used for decisions about people.

## The method

An independent implementation of [arXiv 2510.10078](https://arxiv.org/abs/2510.10078) (Ahn, Rana, Sivadas, Busso, Rajapakse).
Only its abstract and short summaries could be read; every other choice is this project's own.
"""


def build(tab: gr.Tab, engine: Engine) -> None:
    """Lay the tab out inside the current gr.Blocks; the card is read when the tab is first opened."""
    checkpoints = engine.choices()
    with gr.Column(elem_classes="about"):
        with gr.Column(elem_classes="card prose"):
            gr.Markdown(PRIVACY)
        with gr.Column(elem_classes="card prose programs"):
            gr.HTML(programs.html())
        with gr.Column(elem_classes="card prose"):
            checkpoint = gr.Dropdown(
                label="Model card of",
                choices=checkpoints,
                value=checkpoints[0][1] if checkpoints else None,
                elem_id="about-checkpoint",
            )
            card = gr.Markdown(elem_id="card")
    gr.on([tab.select, checkpoint.input], engine.card, checkpoint, card, **AT_ONCE, **LATEST)
