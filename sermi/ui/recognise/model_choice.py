"""Which checkpoint recognises: the list, and the way to an encoder that isn't here yet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import gradio as gr
from gradio.events import Dependency

from sermi.ui import html
from sermi.ui.engine import Engine
from sermi.ui.explain import Updates
from sermi.ui.queues import FETCH, INTERNAL, LATEST

POLL_S = 0.3
"""Between two signs of how far a download is."""


@dataclass(frozen=True)
class ModelChoice:
    """The list of checkpoints, with a line below it while an encoder is fetched and where that fails."""

    engine: Engine
    checkpoint: gr.Dropdown
    line: gr.HTML
    used: gr.State
    """The checkpoint that was chosen last and has all it needs."""

    @classmethod
    def build(cls, engine: Engine) -> ModelChoice:
        """Lay it out."""
        choices = engine.choices(to_listen=True)
        first = choices[0][1] if choices else None
        checkpoint = gr.Dropdown(label="Model", choices=choices, value=first, elem_id="checkpoint")
        return cls(engine, checkpoint, gr.HTML(elem_id="download"), gr.State(first))

    def connect(self) -> Dependency:
        """The event of a choice, whose success lets the checkpoint be used."""
        inputs = [self.checkpoint, self.used]
        return self.checkpoint.input(self.on_choice, inputs, [self.line, *inputs], **INTERNAL, **LATEST, **FETCH)

    async def on_choice(self, checkpoint: str, used: str) -> AsyncIterator[Updates]:
        """Fetch what a checkpoint needs; where that can't be done, the one before stays chosen."""
        download = self.engine.download(checkpoint)
        if download is None:
            yield {self.line: "", self.used: checkpoint}
            return
        while not download.is_over:
            yield {self.line: html.fetching(download.encoder, download.megabytes)}
            await asyncio.sleep(POLL_S)
        if download.problem is None:
            choices = self.engine.choices(to_listen=True)
            yield {self.line: "", self.used: checkpoint, self.checkpoint: gr.update(choices=choices)}
        else:
            sentence = f"{download.problem} The model is {used} as before."
            yield {self.line: html.hint(sentence), self.checkpoint: gr.update(value=used)}
