"""The card "Your voice": what is known of it, and what a visitor can do about that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from sermi.ui.engine import Engine
from sermi.ui.explain import Updates
from sermi.ui.recognise import html
from sermi.ui.voiced import CALM
from sermi.ui.voices import VisitorVoice

_ON_CLICK = """
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-number]");
  if (button) trigger("select", { number: Number(button.dataset.number) });
});
"""
"""The crosses of the sentences are one component's, because their number changes."""


@dataclass(frozen=True)
class VoiceCard:
    """Its components."""

    known: gr.HTML
    another: gr.Button
    calm: gr.Button
    someone_else: gr.Button

    @classmethod
    def build(cls, engine: Engine) -> VoiceCard:
        """Lay it out, of nobody yet."""
        with gr.Column(elem_classes="card voice"):
            known = gr.HTML(
                html.voice(
                    (),
                    left_out=frozenset(),
                    shown="",
                    news="",
                    knows_voices=engine.summary(engine.default).knows_voices,
                ),
                js_on_load=_ON_CLICK,
                elem_id="voice",
            )
            with gr.Row(elem_classes="voice-actions"):
                another = gr.Button("Say another sentence", visible=False, elem_id="say-another")
                calm = gr.Button("Read this calm sentence first", elem_id="read-calm")
                someone_else = gr.Button("Someone else speaks", visible=False, elem_id="someone-else")
            gr.HTML(f'<p class="hint">{html.PRIVACY}</p>')
        return cls(known=known, another=another, calm=calm, someone_else=someone_else)

    def components(self) -> list[Any]:
        """All of them."""
        return list(vars(self).values())

    def show(self, engine: Engine, checkpoint: str, voice: VisitorVoice, *, shown: str, news: str = "") -> Updates:
        """What is known now.

        Args:
            engine: the app's checkpoints.
            checkpoint: the chosen one, which knows what was encoded as it encodes.
            voice: the visitor's.
            shown: the recording on the page, '' for none.
            news: what has just changed, '' for nothing.
        """
        model = engine.summary(checkpoint)
        sentences = voice.of(model.frontend)
        any_calm = any(one.asked == CALM for one in sentences)
        first = "Read this calm sentence first" if not sentences else "Read a calm one"
        return {
            self.known: html.voice(
                sentences,
                left_out=voice.left_out,
                shown=shown,
                news=news,
                knows_voices=model.knows_voices,
                new_voices=model.new_voices,
                is_read=voice.reading is not None,
            ),
            self.another: gr.update(visible=bool(sentences) and model.knows_voices),
            self.calm: gr.update(value="Read another calm one" if any_calm else first, visible=model.knows_voices),
            self.someone_else: gr.update(visible=bool(voice.sentences)),
        }
