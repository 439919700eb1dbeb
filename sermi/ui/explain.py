"""Whatever goes wrong becomes the one sentence that a visitor may see; a bug goes into the log in full."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from sermi.errors import SermiError
from sermi.ui.calls import note_error
from sermi.ui.html import UNEXPECTED

Updates = dict[Any, Any]
"""What to show, by component; the others stay as they are."""

log = logging.getLogger(__name__)


def run_or_explain(act: Callable[[], Updates], fail: Callable[[str], Updates], *, toast: bool = True) -> Updates:
    """What `act` gives, or what `fail` makes of the sentence. toast: whether the sentence also pops up."""
    try:
        return act()
    except SermiError as error:
        note_error(error)
        sentence = str(error)
    except Exception as error:
        note_error(error)
        log.exception("a request of the page failed")
        sentence = UNEXPECTED
    if toast:
        gr.Warning(sentence)
    return fail(sentence)


@contextlib.contextmanager
def as_gradio_error() -> Iterator[None]:
    """For handlers that answer with a value or not at all: raises gr.Error with the sentence."""
    try:
        yield
    except SermiError as error:
        note_error(error)
        raise gr.Error(str(error), print_exception=False) from error
    except Exception as error:
        note_error(error)
        log.exception("a request failed")
        raise gr.Error(UNEXPECTED, print_exception=False) from error
