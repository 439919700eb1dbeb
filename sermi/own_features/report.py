"""The report on generated rows: one HTML page that holds all that it shows, so that it can be sent, kept and printed."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from sermi import __version__
from sermi.own_features.augmentation import Augmented
from sermi.own_features.gains import Gains
from sermi.own_features.resamplers import NONE
from sermi.own_features.verdict import points, words
from sermi.plots.comparison import describe_gains
from sermi.plots.comparison import gains as gains_figure
from sermi.plots.information import describe_gauge, information_gauge
from sermi.quality import MEASURES

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from sermi.augment.report import SamplerReport

MAX_BYTES = 5_000_000
"""Of a report: nearly all of it is plotly.js."""


@dataclass(frozen=True)
class Part:
    """What the report says about one question."""

    title: str
    text: str = ""
    """HTML."""
    figure: go.Figure | None = None
    description: str = ""
    """Of the figure, in words."""
    numbers: str = ""
    """HTML below the figure."""


def report(augmented: Augmented, gains: Gains, *, command: Sequence[str] = (), seed: int = 0) -> str:
    """The page.

    Args:
        augmented: what was generated, and its assessment.
        gains: what it bought in cross-validation.
        command: words of the command that made it.
        seed: of all of it.
    """
    from plotly.offline import get_plotlyjs

    table, verdict = augmented.table, words(gains)
    style = files("sermi.own_features").joinpath("report.css").read_text(encoding="utf-8")
    sentences = "".join(f"<p>{escape(sentence)}</p>" for sentence in verdict.sentences)
    made_by = f"<p>By <code>{escape(shlex.join(command))}</code>.</p>" if command else ""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Generated features of {escape(table.name)}</title>
<style>{style}</style>
<script>{get_plotlyjs()}</script>
</head>
<body>
<main>
<h1>Generated features of {escape(table.name)}</h1>
<p class="about">{escape(table.describe())}</p>
<div class="verdict"><strong>{escape(verdict.headline)}</strong>{sentences}</div>
{"".join(map(_drawn, parts(augmented, gains)))}
</main>
<footer><p>SERMI {__version__}, seed {seed}. UA is the mean over classes of the share of rows that are recognised; a nat is
a unit of information, 1.44 bits.</p>{made_by}</footer>
</body>
</html>
"""


def parts(augmented: Augmented, gains: Gains) -> tuple[Part, Part, Part, Part]:
    """What was generated, how informative and how close to real rows it is, and what it bought."""
    return _generated(augmented), _information(augmented.measured), _quality(augmented.measured), _bought(gains)


def _drawn(part: Part) -> str:
    figure = ""
    if part.figure is not None:
        drawn = part.figure.to_html(
            full_html=False, include_plotlyjs=False, config={"displayModeBar": False, "responsive": True}
        )
        figure = f"<figure>{drawn}<figcaption>{escape(part.description)}</figcaption></figure>"
    return f"<h2>{escape(part.title)}</h2>{part.text}{figure}{part.numbers}"


def _rows(name: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table, which the keyboard can scroll where it is wider than its place. name: for those who don't see it."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    place = f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(name)}">'
    return f"{place}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def _generated(augmented: Augmented) -> Part:
    rows = [(label, f"{real:,}", f"{new:,}", f"{real + new:,}") for label, (real, new) in augmented.counts.items()]
    title = "What was generated"
    return Part(title, numbers=_rows(title, ("class", "real rows", "generated", "together"), rows))


def _information(measured: SamplerReport) -> Part:
    title = "How informative it is"
    generated, real = measured.information, measured.real_information
    if generated is None or real is None:
        return Part(title, _unmeasured(measured))
    ceiling = max(estimate.ceiling or 0.0 for estimate in (generated, real))
    figure = information_gauge({"generated": generated}, real, ceiling, tolerance=0.0, real_name="Real rows")
    text = (
        "What the features carry about the label, in nats, each row judged by a critic that never saw it. The control is the "
        "same measurement on shuffled labels, about 0 if nothing leaks; the ceiling is what the labels themselves hold, which "
        "differs between the two sets where classes are mixed differently."
    )
    lines = "".join(f"<li>{name}: {escape(str(of))}</li>" for name, of in (("generated", generated), ("real", real)))
    description = describe_gauge({"generated": generated}, real, ceiling, real_name="Real rows")
    return Part(title, f"<p>{text}</p>", figure, description, f"<ul>{lines}</ul>")


def _unmeasured(measured: SamplerReport) -> str:
    return f"<p>It could not be measured. {escape(' '.join(measured.unmeasured))}</p>"


def _quality(measured: SamplerReport) -> Part:
    title, verdict = "How close to real rows it is", measured.quality
    if verdict is None:
        return Part(title, _unmeasured(measured))
    dealt = "groups" if verdict.by_speaker else "single rows, for want of groups"
    rows = [
        (MEASURES[name].title, f"{figure.value:.2f}", f"{figure.real:.2f}", f"{figure.low:.2f} to {figure.high:.2f}")
        for name, figure in verdict.figures.items()
        if name in MEASURES
    ]
    text = (
        f"<p><strong>{escape(verdict.word.capitalize())}</strong>: {escape(verdict.reason)}. Beside it, real rows are "
        f"held against real rows: halves of {dealt}, dealt {verdict.n_deals} times.</p>"
    )
    header = ("measure", "generated", "real in their place", "range of real sets")
    return Part(title, text, numbers=_rows(title, header, rows))


def _bought(gains: Gains) -> Part:
    drawn = {g.title: (g.gain, *g.gain_interval) for name, g in gains.by_name.items() if name != NONE}
    rows = [
        (
            gain.title,
            f"{gain.n_generated:,.0f}",
            f"{100 * gain.ua:.1f} ({100 * gain.ua_interval[0]:.1f} to {100 * gain.ua_interval[1]:.1f})",
            points((gain.gain, *gain.gain_interval)) if gain.name != NONE else "",
            points(gain.behind_sermi) if gain.behind_sermi is not None else "",
        )
        for gain in gains.by_name.values()
    ]
    held_out = "groups, each held out whole" if gains.by_group else "rows, classes dealt evenly"
    repeats = f", dealt anew {gains.n_repeats} times" if gains.n_repeats > 1 else ""
    how = (
        f"{gains.classifier} on scaled features, {gains.n_folds} folds of {held_out}{repeats}. Rows were generated from the "
        "training part of each split alone, as many by every way that can: classes are made equal, and of each class "
        f"{gains.ratio:g} times as many rows as the largest has are added. Gains are paired; intervals are 95 %, Student's t "
        "over splits, corrected for what splits share (Nadeau and Bengio 2003)."
    )
    header = ("rows added", "how many", "UA, %", "gain over nothing", "SERMI over it")
    figure, description = (gains_figure(drawn), describe_gains(drawn)) if drawn else (None, "")
    title = "What it bought"
    return Part(title, f"<p>{escape(how)}</p>", figure, description, _rows(title, header, rows))
