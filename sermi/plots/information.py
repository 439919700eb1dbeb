"""Figures of how much generated samples carry about their emotion: whole sets, and one by one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from sermi.plots.style import COLOURS, GRID, TEXT, legend_below, style

if TYPE_CHECKING:
    from sermi.generate import Generated
    from sermi.mi import MIEstimate

NOT_A_FILTER = (
    "It describes samples and picks none: the highest half taught a last layer no more than as many at random, the highest "
    "quarter less."
)
"""What `python -m train scores` shows."""
OTHER_CRITIC = "The figure of the set differs from this mean: it is read by a critic trained on such samples."
_BINS = 36
_ALIKE = "rgba(41, 118, 216, 0.14)"


def share(nats: float, ceiling: float) -> str:
    """Information as a share of the most there can be.

    >>> share(0.74, 1.386), share(-0.01, 1.386)
    ('53 %', '0 %')
    """
    return f"{100 * max(0.0, nats) / ceiling:.0f} %"


def bits(nats: float) -> str:
    """Information in bits.

    >>> bits(1.386), bits(-0.001)
    ('2.00', '0.00')
    """
    return f"{round(nats / math.log(2), 2) + 0.0:.2f}"


def information_gauge(
    sets: Mapping[str, MIEstimate],
    real: MIEstimate,
    ceiling: float,
    tolerance: float,
    *,
    real_name: str = "Real speech",
) -> go.Figure:
    """I(c; ·) of each generated set with its interval, beside real features, shuffled labels and the ceiling log K, nats.

    The band is where a set counts as informative as real features.

    Args:
        sets: name -> I(c; ĥ).
        real: I(c; h) of real features.
        ceiling: log K.
        tolerance: half of the band's width, as a share of the real value.
        real_name: what real features are called.
    """
    rows = {
        name.capitalize(): (generated.value, *generated.interval, COLOURS["sad"]) for name, generated in sets.items()
    }
    rows[real_name] = (real.value, *real.interval, COLOURS["neutral"])
    controls = [generated.control for generated in sets.values() if generated.control is not None]
    if controls:
        rows["Shuffled labels"] = (controls[0], controls[0], controls[0], COLOURS["neutral"])
    value, low, high = (np.array([row[i] for row in rows.values()]) for i in range(3))
    figure = go.Figure(
        go.Scatter(
            x=value,
            y=list(rows),
            mode="markers+text",
            marker={"size": 13, "color": [row[3] for row in rows.values()]},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": high - value,
                "arrayminus": value - low,
                "color": TEXT,
            },
            text=[share(v, ceiling) for v in value],
            textposition="top center",
            customdata=np.stack([low, high, value / math.log(2)], axis=1),
            hovertemplate="%{y}: %{x:.2f} nats (%{customdata[0]:.2f} to %{customdata[1]:.2f}), %{customdata[2]:.2f} bits"
            "<extra></extra>",
            cliponaxis=False,
        )
    )
    figure.add_vrect(
        (1 - tolerance) * real.value, (1 + tolerance) * real.value, fillcolor=_ALIKE, line_width=0, layer="below"
    )
    _add_ceiling(figure, ceiling)
    _lay_out(figure, len(rows), min(0.0, float(low.min())) - 0.04 * ceiling, ceiling)
    return figure


def _lay_out(figure: go.Figure, n_rows: int, low: float, ceiling: float) -> None:
    """low: of the axis, nats."""
    style(figure, 96 + 52 * n_rows)
    figure.update_layout(margin={"l": 4, "r": 12, "t": 26, "b": 44})
    figure.update_xaxes(
        title={"text": "of all there is to know about the emotion", "font": {"size": 13}},
        range=[low, 1.06 * ceiling],
        tickvals=[part * ceiling for part in (0, 0.5, 1)],
        ticktext=["nothing", "half", "all"],
        showgrid=True,
        gridcolor=GRID,
        zeroline=False,
    )
    figure.update_yaxes(range=[n_rows - 0.5, -0.7], ticksuffix="  ", tickfont={"size": 14}, showgrid=False)


def _add_ceiling(figure: go.Figure, ceiling: float) -> None:
    figure.add_vline(ceiling, line={"color": TEXT, "width": 1.5, "dash": "dot"})
    figure.add_annotation(
        x=ceiling,
        y=1,
        yref="paper",
        yanchor="bottom",
        xanchor="right",
        text=f"at most {bits(ceiling)} bits",
        showarrow=False,
    )


def score_histogram(generated: Generated) -> go.Figure:
    """How many samples of each emotion have which I(c; ĥ), stacked."""
    edges = np.linspace(min(-1.0, float(generated.score.min())), math.log(len(generated.classes)), _BINS + 1)
    width = edges[1] - edges[0]
    figure = go.Figure()
    for code in np.unique(generated.c):
        counts = np.histogram(np.minimum(generated.score[generated.c == code], edges[-1]), edges)[0]
        name = generated.classes[code]
        figure.add_bar(
            x=edges[:-1] + width / 2,
            y=counts,
            width=0.92 * width,
            name=name.capitalize(),
            marker={"color": COLOURS[name], "line": {"width": 0}},
            hovertemplate=f"{name}: %{{y}} with about %{{x:.2f}} nats<extra></extra>",
        )
    style(figure, 270)
    figure.update_layout(barmode="stack", margin={"l": 4, "r": 8, "t": 8, "b": 44}, **legend_below(-0.34))
    figure.update_xaxes(
        title={"text": "I(c; ĥ) of a sample, nats", "font": {"size": 13}},
        range=[edges[0] - width, edges[-1] + width],
        zeroline=True,
    )
    figure.update_xaxes(zerolinecolor=TEXT, showgrid=False)
    figure.update_yaxes(title={"text": "samples", "font": {"size": 13}}, gridcolor=GRID, nticks=5)
    return figure


def describe_gauge(
    sets: Mapping[str, MIEstimate], real: MIEstimate, ceiling: float, *, real_name: str = "Real speech"
) -> str:
    """The gauge in words, with what a measurement warned of."""

    def written(estimate: MIEstimate) -> str:
        low, high = (share(end, ceiling).removesuffix(" %") for end in estimate.interval)
        return f"{share(estimate.value, ceiling)} ({low} to {high}), {bits(estimate.value)} bits, {estimate.value:.2f} nats"

    parts = [f"{name.capitalize()}: {written(estimate)}" for name, estimate in sets.items()]
    control = next((estimate.control for estimate in sets.values() if estimate.control is not None), None)
    shuffled = "" if control is None else f" With shuffled labels {share(control, ceiling)}."
    warnings = dict.fromkeys(estimate.warning for estimate in (*sets.values(), real) if estimate.warning)
    return (
        f"{'; '.join(parts)}. {real_name}: {written(real)}.{shuffled} All there is to know: {bits(ceiling)} bits, "
        f"{ceiling:.2f} nats.{''.join(f' {warning}' for warning in warnings)}"
    )


def describe_scores(generated: Generated) -> str:
    """The histogram in words, with what it isn't good for."""
    means = ", ".join(
        f"{generated.classes[code]} {generated.score[generated.c == code].mean():.2f}"
        for code in np.unique(generated.c)
    )
    against = int((generated.log_q.argmax(axis=1) != generated.c).sum())
    return (
        f"On average {generated.score.mean():.2f} nats a sample ({means}), as the recogniser reads them; for "
        f"{against:,} of {len(generated.c):,} its likeliest emotion is another one. {OTHER_CRITIC} {NOT_A_FILTER}"
    )
