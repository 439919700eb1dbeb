"""The examples as buttons below the recorder."""

from __future__ import annotations

import gradio as gr

from sermi.ui.examples import Example, examples


def build() -> list[tuple[Example, gr.Button]]:
    """A card with a button for each clip; none where the package is missing."""
    clips = examples()
    if not clips:
        return []
    with gr.Column(elem_classes="card examples"):
        gr.HTML(
            "<h3>Or try one of these</h3>"
            '<p class="caption">Real speech that comes with the speech encoder. Nobody has labelled it with an emotion, '
            "so there is no right answer. Clips whose emotion is known you can make yourself: <i>Play</i> above asks for four, "
            "and counts how many are recognised as they were meant.</p>"
        )
        with gr.Row(elem_classes="clips"):
            return [(clip, gr.Button(f"{clip.title}\n{clip.caption}", elem_classes="clip")) for clip in clips]
