"""What a visitor chooses on the tab "Generate"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from sermi.ui.generate import html
from sermi.ui.generate.group import Group
from sermi.ui.generate.session import ALL, MY_VOICE, MY_WORDS, NEW_VOICES, NO_WORDS, OTHER_WORDS

if TYPE_CHECKING:
    from sermi.ui.engine import Engine

NOISE_SCALES = (0.25, 3.0)
"""Least and most."""


@dataclass(frozen=True)
class Controls(Group):
    """What a visitor chooses."""

    emotion: gr.Dropdown
    n: gr.Number
    whose: gr.Radio
    words: gr.Radio
    sentence: gr.Textbox
    regulariser: gr.Radio
    compare: gr.Checkbox
    pairs: gr.Checkbox
    noise_scale: gr.Slider
    seed: gr.Number
    checkpoint: gr.Dropdown
    go: gr.Button

    def chosen(self, values: Mapping[Any, Any]) -> dict[str, Any]:
        """The arguments of `session.sample_request` that the controls hold. values: by component."""
        names = (
            "checkpoint",
            "emotion",
            "n",
            "whose",
            "words",
            "sentence",
            "noise_scale",
            "seed",
            "regulariser",
            "pairs",
        )
        return {name: values[getattr(self, name)] for name in names}

    @classmethod
    def build(cls, engine: Engine) -> Controls:
        """Lay them out."""
        checkpoints = engine.choices()
        first = checkpoints[0][1] if checkpoints else None
        of_checkpoint = checkpoint_choices(engine, first)
        with gr.Row(elem_classes="pair"):
            emotion = gr.Dropdown(label="Emotion", elem_id="gen-emotion", **of_checkpoint["emotion"])
            n = gr.Number(125, label="How many of each", elem_id="gen-n")
        whose = _whose()
        go = gr.Button("Generate", variant="primary", elem_id="gen-go")
        with gr.Accordion("More settings", open=False, elem_id="gen-more"):
            words = _words()
            sentence = gr.Textbox(
                label="Sentence",
                placeholder="Leave me alone!",
                visible=False,
                max_length=2_000,
                elem_id="gen-sentence",
            )
            regulariser = gr.Radio(
                label="Regulariser of the information", elem_id="gen-regulariser", **of_checkpoint["regulariser"]
            )
            compare = gr.Checkbox(False, label="Compare all regularisers side by side", elem_id="gen-compare")
            pairs = gr.Checkbox(
                False,
                label="Make pairs: features of words with each sample",
                elem_id="gen-pairs",
                **of_checkpoint["pairs"],
            )
            noise_scale = gr.Slider(
                *NOISE_SCALES,
                1,
                step=0.05,
                label="Noise scale",
                info="Factor on the noise; 1 is as trained",
                elem_id="gen-noise-scale",
            )
            with gr.Row(elem_classes="pair lopsided"):
                seed = gr.Number(0, label="Seed", elem_id="gen-seed")
                checkpoint = gr.Dropdown(checkpoints, value=first, label="Model", elem_id="gen-checkpoint")
        return cls(
            emotion=emotion,
            n=n,
            whose=whose,
            words=words,
            sentence=sentence,
            regulariser=regulariser,
            compare=compare,
            pairs=pairs,
            noise_scale=noise_scale,
            seed=seed,
            checkpoint=checkpoint,
            go=go,
        )


def _whose() -> gr.Radio:
    return gr.Radio(
        [("New voices", NEW_VOICES), ("My voice", MY_VOICE)],
        value=NEW_VOICES,
        label="Whose voice",
        info="Yours is known from what you said on the tab Recognise",
        elem_id="gen-whose",
    )


def _words() -> gr.Radio:
    return gr.Radio(
        [("None", NO_WORDS), ("My transcript", MY_WORDS), ("Another sentence", OTHER_WORDS)],
        value=NO_WORDS,
        label="Words to go with",
        elem_id="gen-words",
    )


def checkpoint_choices(engine: Engine, checkpoint: str | None) -> dict[str, dict[str, Any]]:
    """Properties of the controls emotion, regulariser and pairs that depend on the checkpoint."""
    summary = engine.summary(checkpoint or "")
    emotions = [(name.capitalize(), name) for name in summary.classes]
    regularisers = [(html.regulariser_title(name), name) for name in summary.regularisers]
    return {
        "emotion": {"choices": [("All emotions", ALL), *emotions], "value": ALL},
        "regulariser": {"choices": regularisers, "value": next(iter(summary.regularisers), None)},
        "pairs": {"visible": bool(regularisers)},
    }
