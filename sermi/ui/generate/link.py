"""A link that sets the controls of the tab "Generate": an address that holds them, so that the server keeps nothing of it.

Words, voices and sound are never in it: only what anybody could choose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import gradio as gr

from sermi.ui import html
from sermi.ui.explain import Updates
from sermi.ui.generate.controls import NOISE_SCALES, Controls, checkpoint_choices
from sermi.ui.generate.session import ALL
from sermi.ui.sample_request import MAX_SHOWN

if TYPE_CHECKING:
    from sermi.ui.engine import Engine

NAMES = ("checkpoint", "emotion", "n", "regulariser", "noise_scale", "seed")
"""Of the controls in a link."""
MAX_LENGTH = 500
"""Letters of what a link holds."""
MAX_SEED = 2**32


@dataclass(frozen=True)
class LinkPart:
    """A button that copies the link, and what is said about one that was followed."""

    copy: gr.Button
    status: gr.HTML
    followed: gr.Textbox
    """Out of sight: what the link holds by which the page was opened."""

    @classmethod
    def build(cls) -> LinkPart:
        """Lay it out."""
        with gr.Column(elem_classes="link"):
            copy = gr.Button("Copy a link to these settings", size="sm", elem_id="gen-copy-link")
            status = gr.HTML(elem_id="gen-link-status")
            followed = gr.Textbox(visible="hidden", max_length=MAX_LENGTH, elem_id="gen-link")
        return cls(copy=copy, status=status, followed=followed)


def settings(engine: Engine, query: str) -> tuple[dict[str, Any], list[str]]:
    """What a link sets, by the control's name, and the names of what it asks for that there isn't.

    Args:
        engine: of the page.
        query: what follows the question mark in the address.
    """
    given = {name: values[-1] for name, values in parse_qs(query[:MAX_LENGTH], max_num_fields=50).items()}
    checkpoint = given.get("checkpoint", engine.default)
    if checkpoint not in engine.names():
        checkpoint = engine.default
    summary = engine.summary(checkpoint)
    allowed: dict[str, Any] = {
        "checkpoint": {name: name for name in engine.names()}.get,
        "emotion": {name: name for name in (ALL, *summary.classes)}.get,
        "regulariser": {name: name for name in summary.regularisers}.get,
        "n": lambda text: _whole(text, 1, MAX_SHOWN),
        "seed": lambda text: _whole(text, 0, MAX_SEED),
        "noise_scale": lambda text: _number(text, *NOISE_SCALES),
    }
    read = {name: allowed[name](given[name]) for name in NAMES if name in given}
    chosen = {name: value for name, value in read.items() if value is not None}
    return chosen, [name for name in read if name not in chosen]


def _whole(text: str, low: int, high: int) -> int | None:
    value = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(high)) else low - 1
    return value if low <= value <= high else None


def _number(text: str, low: float, high: float) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if low <= value <= high else None


def follow(engine: Engine, controls: Controls, part: LinkPart, query: str) -> Updates:
    """The controls as a link asks for, and what is said about it. What it asks for that there isn't stays as it was."""
    chosen, refused = settings(engine, query)
    updates: Updates = {}
    if chosen:
        checkpoint = chosen.get("checkpoint", engine.default)
        of_checkpoint = checkpoint_choices(engine, checkpoint)
        updates = {
            getattr(controls, name): gr.update(**properties | ({"value": chosen[name]} if name in chosen else {}))
            for name, properties in of_checkpoint.items()
        }
        updates |= {
            getattr(controls, name): chosen.get(name, checkpoint)
            for name in NAMES
            if name not in of_checkpoint and (name in chosen or name == "checkpoint")
        }
    names = ", ".join(name.replace("_", " ") for name in refused)
    missing = f" What it says of {names} isn't to be had here." if refused else ""
    sentence = "The settings are those of the link; press Generate." if chosen else "This link sets nothing."
    return updates | {part.status: html.hint(f"{sentence}{missing}")}
