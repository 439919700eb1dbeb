"""The walkthrough as one HTML file that holds all that it shows: seven pages to print, to send or to keep."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Any

from sermi import __version__
from sermi.ui.engine import Engine
from sermi.ui.walkthrough_slide import Slide
from sermi.ui.walkthrough_steps import STEPS

NAME = "walkthrough.html"
MAX_BYTES = 8_000_000
"""Of the file: most of it is plotly.js."""


def defaults(engine: Engine) -> list[Any]:
    """What the steps' controls hold before anybody touches them."""
    return [step.control(engine, "").value for step in STEPS]


def document(engine: Engine, values: Sequence[Any]) -> str:
    """The slides with their notes, each a page.

    Args:
        engine: of the page.
        values: of the steps' controls.

    Raises:
        SermiError: what a slide shows was not measured.
    """
    from plotly.offline import get_plotlyjs

    slides = [step.render(engine, value) for step, value in zip(STEPS, values, strict=True)]
    style = files("sermi.ui").joinpath("walkthrough_print.css").read_text(encoding="utf-8")
    pages = "".join(
        _page(number, step.title, slide) for number, (step, slide) in enumerate(zip(STEPS, slides, strict=True), 1)
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>SERMI in seven slides</title>
<style>{style}</style>
<script>{get_plotlyjs()}</script>
</head>
<body>
<main>{pages}</main>
</body>
</html>
"""


def _page(number: int, title: str, slide: Slide) -> str:
    drawn = slide.figure.to_html(
        full_html=False, include_plotlyjs=False, config={"displayModeBar": False, "responsive": True}
    )
    return (
        f"<section><h1>{number}. {escape(title)}</h1>"
        f'<div class="words"><p class="sentence">{escape(slide.sentence)}</p>'
        f"<aside><h2>Notes</h2><p>{escape(slide.notes)}</p></aside></div>"
        f'<figure>{drawn}</figure><p class="caption">{escape(slide.caption)}</p>'
        f"<footer>SERMI {__version__}, {number} of {len(STEPS)}</footer></section>"
    )
