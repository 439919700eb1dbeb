"""What all figures share: colours by emotion, type, and how numbers are written."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from types import MappingProxyType

import numpy as np
import plotly.graph_objects as go

COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "angry": "#C2330F",
        "happy": "#E2B24A",
        "neutral": "#9AA0A6",
        "sad": "#2976D8",
        "fearful": "#6F45B0",
        "disgust": "#6E9359",
        "surprised": "#57C7EF",
        "calm": "#92C8B2",
        "bored": "#7A6552",
        "excited": "#CD519E",
        "contempt": "#7D2C6A",
    }
)
"""One colour per emotion. Chosen by search so that any two stay apart (OKLab distance of at least 0.06) for normal
vision and for simulated protanopia, deuteranopia and tritanopia (Machado et al. 2009)."""

TEXT = "#7A808C"
"""Mid-grey with a contrast of about 4 : 1 on white and on near-black alike."""
GRID = "rgba(122, 128, 140, 0.22)"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def percent(probability: float) -> str:
    """A probability as people write it, never rounded to a certainty that is not there.

    >>> percent(0.784), percent(0.9999), percent(0.0004)
    ('78\\xa0%', '>99\\xa0%', '<1\\xa0%')
    """
    if 0.995 <= probability < 1:
        return ">99\N{NO-BREAK SPACE}%"
    if 0 < probability < 0.005:
        return "<1\N{NO-BREAK SPACE}%"
    return f"{100 * probability:.0f}\N{NO-BREAK SPACE}%"


def wrapped(name: str) -> str:
    """A name on lines short enough for a phone; an equation stays in one piece.

    >>> wrapped("Conditional GAN (λ = 0)").split("<br>")
    ['Conditional GAN', '(λ\\xa0=\\xa00)']
    """
    return "<br>".join(wrap(name.replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}"), 22))


def ranked(probabilities: Mapping[str, float]) -> list[tuple[str, float]]:
    """Classes with their probabilities, the likeliest first.

    >>> ranked({"sad": 0.2, "happy": 0.8})
    [('happy', 0.8), ('sad', 0.2)]
    """
    return sorted(probabilities.items(), key=lambda item: -item[1])


def ink_on(colour: str) -> str:
    """Black or white, whichever reads better on a colour (WCAG relative luminance).

    >>> ink_on("#E2B24A"), ink_on("#2976D8")
    ('#111', '#fff')
    """
    luminance = relative_luminance(colour)
    return "#fff" if 1.05 / (luminance + 0.05) >= 4.0 else "#111"


def relative_luminance(colour: str) -> float:
    """WCAG relative luminance of '#rrggbb', 0 to 1.

    >>> relative_luminance("#ffffff")
    1.0
    """
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(np.round(linear @ [0.2126, 0.7152, 0.0722], 6))


def style(figure: go.Figure, height: int) -> None:
    """What all figures share. Zooming is off: a drag on a phone should scroll the page."""
    figure.update_layout(
        template="none",
        height=height,
        autosize=True,
        margin={"l": 4, "r": 4, "t": 4, "b": 4},
        paper_bgcolor="rgba(0, 0, 0, 0)",
        plot_bgcolor="rgba(0, 0, 0, 0)",
        font={"family": FONT, "color": TEXT, "size": 13},
        showlegend=False,
        dragmode=False,
        hoverlabel={"font": {"family": FONT, "size": 13}},
    )
    figure.update_xaxes(fixedrange=True, automargin=True)
    figure.update_yaxes(fixedrange=True, automargin=True)


def legend_below(y: float) -> dict[str, object]:
    """Properties of a layout with a legend in a line at height y, 0 being the lower edge of the axes."""
    place = {
        "orientation": "h",
        "y": y,
        "yanchor": "top",
        "x": 0,
        "itemclick": False,
        "itemdoubleclick": False,
        "traceorder": "normal",
    }
    return {"showlegend": True, "legend": place | {"font_size": 13, "itemsizing": "constant"}}
