"""What a step of the tab "Walkthrough" is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from sermi.ui.engine import Engine


@dataclass(frozen=True)
class Slide:
    """What a step shows for one value of its control."""

    sentence: str
    """For the room."""
    caption: str
    figure: go.Figure
    notes: str
    """For who speaks: what to say, where to point, what will be asked."""


@dataclass(frozen=True)
class Step:
    """A step of the walkthrough."""

    title: str
    control: Callable[[Engine, str], Any]
    """Makes its one control, with this element id."""
    render: Callable[[Engine, Any], Slide]
    """From the control's value to the slide."""


def percent(value: float) -> str:
    """A share.

    >>> percent(0.726)
    '72.6 %'
    """
    return f"{100 * value:.1f} %"
